package analyzer_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/rogpeppe/go-internal/diff"
)

// files reads a tree, laid over one after the other.
func files(t testing.TB, roots ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, root := range roots {
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(root, name))
			out[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// writeTree writes files into a directory of their own.
func writeTree(t testing.TB, files map[string]string) string {
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

// mail is a patch from one set of files to another, as git format-patch sends it.
func mail(subject string, from, to map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: %s\n\nWhy.\n---\n", subject)
	names := slices.Sorted(maps.Keys(from))
	for name := range to {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		old, was := from[name]
		now, is := to[name]
		if old == now && was == is {
			continue
		}
		fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\n", name)
		a, z := "a/"+name, "b/"+name
		if !was {
			b.WriteString("new file mode 100644\n")
			a = "/dev/null"
		}
		if !is {
			b.WriteString("deleted file mode 100644\n")
			z = "/dev/null"
		}
		text := diff.Diff("OLD", []byte(old), "NEW", []byte(now))
		_, text, _ = bytes.Cut(text, []byte("+++ NEW\n"))
		fmt.Fprintf(&b, "--- %s\n+++ %s\n%s", a, z, text)
	}
	b.WriteString("-- \n2.39.5\n\n")
	return b.String()
}

// readSeries reads mails.
func readSeries(t testing.TB, mails ...string) *patch.Series {
	t.Helper()
	s, err := patch.Read("test", strings.NewReader(strings.Join(mails, "")))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// runPatch analyses a series over a tree.
func runPatch(t testing.TB, cfg analyzer.Config, mails ...string) *collector {
	t.Helper()
	c := &collector{}
	if err := analyzer.Patch(context.Background(), cfg, readSeries(t, mails...), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func change(vs []*report.Violation, c report.Change) (out []*report.Violation) {
	for _, v := range vs {
		if v.Change == c {
			out = append(out, v)
		}
	}
	return out
}

// TestPatchSeries goes from each state of the series to the next as patches: what
// the first patch brings is what the posted state is to have and the one before
// has not, and the second mends all of it.
func TestPatchSeries(t *testing.T) {
	before, posted, after := files(t, series+"/before", series+"/stubs"), files(t, series+"/posted", series+"/stubs"), files(t, series+"/after", series+"/stubs")
	dir := writeTree(t, before)
	c := runPatch(t, analyzer.Config{Root: dir, Existing: true},
		mail("[PATCH 1/2] hugetlbfs: add hinode_rwsem", before, posted), mail("[PATCH 2/2] hugetlbfs: order hinode_rwsem", posted, after))
	for _, p := range c.Problems {
		t.Errorf("%s: %s", p.Pos, p.Message)
	}
	for _, row := range table(t, "expect.csv") {
		var want report.Change
		switch row["state"] {
		case "before":
			want = report.Fixed
		case "posted":
			want = report.Passing
		default:
			continue
		}
		if !slices.ContainsFunc(c.Violations, func(v *report.Violation) bool {
			return v.Change == want && v.Check == row["check"] && within(v, row["function"]) && same(v.Outer, row["outer"]) && same(v.Inner, row["inner"])
		}) {
			t.Errorf("not %s: %s: %s in %s: %s, %s", want, row["id"], row["check"], row["function"], row["outer"], row["inner"])
		}
	}
	for _, v := range c.Violations {
		if v.Change != report.Fixed && v.Change != report.Passing {
			t.Errorf("%s: %s by patch %d: %s: %s, %s", v.Pos, v.Change, v.Patch, v.Check, v.Message, v.Key)
		}
		if v.Change == report.Passing && (v.Patch != 1 || v.Until != 2) {
			t.Errorf("%s: from patch %d to %d: %s", v.Pos, v.Patch, v.Until, v.Message)
		}
	}
}

// TestPatchStep takes the steps one by one: posted adds the defects that it is
// catalogued with, and the step after it fixes them.
func TestPatchStep(t *testing.T) {
	states := []map[string]string{files(t, series+"/before", series+"/stubs"), files(t, series+"/posted", series+"/stubs"), files(t, series+"/after", series+"/stubs")}
	for i, want := range []report.Change{report.Added, report.Fixed} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			c := runPatch(t, analyzer.Config{Root: writeTree(t, states[i])}, mail("[PATCH] hinode_rwsem", states[i], states[i+1]))
			n := 0
			for _, row := range table(t, "expect.csv") {
				if row["state"] != "posted" {
					continue
				}
				n++
				if !slices.ContainsFunc(change(c.Violations, want), func(v *report.Violation) bool {
					return v.Patch == 1 && v.Check == row["check"] && within(v, row["function"]) && same(v.Outer, row["outer"]) && same(v.Inner, row["inner"])
				}) {
					t.Errorf("not %s: %s: %s in %s: %s, %s", want, row["id"], row["check"], row["function"], row["outer"], row["inner"])
				}
			}
			if got := len(change(c.Violations, want)); got != n {
				t.Errorf("%d %s, want %d", got, want, n)
			}
		})
	}
}

// TestPatchQuiet makes edits that change nothing: nothing is reported, and what
// was there before is what it was.
func TestPatchQuiet(t *testing.T) {
	posted := files(t, series+"/posted", series+"/stubs")
	rename := strings.NewReplacer("hugetlb_no_page", "hugetlb_missing_page", "remove_inode_hugepages", "drop_inode_hugepages")
	edits := map[string]func(map[string]string){
		"comments": func(f map[string]string) {
			f["mm/hugetlb.c"] = "/* A comment\n * of two lines. */\n" + f["mm/hugetlb.c"]
		},
		"new lines": func(f map[string]string) { f["mm/migrate.c"] = strings.ReplaceAll(f["mm/migrate.c"], "{\n", "{\n\n") },
		"renamed functions": func(f map[string]string) {
			for name, text := range f {
				f[name] = rename.Replace(text)
			}
		},
		"renamed file": func(f map[string]string) { f["mm/huge_migrate.c"] = f["mm/migrate.c"]; delete(f, "mm/migrate.c") },
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := maps.Clone(posted)
			edit(now)
			c := runPatch(t, analyzer.Config{Root: writeTree(t, posted), Existing: true}, mail("[PATCH] x", posted, now))
			for _, v := range c.Violations {
				if v.Change != report.Same && v.Change != report.Moved {
					t.Errorf("%s: %s: %s, in %s", v.Pos, v.Change, v.Message, v.Function)
				}
			}
			if len(c.Violations) == 0 {
				t.Error("nothing of before is there")
			}
			for _, n := range c.Statistics.Series.Notes {
				if n.Kind != "limit" {
					t.Errorf("note: %s", n.Message)
				}
			}
		})
	}
}

// TestPatchNotes: what is no violation and yet news.
func TestPatchNotes(t *testing.T) {
	const head = "#include <linux/mutex.h>\n#include <linux/lockdep.h>\nDEFINE_MUTEX(a);\nDEFINE_MUTEX(b);\nDEFINE_MUTEX(c);\n"
	was := map[string]string{"x.c": head +
		"int f(int x)\n{\n\tmutex_lock(&a);\n\tif (x) {\n\t\tmutex_unlock(&a);\n\t\treturn 1;\n\t}\n\tmutex_unlock(&a);\n\treturn 0;\n}\n" +
		"void g(void)\n{\n\tmutex_lock(&a);\n\tmutex_unlock(&a);\n}\n"}
	is := map[string]string{"x.c": head +
		"int f(int x)\n{\n\tmutex_lock(&a);\n\tif (x)\n\t\treturn 1;\n\tmutex_unlock(&a);\n\treturn 0;\n}\n" +
		"void h(int x)\n{\n\tif (f(x))\n\t\tmutex_unlock(&a);\n}\n" +
		"void g(void)\n{\n\tlockdep_assert_held(&b);\n\tmutex_lock(&a);\n\tmutex_unlock(&a);\n}\n" +
		// Whether somebody holds b here is not said by a release on a condition.
		"void k(int x)\n{\n\tmutex_lock(&c);\n\tmutex_unlock(&c);\n\tif (x)\n\t\tmutex_unlock(&b);\n}\n" +
		"static void drop(void)\n{\n\tmutex_unlock(&b);\n}\nvoid l(int x)\n{\n\tmutex_lock(&c);\n\tmutex_unlock(&c);\n\tif (x)\n\t\tdrop();\n}\n"}
	c := runPatch(t, analyzer.Config{Root: writeTree(t, was)}, mail("[PATCH] x", was, is))
	var got []string
	for _, n := range c.Statistics.Series.Notes {
		got = append(got, fmt.Sprintf("%s: %s (%d)", n.Kind, n.Message, n.Patch))
	}
	want := []string{
		"pair: a is now taken under b, in g: no declaration orders them (1)",
		"required: g now requires that its callers hold b (1)",
		"held: f may now return with a held (1)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
}
