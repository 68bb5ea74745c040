package patch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// maxInput bounds what is read as one series, unpacked.
const maxInput = 256 << 20

// Read reads a series from an mbox, a mail or a bare diff. The name is for
// messages.
func Read(name string, r io.Reader) (*Series, error) {
	s, err := read(name, r)
	if err != nil {
		return nil, err
	}
	if err := s.sort(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// ReadFiles reads a series from files and from directories, whose *.patch and
// *.diff files are taken in the order of their names. The name "-" is stdin.
func ReadFiles(names []string, stdin io.Reader) (*Series, error) {
	all := &Series{}
	one := func(name string, r io.Reader) error {
		s, err := read(name, r)
		if err != nil {
			return err
		}
		all.add(s)
		return nil
	}
	for _, name := range names {
		if name == "-" {
			if err := one("standard input", stdin); err != nil {
				return nil, err
			}
			continue
		}
		files, err := listPatches(name)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			in, err := os.Open(f)
			if err != nil {
				return nil, err
			}
			err = one(f, in)
			in.Close()
			if err != nil {
				return nil, err
			}
		}
	}
	if err := all.sort(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(names, " "), err)
	}
	return all, nil
}

// listPatches is the file, or the patches of the directory.
func listPatches(name string) ([]string, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		return []string{name}, nil
	}
	ents, err := os.ReadDir(name) // sorted
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range ents {
		if ext := filepath.Ext(e.Name()); !e.IsDir() && (ext == ".patch" || ext == ".diff") {
			out = append(out, filepath.Join(name, e.Name()))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no *.patch in this directory", name)
	}
	return out, nil
}

// read reads an input as it is, not in the order of the numbers.
func read(name string, r io.Reader) (*Series, error) {
	text, err := readAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, bare(err))
	}
	s := &Series{}
	messages := splitMbox(text)
	for i, m := range messages {
		source := name
		if len(messages) > 1 {
			source = fmt.Sprintf("%s, message %d", name, i+1)
		}
		if err := s.message(source, m, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
	}
	return s, nil
}

// readAll reads the input, unpacked if it is gzipped.
func readAll(r io.Reader) ([]byte, error) {
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = bufio.NewReader(z)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxInput+1))
	if err == nil && len(text) > maxInput {
		err = fmt.Errorf("more than %d MB", maxInput>>20)
	}
	return text, err
}

func bare(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// fromLine is the line that begins a message in an mbox.
var fromLine = regexp.MustCompile(`^From \S.*\d:\d\d:\d\d.*\b\d{4}\b`)

// splitMbox returns the messages of an mbox without their "From " lines; text
// that does not begin with one is one message.
func splitMbox(text []byte) [][]byte {
	text = bytes.TrimLeft(text, "\r\n")
	if !fromLine.Match(text) {
		return [][]byte{text}
	}
	var out [][]byte
	start := 0
	for pos := 0; pos < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[pos:], '\n'); i >= 0 {
			end = pos + i + 1
		}
		if bytes.HasPrefix(text[pos:end], []byte("From ")) && fromLine.Match(text[pos:end]) {
			if len(bytes.TrimSpace(text[start:pos])) > 0 {
				out = append(out, text[start:pos])
			}
			start = end
		}
		pos = end
	}
	if len(bytes.TrimSpace(text[start:])) > 0 || len(out) == 0 {
		out = append(out, text[start:])
	}
	return out
}

