package patch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// IsRange reports whether an argument is written like a git range: "A..B".
func IsRange(arg string) bool { return strings.Contains(arg, "..") && !strings.HasPrefix(arg, "-") }

// ReadRange reads the commits of a range ("v6.12..mybranch") of the repository at
// root. It needs git.
func ReadRange(ctx context.Context, root, spec string) (*Series, error) {
	if strings.HasPrefix(spec, "-") || strings.ContainsAny(spec, "\x00\n") || !IsRange(spec) || strings.Contains(spec, "...") {
		return nil, fmt.Errorf("%q is not a git range A..B", spec)
	}
	g, err := openRepo(ctx, root)
	if err != nil {
		return nil, err
	}
	// The history is followed by first parents: a merge is one patch.
	args := append([]string{"log", "--reverse", "--first-parent", "-m", "--format=%x00%H%x00%P%x00%an <%ae>%x00%s%x00"}, diffOptions...)
	log, err := g.run(append(args, spec, "--")...)
	if err != nil {
		return nil, err
	}
	s := &Series{}
	base, err := s.readLog(log)
	if err != nil {
		return nil, err
	}
	if len(s.Patches) == 0 {
		return nil, fmt.Errorf("no commit in the range %s%s", spec, notes(s.Notes))
	}
	if base == "" {
		return nil, fmt.Errorf("the range %s begins with a commit that has no parent", spec)
	}
	s.Base, err = g.difference(base)
	return s, err
}

// ReadStaged reads what is staged in the repository at root, as one patch on its
// HEAD. It needs git.
func ReadStaged(ctx context.Context, root string) (*Series, error) {
	g, err := openRepo(ctx, root)
	if err != nil {
		return nil, err
	}
	diff, err := g.run(append(append([]string{"diff", "--cached"}, diffOptions...), "HEAD", "--")...)
	if err != nil {
		return nil, err
	}
	p := &Patch{Source: "the staged change"}
	if p.Files, err = parseGitDiff(diff); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Source, err)
	}
	if len(p.Files) == 0 {
		return nil, errors.New("nothing is staged")
	}
	s := &Series{Patches: []*Patch{p}}
	s.Base, err = g.difference("HEAD")
	return s, err
}

// diffOptions make git print patches in one way, whatever is configured.
var diffOptions = []string{
	"--patch", "--binary", "--full-index", "--find-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short",
	"--src-prefix=a/", "--dst-prefix=b/",
}

// openRepo checks that root is a repository, and the whole of it: names in git's
// diffs are those of its top directory.
func openRepo(ctx context.Context, root string) (*gitRepo, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("commits are read by git: %w", err)
	}
	g := &gitRepo{ctx: ctx, dir: root}
	top, err := g.run("rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	if prefix := strings.TrimSpace(string(top)); prefix != "" {
		return nil, fmt.Errorf("%s is %s of a git repository, and a commit is of the whole of it", root, strings.TrimSuffix(prefix, "/"))
	}
	return g, nil
}

// readLog reads the output of git log: five fields that end in NUL, then the
// diff. It returns the parent of the first commit.
func (s *Series) readLog(log []byte) (base string, err error) {
	fields := bytes.Split(log, []byte{0})
	if len(fields) == 1 {
		return "", nil // no commit
	}
	first := true
	for fields = fields[1:]; len(fields) >= 5; fields = fields[5:] {
		id, parents, author, subject, diff := string(fields[0]), string(fields[1]), string(fields[2]), string(fields[3]), fields[4]
		if first {
			base, _, _ = strings.Cut(parents, " ")
			first = false
		}
		p := &Patch{Source: "commit " + short(id), Subject: subject, Tag: short(id), ID: id, Author: author}
		if p.Files, err = parseGitDiff(diff); err != nil {
			return "", fmt.Errorf("%s: %w", p.Title(), err)
		}
		if len(p.Files) == 0 {
			s.note("passed over %s: it changes no file", p.Title())
			continue
		}
		s.Patches = append(s.Patches, p)
	}
	return base, nil
}

