package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recipe is the block of the README that follows a heading.
func recipe(t *testing.T, heading, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n**"+heading)
	if !ok {
		t.Fatalf("the README has no %q", heading)
	}
	_, rest, _ = strings.Cut(rest, "```"+language+"\n")
	block, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatalf("%s: no block", heading)
	}
	return block
}

// steps are the commands of a block that call the program, by what stands before
// them.
func steps(block, before string) (out []string) {
	for line := range strings.Lines(block) {
		if step, ok := strings.CutPrefix(strings.TrimSpace(line), before); ok && strings.HasPrefix(step, "lockorder ") {
			out = append(out, step)
		}
	}
	return out
}

const (
	recipeHead = "#include <linux/mutex.h>\n\nDEFINE_MUTEX(a);\nDEFINE_MUTEX(b);\n\n" +
		"void f(void)\n{\n\tmutex_lock(&a);\n\tmutex_lock(&b);\n\tmutex_unlock(&b);\n\tmutex_unlock(&a);\n}\n\n" +
		"void g(void)\n{\n"
	recipeGood = recipeHead + "\tmutex_lock(&b);\n\tmutex_unlock(&b);\n}\n"
	recipeBad  = recipeHead + "\tmutex_lock(&b);\n\tmutex_lock(&a);\n\tmutex_unlock(&a);\n\tmutex_unlock(&b);\n}\n"
)

// recipeRepo makes a clone as a CI job gets it: of a repository with a branch
// topic, checked out, on the branch main. bad says what topic does.
func recipeRepo(t *testing.T, bad bool) (clone string, git func(args ...string) string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git on the PATH: the jobs of the README run it")
	}
	dir := t.TempDir()
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(dir, "gitconfig"))
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	t.Setenv("LOCKORDER_CACHE", filepath.Join(dir, "cache"))
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	in := dir
	git = func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = in
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	write("gitconfig", "[user]\n\tname = A\n\temail = a@example.org\n[init]\n\tdefaultBranch = main\n")
	git("init", "-q", "up")
	in = filepath.Join(dir, "up")
	write("up/x.c", recipeGood)
	git("add", ".")
	git("commit", "-qm", "start")
	git("checkout", "-qb", "topic")
	text := "/* Two locks. */\n" + recipeGood
	if bad {
		text = recipeBad
	}
	write("up/x.c", text)
	git("commit", "-qam", "x: change")
	in = dir
	git("clone", "-q", "up", "clone")
	in = filepath.Join(dir, "clone")
	return in, git
}

