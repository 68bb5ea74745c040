package analyzer_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/rogpeppe/go-internal/diff"
)

// output is what a run sends, as JSON. worked: it has not taken the whole from the cache.
func output(t *testing.T, cfg analyzer.Config, series string) (text string, worked bool) {
	t.Helper()
	var b bytes.Buffer
	h := report.NewJSON(&b)
	cfg.Progress = func(string, int, int) { worked = true }
	cfg.Workers = max(cfg.Workers, 1) // Progress is not made for more, here
	var err error
	if series == "" {
		err = analyzer.Run(context.Background(), cfg, h)
	} else {
		var s *patch.Series
		if s, err = patch.Read("series", strings.NewReader(series)); err == nil {
			err = analyzer.Patch(context.Background(), cfg, s, h)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), worked
}

// TestCacheSame edits a tree, step by step, and runs on each state with a cache that has
// seen the ones before, and without: the output must be the same, and the run must work if
// something has changed.
func TestCacheSame(t *testing.T) {
	const head = "#include <linux/a.h>\n"
	root := writeTree(t, map[string]string{
		"include/linux/spinlock.h": "",
		"include/linux/mutex.h":    "struct mutex { int x; };\nvoid mutex_lock(struct mutex *m);\nvoid mutex_unlock(struct mutex *m);\n",
		"include/linux/a.h":        "#include <linux/mutex.h>\nstruct a { struct mutex lock, other; };\nvoid f(struct a *);\nvoid g(struct a *);\nvoid late(struct a *);\n",
		"include/linux/unused.h":   "struct unused;\n",
		"mm/one.c":                 head + "void f(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tg(a);\n\tlate(a);\n\tmutex_unlock(&a->lock);\n}\n",
		"mm/two.c":                 head + "void g(struct a *a)\n{\n\tmutex_lock(&a->other);\n\tmutex_unlock(&a->other);\n}\n",
		"mm/arm.c":                 head + "#ifndef CONFIG_FIVE\nvoid h(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tg(a);\n\tmutex_unlock(&a->lock);\n}\n#endif\n",
		"kernel/three.c":           head + "static void late(struct a *a)\n{\n\tmutex_lock(&a->lock);\n}\n",
		"kernel/four.c":            "#ifdef CONFIG_FOUR\n" + head + "void late(struct a *a)\n{\n\tmutex_lock(&a->other);\n}\n#endif\n",
		"mm/notes.txt":             "Nothing to say.\n",
	})
	outside := t.TempDir()
	rulesFile, kconfig := filepath.Join(outside, "my.lockorder"), filepath.Join(outside, "config")
	put := func(name, text string) func() {
		return func() {
			if !filepath.IsAbs(name) {
				name = filepath.Join(root, name)
			}
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func() {
		return func() {
			if err := os.Remove(filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(rulesFile, "")()
	put(kconfig, "CONFIG_FIVE=y\n")()
	two := func(body string) string { return head + "void g(struct a *a)\n{\n" + body + "}\n" }
	patches := []string{
		mail("two", map[string]string{"mm/two.c": two("\tmutex_lock(&a->other);\n\tmutex_unlock(&a->other);\n")},
			map[string]string{"mm/two.c": two("\tmutex_lock(&a->other);\n\tf(a);\n\tmutex_unlock(&a->other);\n")}),
		mail("new", nil, map[string]string{"mm/new.c": head + "void late(struct a *a)\n{\n\tmutex_lock(&a->lock);\n}\n"}),
	}
	var c *cache.Cache
	dir := t.TempDir()
	outputs := map[string]bool{}
	for _, step := range []struct {
		name string
		edit func()
		same bool // nothing that a run asks for is changed
	}{
		{"at first", func() {}, false},
		{"nothing", func() {}, true},
		{"a header", put("include/linux/a.h", "#include <linux/mutex.h>\nstruct a { struct mutex lock; };\n#define other lock\nvoid f(struct a *);\nvoid g(struct a *);\nvoid late(struct a *);\n"), false},
		{"a source", put("mm/one.c", head+"void f(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tlate(a);\n\tmutex_unlock(&a->lock);\n}\n"), false},
		{"a new header of the same name, nearer", put("mm/linux/a.h", "struct mutex;\nstruct a;\n"), false},
		{"that header gone", remove("mm/linux/a.h"), false},
		{"a new file that defines a function of the same name", put("kernel/five.c", head+"void late(struct a *a)\n{\n\tmutex_lock(&a->lock);\n}\n"), false},
		{"it is static now", put("kernel/five.c", head+"static void late(struct a *a)\n{\n\tmutex_lock(&a->lock);\n}\n"), false},
		{"it is gone", remove("kernel/five.c"), false},
		{"the configuration", put(kconfig, "CONFIG_FOUR=y\n"), false},
		{"the rules", put(rulesFile, "leaf a.lock\n"), false},
		{"a name for a lock, which changes summaries alone", put(rulesFile, "leaf a.lock\nalias b.renamed = a.lock\n"), false},
		{"what a function does", put(rulesFile, "leaf a.lock\nkind mutex\nneutral g(...)\n"), false},
		{"a comment", put("mm/notes.txt", "Lock ordering:\n\n  a.other\n    a.lock\n"), false},
		{"a comment elsewhere", put("kernel/notes.txt", "Lock ordering:\n\n  a.lock\n    a.other\n"), false},
		{"a file becomes part of another", put("mm/all.c", head+"#define lock other\n#include \"two.c\"\n"), false},
		{"of another still", put("mm/all.c", head+"#include \"one.c\"\n"), false},
		{"and of none", remove("mm/all.c"), false},
		{"a type out of another source", put("mm/one.c", head+"struct far;\nvoid f(struct a *a)\n{\n}\nvoid k(struct far *p)\n{\n\tmutex_lock(&p->deep);\n}\n"), false},
		{"which is defined", put("kernel/six.c", head+"struct far {\n\tstruct mutex deep;\n};\n"), false},
		{"which changes", put("kernel/six.c", head+"struct far {\n\tstruct inner {\n\t\tstruct mutex deep;\n\t} in;\n};\n#define deep in.deep\n"), false},
		{"an include that is missing", put("mm/one.c", head+"#include <linux/later.h>\nvoid f(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tlate(a);\n\tmutex_unlock(&a->lock);\n}\n"), false},
		{"which comes", put("include/linux/later.h", "#define late(a) mutex_lock(&(a)->other)\n"), false},
		{"with one of its own", put("include/linux/later.h", "#include <linux/last.h>\n"), false},
		{"which comes as well", put("include/linux/last.h", "#define late(a) mutex_lock(&(a)->other)\n"), false},
		{"a makefile that builds all", put("mm/Makefile", "obj-y += one.o two.o\n"), false},
		{"and one that does not", put("mm/Makefile", "obj-y += two.o\nobj-$(CONFIG_SIX) += one.o\n"), false},
		{"or leaves out the other", put("mm/Makefile", "obj-y += one.o\nobj-$(CONFIG_SIX) += two.o\n"), false},
		{"a file that nobody reads", put("kernel/Makefile.old", "all:\n"), false}, // it is listed
		{"an arm", put("mm/arm.c", head+"#ifndef CONFIG_FOUR\nvoid h(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tf(a);\n}\n#endif\n"), false},
		{"that file changes", put("kernel/Makefile.old", "none:\n"), true},
		{"a file that declares nothing", put("include/linux/unused.h", "struct unused;\nvoid unused(void);\n"), false},
	} {
		step.edit()
		for i, series := range append([]string{"", ""}, patches...) {
			cfg := analyzer.Config{Root: root, Paths: []string{"mm"}, RuleFiles: []string{rulesFile}, KConfig: kconfig, Arms: i == 1}
			want, _ := output(t, cfg, series)
			outputs[want] = true
			for workers := 1; workers <= 2; workers++ {
				c = cache.Open(dir, "1", 0)
				cfg.Cache, cfg.Workers = c, workers
				got, worked := output(t, cfg, series)
				if got != want {
					t.Errorf("%s: %s", step.name, diff.Diff("without", []byte(want), "with the cache", []byte(got)))
				}
				if worked != (workers == 1 && !step.same) {
					t.Errorf("%s, run %d: worked is %v", step.name, workers, worked)
				}
				c.Close()
				if notes := c.Notes(); len(notes) > 0 {
					t.Errorf("%s: notes %q", step.name, notes)
				}
			}
		}
	}
	if len(outputs) < 20 {
		t.Errorf("there are only %d different outputs: the steps change too little", len(outputs))
	}
}

// TestCacheAtOnce: two runs that fill one cache give what they give alone.
func TestCacheAtOnce(t *testing.T) {
	root := writeTree(t, files(t, filepath.Join("..", "testdata", "series", "posted"), filepath.Join("..", "testdata", "series", "stubs")))
	dir := t.TempDir()
	want, _ := output(t, analyzer.Config{Root: root}, "")
	for range 2 {
		got := make(chan string)
		for range 2 {
			go func() {
				c := cache.Open(dir, "1", 0)
				text, _ := output(t, analyzer.Config{Root: root, Cache: c}, "")
				c.Close()
				got <- text
			}()
		}
		for range 2 {
			if text := <-got; text != want {
				t.Error(diff.Diff("alone", []byte(want), "at once", []byte(text)))
			}
		}
	}
}