func short(id string) string { return id[:min(12, len(id))] }

// parseGitDiff is parseDiff for what git has printed: no line end is anybody's
// transport.
func parseGitDiff(diff []byte) ([]*gitdiff.File, error) {
	files, _, err := gitdiff.Parse(bytes.NewReader(bytes.TrimLeft(diff, "\n")))
	return files, err
}

// A gitRepo runs git on a repository.
type gitRepo struct {
	ctx context.Context
	dir string
}

func (g *gitRepo) command(args ...string) *exec.Cmd {
	safe := []string{"-C", g.dir, "--no-pager", "--literal-pathspecs",
		"-c", "core.fsmonitor=false", "-c", "core.quotePath=true",
		"-c", "log.showSignature=false"}
	cmd := exec.CommandContext(g.ctx, "git", append(safe, args...)...)
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	return cmd
}

func (g *gitRepo) run(args ...string) ([]byte, error) {
	cmd := g.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	return out, g.trouble(args[0], &stderr, err)
}

// trouble makes git's own words the error.
func (g *gitRepo) trouble(command string, stderr *bytes.Buffer, err error) error {
	if err == nil {
		return nil
	}
	if g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	if said == "" {
		return fmt.Errorf("git %s: %w", command, err)
	}
	return fmt.Errorf("git %s: %s", command, strings.TrimPrefix(said, "fatal: "))
}

// difference is what the tree at the commit has that the files on the disk have
// not, by name.
func (g *gitRepo) difference(commit string) (map[string][]byte, error) {
	list, err := g.run("diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", commit, "--")
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	var names []string
	var in, stderr bytes.Buffer
	fields := strings.Split(string(list), "\x00")
	for ; len(fields) >= 2; fields = fields[2:] {
		var mode, modeNow uint32
		var id string
		if _, err := fmt.Sscanf(fields[0], ":%o %o %s", &mode, &modeNow, &id); err != nil {
			return nil, fmt.Errorf("git diff: %q", fields[0])
		}
		name := fields[1]
		if mode&modeKind != modeFile { // not there, or a link
			out[name] = nil
			continue
		}
		names = append(names, name)
		fmt.Fprintln(&in, id)
	}
	if len(names) == 0 {
		return out, nil
	}
	cmd := g.command("cat-file", "--batch")
	cmd.Stdin, cmd.Stderr = &in, &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err = readBatch(bufio.NewReader(pipe), names, out)
	if err != nil {
		io.Copy(io.Discard, pipe)
	}
	if werr := cmd.Wait(); werr != nil {
		return nil, g.trouble("cat-file", &stderr, werr)
	}
	return out, err
}

// readBatch reads what git cat-file --batch says of each file: "ID blob SIZE"
// and the contents.
func readBatch(r *bufio.Reader, names []string, out map[string][]byte) error {
	for _, n := range names {
		head, err := r.ReadString('\n')
		if err != nil {
			return fmt.Errorf("git cat-file: %s: %w", n, err)
		}
		var id, kind string
		var size int64
		if _, err := fmt.Sscanf(head, "%s %s %d\n", &id, &kind, &size); err != nil {
			return fmt.Errorf("git cat-file: %s: %q", n, strings.TrimSpace(head))
		}
		if kind != "blob" || size > maxFile { // nothing that patches touch
			out[n] = nil
			if _, err := io.CopyN(io.Discard, r, size+1); err != nil {
				return err
			}
			continue
		}
		text := make([]byte, size+1)
		if _, err := io.ReadFull(r, text); err != nil {
			return fmt.Errorf("git cat-file: %s: %w", n, err)
		}
		if text[size] != '\n' {
			return errors.New("git cat-file: contents are not followed by a line end")
		}
		out[n] = text[:size:size]
	}
	return nil
}