// shell runs a step as a job does; the result is its exit status.
func shell(t *testing.T, dir, script string, env ...string) int {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s\n%s", script, out)
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// The job for GitHub succeeds whatever the series does, and has it in the log; it
// fails where there is trouble.
func TestReadmeGitHub(t *testing.T) {
	run := steps(recipe(t, "GitHub**", "yaml"), "- run: ")
	if len(run) != 1 {
		t.Fatalf("steps %q", run)
	}
	for _, bad := range []bool{true, false} {
		dir, git := recipeRepo(t, bad)
		git("checkout", "-q", "--detach", "origin/main")
		git("merge", "-q", "--no-ff", "-m", "the merge that is checked", "origin/topic") // as GitHub does
		if status := shell(t, dir, run[0], "GITHUB_BASE_REF=main"); status != 0 {
			t.Fatalf("bad: %t: status %d", bad, status)
		}
		var log struct {
			Version string
			Runs    []struct {
				Results []struct {
					RuleID    string
					Locations []struct {
						PhysicalLocation struct {
							ArtifactLocation struct{ URI string }
							Region           struct{ StartLine int }
						}
					}
				}
			}
		}
		decode(t, filepath.Join(dir, "lockorder.sarif"), &log)
		if log.Version != "2.1.0" || len(log.Runs) != 1 {
			t.Fatalf("version %q, %d runs", log.Version, len(log.Runs))
		}
		results := log.Runs[0].Results
		if (len(results) == 1) != bad || !bad && len(results) != 0 {
			t.Errorf("bad: %t: %d results", bad, len(results))
		} else if bad {
			at := results[0].Locations[0].PhysicalLocation
			if results[0].RuleID != "cycle" || at.ArtifactLocation.URI != "x.c" || at.Region.StartLine != 17 {
				t.Errorf("%+v", results[0])
			}
		}
		if status := shell(t, dir, run[0], "GITHUB_BASE_REF=none"); status == 0 {
			t.Error("success without a base")
		}
	}
}

// The job for GitLab fails where the series adds something, and has it in the report.
func TestReadmeGitLab(t *testing.T) {
	run := steps(recipe(t, "GitLab**", "yaml"), "- ")
	if len(run) != 2 {
		t.Fatalf("steps %q", run)
	}
	for _, bad := range []bool{true, false} {
		dir, git := recipeRepo(t, bad)
		base := strings.TrimSpace(git("rev-parse", "origin/main"))
		git("checkout", "-q", "--detach", "origin/topic")
		want := []int{0, 0}
		if bad {
			want[1] = 1
		}
		for i, step := range run {
			if status := shell(t, dir, step, "CI_MERGE_REQUEST_DIFF_BASE_SHA="+base); status != want[i] {
				t.Errorf("bad: %t: step %d: status %d", bad, i+1, status)
			}
		}
		var issues []struct {
			Description string
			CheckName   string `json:"check_name"`
			Fingerprint string
			Severity    string
			Location    struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		decode(t, filepath.Join(dir, "lockorder.json"), &issues)
		if bad && (len(issues) != 1 || issues[0].Location.Path != "x.c" || issues[0].Location.Lines.Begin != 17 || issues[0].CheckName != "cycle" ||
			issues[0].Fingerprint == "" || issues[0].Description == "" ||
			!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, issues[0].Severity)) || !bad && (issues == nil || len(issues) != 0) {
			t.Errorf("bad: %t: %+v", bad, issues)
		}
	}
}

// The bot answers where there is something to say, and fails, without an answer,
// where a series does not fit. b4 and the sending of mail are played.
func TestReadmeBot(t *testing.T) {
	script := recipe(t, "A bot over a mailbox:**", "sh")
	for _, test := range []struct {
		name   string
		bad    bool
		series func(git func(...string) string) string
		fails  bool
		reply  string
	}{
		{"bad", true, func(git func(...string) string) string {
			return git("format-patch", "--cover-letter", "--stdout", "origin/main..origin/topic")
		}, false, "x.c:17:2: error: b and a are taken in both orders"},
		{"good", false, func(git func(...string) string) string {
			return git("format-patch", "--stdout", "origin/main..origin/topic")
		}, false, ""},
		{"attached", true, func(git func(...string) string) string {
			return git("format-patch", "--attach", "--stdout", "origin/main..origin/topic")
		}, false, "x.c:17:2: error: b and a are taken in both orders"},
		{"does not fit", true, func(git func(...string) string) string {
			return strings.ReplaceAll(git("format-patch", "--stdout", "origin/main..origin/topic"), "mutex_lock(&b)", "mutex_lock(&c)")
		}, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, git := recipeRepo(t, test.bad)
			series := test.series(git)
			git("checkout", "-q", "--detach", "origin/main")
			work, bin := filepath.Dir(dir), t.TempDir()
			if err := os.Rename(dir, filepath.Join(work, "linux")); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{
				"b4":         "#!/bin/sh\n[ \"$*\" = '-q am -o - 1@x' ] && cat incoming\n",
				"send-reply": "#!/bin/sh\n[ \"$1\" = 1@x ] && cat > sent\n",
			} {
				if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o777); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(work, "incoming"), []byte(series), 0o666); err != nil {
				t.Fatal(err)
			}
			path := "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")
			if status := shell(t, work, script, path, "id=1@x"); (status != 0) != test.fails {
				t.Errorf("status %d", status)
			}
			sent, err := os.ReadFile(filepath.Join(work, "sent"))
			if (err == nil) != (test.reply != "") || !strings.Contains(string(sent), test.reply) {
				t.Errorf("sent %q (%v)", sent, err)
			}
		})
	}
}