// A header line of a mail, with which a bare diff does not begin.
var headerLine = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*:[ \t]`)

// message adds the patch that a message holds.
func (s *Series) message(source string, text []byte, depth int) error {
	p := &Patch{Source: source}
	diff := text
	if headerLine.Match(bytes.TrimLeft(text, "\r\n")) && !startsDiff(text) {
		m, err := parseMail(text, depth)
		if err != nil {
			// A diff may have a description in the form of headers.
			if start, _ := findDiff(text); start < 0 || !errors.Is(err, errNoMail) {
				return err
			}
			m = &message{body: text}
		}
		p.ID, p.Author = m.id, m.from
		p.subject(m.subject)
		diff = m.body
		for i, inner := range m.attached {
			if err := s.message(fmt.Sprintf("%s, attachment %d", source, i+1), inner, depth+1); err != nil {
				return err
			}
		}
		if p.cover {
			s.note("passed over %s: a cover letter", p.Title())
			return nil
		}
	}
	files, err := parseDiff(diff)
	if err != nil {
		return fmt.Errorf("%s%w", titled(p), err)
	}
	if len(files) == 0 {
		if len(bytes.TrimSpace(diff)) > 0 {
			s.note("passed over %s: it has no diff", p.Title())
		}
		return nil
	}
	p.Files = files
	s.Patches = append(s.Patches, p)
	return nil
}

func titled(p *Patch) string {
	if p.Subject == "" {
		return ""
	}
	return p.Title() + ": "
}

var (
	bracketed = regexp.MustCompile(`^\s*\[([^\]]*)\]`)
	replyMark = regexp.MustCompile(`(?i)^\s*(re|aw|sv|antw|fwd?)(\[\d+\])?:`)
	ofTotal   = regexp.MustCompile(`(?:^|\s)(\d{1,4})/(\d{1,4})(?:\s|$)`)
	versionOf = regexp.MustCompile(`(?i)(?:^|\s|PATCH)v(\d{1,3})(?:\s|$)`)
)

// subject reads a subject: its tags, of which [PATCH v2 3/4] says most, and the
// rest.
func (p *Patch) subject(text string) {
	text = strings.Join(strings.Fields(text), " ")
	for m := replyMark.FindString(text); m != ""; m = replyMark.FindString(text) {
		p.reply = true
		text = text[len(m):]
	}
	var tags []string
	p.version = 1
	for m := bracketed.FindStringSubmatch(text); m != nil; m = bracketed.FindStringSubmatch(text) {
		tags = append(tags, "["+m[1]+"]")
		if n := ofTotal.FindStringSubmatch(m[1]); n != nil {
			fmt.Sscan(n[1], &p.number)
			fmt.Sscan(n[2], &p.total)
			p.cover = p.number == 0
		}
		if v := versionOf.FindStringSubmatch(m[1]); v != nil {
			fmt.Sscan(v[1], &p.version)
		}
		text = text[len(m[0]):]
	}
	p.Tag = strings.Join(tags, "")
	p.Subject = strings.TrimSpace(text)
}

// startsDiff reports whether the text begins with a diff: its first lines look
// like headers of a mail to those who do not look twice ("Index: mm/a.c").
func startsDiff(text []byte) bool {
	text = bytes.TrimLeft(text, "\r\n")
	return bytes.HasPrefix(text, []byte("diff ")) || bytes.HasPrefix(text, []byte("Index: ")) || bytes.HasPrefix(text, []byte("--- "))
}

// parseDiff reads the files of a diff, whatever stands before and after it.
func parseDiff(text []byte) ([]*gitdiff.File, error) {
	text = unixLines(text)
	start, git := findDiff(text)
	if start < 0 {
		return nil, nil
	}
	files, _, err := gitdiff.Parse(bytes.NewReader(text[start:]))
	if err != nil {
		return nil, fmt.Errorf("malformed diff: %s, counted from its first line", strings.TrimPrefix(err.Error(), "gitdiff: "))
	}
	if !git {
		for _, f := range files {
			f.OldName, f.NewName = strip(f.OldName), strip(f.NewName)
		}
	}
	return files, nil
}

// findDiff is where the first diff begins, -1 if there is none, and whether it is
// of git.
func findDiff(text []byte) (start int, git bool) {
	for pos := 0; pos < len(text); {
		line := text[pos:]
		next := len(text)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			next, line = pos+i+1, line[:i]
		}
		switch {
		case bytes.HasPrefix(line, []byte("diff --git ")):
			return pos, true
		case bytes.HasPrefix(line, []byte("--- ")) && bytes.HasPrefix(text[next:], []byte("+++ ")):
			return pos, false
		}
		pos = next
	}
	return -1, false
}

// strip is -p1 for names that gitdiff leaves as they are.
func strip(name string) string {
	if _, rest, ok := strings.Cut(name, "/"); ok {
		return rest
	}
	return name
}

// unixLines drops the CRs of text that was carried with CR LF at the end of
// every line. Where some lines end in LF alone, a CR is of a file.
func unixLines(text []byte) []byte {
	crlf := bytes.Count(text, []byte("\r\n"))
	if crlf == 0 || crlf != bytes.Count(text, []byte("\n")) {
		return text
	}
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}

// sortedKeys lists the names of files in order.
func sortedKeys(m map[string][]byte) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
