package analyzer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dump is all that an analysis has found.
func dump(t *testing.T, cfg Config) string {
	t.Helper()
	r, err := Analyze(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := r.prog
	var b strings.Builder
	for _, f := range p.funcs {
		f.Print(&b)
		r.sums.Of(f.ID).Print(&b)
		for _, blk := range f.Blocks {
			for i := range blk.Ops {
				if c := &blk.Ops[i].Callee; len(c.Targets) > 0 {
					fmt.Fprintf(&b, "%s is %s\n", c, c.Targets)
				}
			}
		}
	}
	for _, x := range p.bindings {
		fmt.Fprintf(&b, "%+v\n", x)
	}
	for _, o := range p.rules.Orders() {
		fmt.Fprintf(&b, "%s at %s\n", o, o.Pos)
	}
	fmt.Fprintf(&b, "%+v\n%+v\n%d undefined\n", p.problems, p.counts.total(), p.undefined)
	return b.String()
}

// An analysis that reuses the one before it finds the same as one that does not.
func TestReuse(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"include/linux/mutex.h": "struct mutex { int x; };\nvoid mutex_lock(struct mutex *m);\nvoid mutex_unlock(struct mutex *m);\n",
		"include/linux/a.h":     "#include <linux/mutex.h>\nstruct a { struct mutex lock; };\nstruct ops { void (*go)(struct a *); };\nvoid f(struct a *);\nvoid g(struct a *);\nvoid late(struct a *);\n",
		"mm/one.c":              "#include <linux/a.h>\nvoid f(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tg(a);\n\tlate(a);\n\tmutex_unlock(&a->lock);\n}\n",
		"mm/two.c":              "#include <linux/a.h>\nvoid g(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tmutex_unlock(&a->lock);\n}\n",
		"mm/three.c":            "#include <linux/a.h>\nstatic struct ops ops = { .go = late };\nvoid h(struct a *a, struct ops *o)\n{\n\to->go(a);\n\tf(a);\n}\n/* Lock ordering:\n *\n *  a.lock\n *    mmap_lock\n */\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const head = "#include <linux/a.h>\n"
	states := []map[string][]byte{
		nil,
		{"mm/two.c": []byte(head + "\nvoid g(struct a *a)\n{\n}\n")},
		{"mm/two.c": []byte(head + "void late(struct a *a)\n{\n\tmutex_lock(&a->lock);\n}\n")}, // g goes, late comes
		{"mm/two.c": []byte(head), "mm/four.c": []byte(head + "void g(struct a *a)\n{\n\tlate(a);\n}\n")},
		{"mm/two.c": nil, "mm/new/five.c": []byte(head + "void late(struct a *a)\n{\n}\n")},
		{"mm/three.c": []byte(head + "/* Lock ordering:\n *\n *  mmap_lock\n *    a.lock\n */\n")},
		{"include/linux/a.h": []byte("#include <linux/mutex.h>\nstruct a { int y; struct mutex lock; };\nvoid f(struct a *);\n")},
		{"mm/two.c": []byte(head + "void g(struct a *a)\n{\n}\n#include \"part.c\"\n"), "mm/part.c": []byte("void late(struct a *a)\n{\n}\n")},
		nil,
		{"mm/two.c": []byte(head + "void late(struct a *a)\n{\n\tmutex_lock(&a->lock);\n}\n")},
		nil,
	}
	u := &reuse{}
	kept := 0
	for i, over := range append(states, states...) {
		cfg := Config{Root: dir, Overlay: over, Paths: []string{"mm"}, Workers: 1}
		want := dump(t, cfg)
		tree := u.tree
		cfg.reuse = u
		if got := dump(t, cfg); got != want {
			t.Errorf("state %d: got\n%s\nwant\n%s", i, got, want)
		}
		if u.tree == tree {
			kept++
		}
	}
	if kept < 5 {
		t.Errorf("only %d loads kept the tree", kept)
	}
}
