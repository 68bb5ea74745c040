package patch

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree writes files into a directory of their own.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// lines are the lines from to to, numbered.
func lines(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "\tline %d;\n", i)
	}
	return b.String()
}

func show(files map[string][]byte) string {
	var b strings.Builder
	for _, name := range sortedKeys(files) {
		if files[name] == nil {
			fmt.Fprintf(&b, "%s: gone\n", name)
		} else {
			fmt.Fprintf(&b, "%s: %q\n", name, files[name])
		}
	}
	return b.String()
}

func TestApply(t *testing.T) {
	dir := tree(t, map[string]string{"a.c": lines(1, 20), "b.c": "b\n", "d/c.c": "c\n", "no-eol": "x\ny", "empty": ""})
	const rename = "diff --git a/b.c b/n/b.c\nsimilarity index 100%\nrename from b.c\nrename to n/b.c\n"
	for _, test := range []struct{ name, diff, want string }{
		{"in place", diffOf("a.c", 5), fmt.Sprintf("a.c: %q\n", strings.Replace(lines(1, 20), "line 5;", "line 5, new;", 1))},
		{"moved", strings.ReplaceAll(diffOf("a.c", 5), "-2,7 +2,7", "-12,7 +12,7"), fmt.Sprintf("a.c: %q\n", strings.Replace(lines(1, 20), "line 5;", "line 5, new;", 1))},
		{"new", "diff --git a/x/y.c b/x/y.c\nnew file mode 100644\n--- /dev/null\n+++ b/x/y.c\n@@ -0,0 +1,2 @@\n+1\n+2\n", "x/y.c: \"1\\n2\\n\"\n"},
		{"new and empty", "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n", "x: \"\"\n"},
		{"deleted", "diff --git a/b.c b/b.c\ndeleted file mode 100644\n--- a/b.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\n", "b.c: gone\n"},
		{"renamed", rename, "b.c: gone\nn/b.c: \"b\\n\"\n"},
		{"renamed and changed", "diff --git a/b.c b/z.c\nrename from b.c\nrename to z.c\n--- a/b.c\n+++ b/z.c\n@@ -1 +1 @@\n-b\n+B\n", "b.c: gone\nz.c: \"B\\n\"\n"},
		{"copied", "diff --git a/b.c b/z.c\ncopy from b.c\ncopy to z.c\n", "z.c: \"b\\n\"\n"},
		{"swapped", "diff --git a/b.c b/d/c.c\nrename from b.c\nrename to d/c.c\ndiff --git a/d/c.c b/b.c\nrename from d/c.c\nrename to b.c\n", "b.c: \"c\\n\"\nd/c.c: \"b\\n\"\n"},
		{"mode", "diff --git a/b.c b/b.c\nold mode 100644\nnew mode 100755\n", "b.c: \"b\\n\"\n"},
		{"without a newline", "diff --git a/no-eol b/no-eol\n--- a/no-eol\n+++ b/no-eol\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+y\n", "no-eol: \"x\\ny\\n\"\n"},
		{"symbolic link", "diff --git a/b.c b/b.c\ndeleted file mode 100644\n--- a/b.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-b\ndiff --git a/b.c b/b.c\nnew file mode 120000\n--- /dev/null\n+++ b/b.c\n@@ -0,0 +1 @@\n+a.c\n\\ No newline at end of file\n", "b.c: gone\n"},
		{"twice", diffOf("a.c", 5) + diffOf("a.c", 12), fmt.Sprintf("a.c: %q\n", strings.NewReplacer("line 5;", "line 5, new;", "line 12;", "line 12, new;").Replace(lines(1, 20)))},
	} {
		t.Run(test.name, func(t *testing.T) {
			states, err := read1(t, test.diff).Apply(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(states) != 2 || len(states[0].Files) != 0 {
				t.Fatalf("%d states, the first %s", len(states), show(states[0].Files))
			}
			if got := show(states[1].Files); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestApplyErrors(t *testing.T) {
	dir := tree(t, map[string]string{"a.c": lines(1, 20), "b.c": "b\n", "d/c.c": "c\n"})
	if err := os.Symlink("/etc", filepath.Join(dir, "out")); err != nil {
		t.Skip(err)
	}
	const head = "Subject: [PATCH] x\n\n"
	change := func(name string) string {
		return "diff --git a/" + name + " b/" + name + "\n--- a/" + name + "\n+++ b/" + name + "\n@@ -1 +1 @@\n-b\n+c\n"
	}
	make := func(name string) string {
		return "diff --git a/" + name + " b/" + name + "\nnew file mode 100644\n--- /dev/null\n+++ b/" + name + "\n@@ -0,0 +1 @@\n+c\n"
	}
	for _, test := range []struct{ name, diff, want string }{
		{"other text", strings.Replace(diffOf("a.c", 5), " \tline 6;", " \tline six;", 1),
			`[PATCH] x: a.c: hunk 1 of 1 (@@ -2,7 +2,7 @@ void f(void)): does not fit: line 6 is "\tline 6;", but the patch has "\tline six;"`},
		{"fuzz", strings.Replace(diffOf("a.c", 5), " \tline 8;", " \tline eight;", 1), `does not fit: line 8 is`},
		{"end", strings.ReplaceAll(diffOf("a.c", 19), "@@ -16,7 +16,7 @@", "@@ -16,7 +16,7 @@"), `does not fit: the file ends at line 20, where the patch has "\tline 21;"`},
		{"twice", diffOf("a.c", 5) + "@@ -3,5 +3,5 @@\n \tline 3;\n \tline 4;\n-\tline 5, new;\n+\tline 5, newer;\n \tline 6;\n \tline 7;\n",
			"hunk 2 of 2 (@@ -3,5 +3,5 @@): does not fit: line 3 is changed by a hunk before it"},
		{"none", change("gone.c"), "[PATCH] x: gone.c: no such file in the tree"},
		{"there", make("b.c"), "[PATCH] x: b.c: the patch makes it, but it is there already"},
		{"not empty", strings.Replace(change("a.c"), "--- a/a.c", "deleted file mode 100644\n--- a/a.c", 1), "malformed diff"},
		{"rename onto", "diff --git a/b.c b/a.c\nrename from b.c\nrename to a.c\n", "a.c: the patch makes it, but it is there already"},
		{"up", make("../x.c"), `the name "../x.c" is not of a file in the tree`},
		{"up inside", make("d/../../x.c"), `is not of a file in the tree`},
		{"absolute", "diff --git a/b.c b/b.c\nrename from b.c\nrename to /etc/x\n", `the name "/etc/x" is not of a file in the tree`},
		{"link out", change("out/passwd"), "out/passwd: cannot be read: path escapes from parent"},
		{"link out, new", make("out/lockorder-new"), "out/lockorder-new: cannot be made: path escapes from parent"},
		{"git", make(".git/hooks/pre-commit"), "is git's own"},
		{"directory", change("d"), "d: is not a file"},
		{"below a file", make("b.c/x.c"), "b.c/x.c: cannot be made: not a directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Read("test", strings.NewReader(head+test.diff))
			if err == nil {
				_, err = s.Apply(dir)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

// git runs git in a directory, with nobody's configuration.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@x", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return string(out)
}

func needGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git on the PATH: git apply is what the applier is compared with")
	}
}

// edit changes a few lines of a text.
func edit(r *rand.Rand, text string) string {
	ls := strings.SplitAfter(text, "\n")
	ls = ls[:len(ls)-1]
	for range 1 + r.IntN(4) {
		i := r.IntN(len(ls))
		switch r.IntN(3) {
		case 0:
			ls[i] = fmt.Sprintf("\tnew %d;\n", r.IntN(1000))
		case 1:
			ls = slices.Delete(ls, i, i+1)
		case 2:
			ls = slices.Insert(ls, i, fmt.Sprintf("\tline %d;\n", 1+r.IntN(8)))
		}
		if len(ls) < 3 {
			break
		}
	}
	return strings.Join(ls, "")
}

// TestApplyLikeGit makes patches of one text, applies them to another that
// differs from it a little, and asks git apply to do the same.
func TestApplyLikeGit(t *testing.T) {
	needGit(t)
	r := rand.New(rand.NewPCG(1, 2))
	dir := tree(t, map[string]string{"old": "", "new": ""})
	fits := 0
	const rounds = 150
	for i := range rounds {
		var b strings.Builder
		for range 10 + r.IntN(30) {
			fmt.Fprintf(&b, "\tline %d;\n", 1+r.IntN(8)) // many lines look alike
		}
		old := b.String()
		now := edit(r, old)
		have := old
		if r.IntN(3) > 0 {
			have = edit(r, old)
		}
		write := func(name, text string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		write("old", old)
		write("new", now)
		cmd := exec.Command("git", "-C", dir, "diff", "--no-index", fmt.Sprintf("-U%d", 1+r.IntN(3)), "old", "new")
		diff, _ := cmd.Output()
		if len(diff) == 0 {
			continue
		}
		diff = bytes.ReplaceAll(diff, []byte("a/old"), []byte("a/f"))
		diff = bytes.ReplaceAll(diff, []byte("b/new"), []byte("b/f"))
		there := tree(t, map[string]string{"f": have})
		states, err := read1(t, string(diff)).Apply(there)
		apply := exec.Command("git", "-C", there, "apply", "-")
		apply.Stdin = bytes.NewReader(diff)
		said, gitErr := apply.CombinedOutput()
		if (err == nil) != (gitErr == nil) {
			t.Fatalf("round %d: we say %v, git says %v: %s\nfile:\n%s\ndiff:\n%s", i, err, gitErr, said, have, diff)
		}
		if err != nil {
			continue
		}
		fits++
		want, err := os.ReadFile(filepath.Join(there, "f"))
		if err != nil {
			t.Fatal(err)
		}
		if got := states[1].Files["f"]; !bytes.Equal(got, want) {
			t.Fatalf("round %d: got\n%s\ngit\n%s\nfile:\n%s\ndiff:\n%s", i, got, want, have, diff)
		}
	}
	if fits < rounds/4 || fits > rounds*9/10 {
		t.Errorf("%d of %d fit: the patches test little", fits, rounds)
	}
}

// TestRange takes the same series from git as a range and as mails, with the tree
// at one end of it or the other.
func TestRange(t *testing.T) {
	needGit(t)
	dir := tree(t, map[string]string{"a.c": lines(1, 20), "b.c": lines(1, 9), "gone.c": "x\n"})
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "start")
	git(t, dir, "tag", "start")
	write("a.c", strings.Replace(lines(1, 20), "line 5;", "line 5, new;", 1))
	git(t, dir, "mv", "b.c", "c.c")
	git(t, dir, "commit", "-qam", "one")
	git(t, dir, "rm", "-q", "gone.c")
	write("bin", "\x00\x01")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "two")
	// A side branch that is merged is one patch.
	git(t, dir, "checkout", "-qb", "side", "HEAD~1")
	write("c.c", lines(2, 9))
	git(t, dir, "commit", "-qam", "side one")
	write("c.c", lines(3, 9))
	git(t, dir, "commit", "-qam", "side two")
	git(t, dir, "checkout", "-q", "main")
	git(t, dir, "merge", "-q", "--no-ff", "-m", "merge side", "side")

	want := []string{"one", "two", "merge side"}
	last := map[string][]byte{
		"a.c": []byte(strings.Replace(lines(1, 20), "line 5;", "line 5, new;", 1)), "b.c": nil, "c.c": []byte(lines(3, 9)), "gone.c": nil, "bin": []byte("\x00\x01"),
	}
	mails := git(t, dir, "format-patch", "-q", "--stdout", "--binary", "--cover-letter", "--attach", "-2", "main~1")
	git(t, dir, "config", "diff.noprefix", "true")
	git(t, dir, "config", "diff.external", "/bin/false")
	git(t, dir, "config", "core.fsmonitor", "/bin/false")
	for _, at := range []string{"start", "main"} {
		git(t, dir, "checkout", "-q", at)
		index, err := os.ReadFile(filepath.Join(dir, ".git/index"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadRange(t.Context(), dir, "start..main")
		if err != nil {
			t.Fatal(err)
		}
		var subjects []string
		for _, p := range s.Patches {
			subjects = append(subjects, p.Subject)
		}
		if !slices.Equal(subjects, want) {
			t.Errorf("at %s: %q", at, subjects)
		}
		states, err := s.Apply(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := states[3].Files; !maps.EqualFunc(got, last, equal) {
			t.Errorf("at %s:\n%s", at, show(got))
		}
		after, err := os.ReadFile(filepath.Join(dir, ".git/index"))
		if err != nil || !bytes.Equal(index, after) {
			t.Errorf("at %s: the index was written (%v)", at, err)
		}
		// What the range starts from is the same tree, wherever the disk is.
		if got := states[0].Files; at == "start" && len(got) > 0 ||
			at == "main" && (got["bin"] != nil || string(got["gone.c"]) != "x\n" || string(got["b.c"]) != lines(1, 9) || got["c.c"] != nil) {
			t.Errorf("at %s, before: %s", at, show(got))
		}
	}
	git(t, dir, "checkout", "-q", "start")
	s := read1(t, mails)
	states, err := s.Apply(dir)
	if err != nil {
		t.Fatal(err)
	}
	last["c.c"] = []byte(lines(1, 9))
	if got := states[len(states)-1].Files; len(states) != 3 || !maps.EqualFunc(got, last, equal) {
		t.Errorf("mails: %d states, the last %s", len(states), show(got))
	}
}

// What is staged is a patch on HEAD, whatever else is in the working tree.
func TestStaged(t *testing.T) {
	needGit(t)
	dir := tree(t, map[string]string{"a.c": lines(1, 9), "b.c": "b\n"})
	git(t, dir, "init", "-q")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "start")
	if _, err := ReadStaged(t.Context(), dir); err == nil || err.Error() != "nothing is staged" {
		t.Errorf("nothing staged: %v", err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a.c", lines(2, 9))
	git(t, dir, "add", "a.c")
	write("a.c", lines(3, 9))
	write("b.c", "B\n")
	s, err := ReadStaged(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	states, err := s.Apply(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := states[0].Files; string(got["a.c"]) != lines(1, 9) || string(got["b.c"]) != "b\n" {
		t.Errorf("before: %s", show(got))
	}
	if got := states[1].Files; string(got["a.c"]) != lines(2, 9) || string(got["b.c"]) != "b\n" {
		t.Errorf("after: %s", show(got))
	}
}

// equal tells an empty file from none.
func equal(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func TestRangeErrors(t *testing.T) {
	needGit(t)
	dir := tree(t, map[string]string{"a.c": "a\n", "sub/b.c": "b\n"})
	if _, err := ReadRange(t.Context(), dir, "a..b"); err == nil || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("no repository: %v", err)
	}
	git(t, dir, "init", "-q")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-qm", "start")
	for spec, want := range map[string]string{
		"--output=x..y":  "not a git range",
		"main":           "not a git range",
		"main...main":    "not a git range",
		"main..main":     "no commit in the range main..main",
		"none..main":     "none..main",
		"main..HEAD\x00": "not a git range",
	} {
		if _, err := ReadRange(t.Context(), dir, spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", spec, err, want)
		}
	}
	if _, err := ReadRange(t.Context(), filepath.Join(dir, "sub"), "main..main"); err == nil || !strings.Contains(err.Error(), "sub of a git repository") {
		t.Errorf("a directory of a repository: %v", err)
	}
}

// FuzzApply: a diff that git would take of two texts brings the one to the
// other.
func FuzzApply(f *testing.F) {
	f.Add(lines(1, 9), "@@ -2,7 +2,7 @@\n \tline 2;\n \tline 3;\n \tline 4;\n-\tline 5;\n+\tnew;\n \tline 6;\n \tline 7;\n \tline 8;\n")
	f.Add("", "@@ -0,0 +1 @@\n+x\n")
	f.Fuzz(func(t *testing.T, text, hunks string) {
		files, err := parseDiff([]byte("--- a/x\n+++ b/x\n" + hunks))
		if err != nil || len(files) != 1 {
			return
		}
		out, err := applyTo([]byte(text), files[0])
		if err != nil {
			return
		}
		added, removed := 0, 0
		for _, h := range files[0].TextFragments {
			for _, l := range h.Lines {
				if !l.Old() {
					added += len(l.Line)
				}
				if !l.New() {
					removed += len(l.Line)
				}
			}
		}
		if len(out) != len(text)+added-removed {
			t.Errorf("%d bytes of %d, with %d added and %d removed", len(out), len(text), added, removed)
		}
	})
}
