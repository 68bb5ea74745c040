package analyzer

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/cparse"
	"github.com/rogpeppe/go-internal/diff"
)

// dump is all that an analysis has found, with the program.
func dump(t *testing.T, cfg Config) (*program, string) {
	t.Helper()
	cfg.All = true
	r, err := Analyze(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := r.prog
	var b strings.Builder
	for _, f := range p.funcs {
		f.Moved(p.moved[f]).Print(&b)
		r.sums.Of(f.ID).Print(&b, p.moved[f])
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
	for _, v := range r.Run(check.All()).Shown {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s\n", text)
	}
	for _, x := range r.Result.Pairs() {
		fmt.Fprintf(&b, "%+v\n", x)
	}
	fmt.Fprintf(&b, "%+v\n%+v\n%d undefined\n", p.problems, p.counts.total(), p.undefined)
	return p, b.String()
}

func writeFiles(t *testing.T, files map[string]string) string {
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

// An analysis that reuses the one before it finds the same as one that does not.
func TestReuse(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"include/linux/mutex.h": "struct mutex { int x; };\nvoid mutex_lock(struct mutex *m);\nvoid mutex_unlock(struct mutex *m);\n",
		"include/linux/a.h":     "#include <linux/mutex.h>\nstruct a { struct mutex lock; };\nstruct ops { void (*go)(struct a *); };\nvoid f(struct a *);\nvoid g(struct a *);\nvoid late(struct a *);\n",
		"mm/one.c":              "#include <linux/a.h>\nvoid f(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tg(a);\n\tlate(a);\n\tmutex_unlock(&a->lock);\n}\n",
		"mm/two.c":              "#include <linux/a.h>\nvoid g(struct a *a)\n{\n\tmutex_lock(&a->lock);\n\tmutex_unlock(&a->lock);\n}\n",
		"mm/six.c":              moving("", "", ""),
		"mm/seven.c":            "#include <linux/a.h>\nint under(struct a *);\nstruct far;\nvoid caller(struct a *a)\n{\n\tunder(a);\n}\nvoid user(struct a *a, struct far *p)\n{\n\tmutex_lock(&p->deep);\n}\n",
		"mm/three.c":            "#include <linux/a.h>\nstatic struct ops ops = { .go = late };\nvoid h(struct a *a, struct ops *o)\n{\n\to->go(a);\n\tf(a);\n}\n/* Lock ordering:\n *\n *  a.lock\n *    mmap_lock\n */\n",
	})
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
	for _, six := range []string{
		moving("\n\n", "", ""),
		moving("", "\tmutex_unlock(&a->lock);\n\tmutex_lock(&a->lock);\n", ""),
		moving("", "\treturn;\n\n", "\n"),
		moving("/* Some\n   words. */\n// more\n", "", ""),
		moving("#define lock other\n", "", ""),
		moving("#define lock /* not */ other\n", "", ""),
		moving("static char *s = \"/*\";\n#define lock other\nstatic char *t = \"*/\";\n", "", ""),
		moving("", "#define again other\n", ""),
		moving("", "#undef LATER\n#define LATER\n", "\tLATER\n"),
		moving("", "", "\tf(a);\n"),
		moving("", "}\nstatic int more(struct a *a)\n{\n", ""),
		moving("", "", "} }\n"),
		moving("", "\n\n", "\t) broken (\n"),
		moving("struct far { struct mutex deep; };\n", "", ""),
		moving("struct far { int x; struct in { struct mutex deep; } in; };\n#define deep in.deep\n", "", ""),
		moving("struct far { struct mutex deeper; };\n", "", ""),
		moving("", "out:\nif (x) {\n}\nstruct far { struct mutex deep; };\n", ""),
	} {
		states = append(states, map[string][]byte{"mm/six.c": []byte(six)})
	}
	six := moving("", "", "")
	for _, swap := range [][2]string{
		{"static int first(struct a *a)", "static int\nfirst(struct a *a)"},
		{"int under(struct a *a)", "/* */ int under(struct a *a)"},
		{"int under(struct a *a)\n{\n", "int under(struct a *a) {\n"},
		{"static struct mutex own;", "/* Its own. */\n\tstatic struct mutex own;"},
		{".go = first", ".go = last"},
		{"last", "latest"},
		{"static int first", "int first"},
		{"static int first", "static void *first"},
		{"CONFIG_NONE", "CONFIG_MMU"},
		{"static void none", "static int first"},
	} {
		states = append(states, map[string][]byte{"mm/six.c": []byte(strings.ReplaceAll(six, swap[0], swap[1]))})
	}
	states = append(states, nil)
	u := &reuse{}
	kept := 0
	for i, over := range append(states, states...) {
		cfg := Config{Root: dir, Overlay: over, Paths: []string{"mm"}, Workers: 1}
		_, want := dump(t, cfg)
		tree := u.tree
		cfg.reuse = u
		if _, got := dump(t, cfg); got != want {
			t.Errorf("state %d: got\n%s\nwant\n%s", i, got, want)
		}
		if u.tree == tree {
			kept++
		}
	}
	if kept < 20 {
		t.Errorf("only %d loads kept the tree", kept)
	}
}

// moving is a file of which parts come and go: text at the top, and in the first function
// and the last.
func moving(top, in, late string) string {
	return "#include <linux/a.h>\n#define LATER mutex_lock(&a->again);\n#define again lock\n" + top + `
static int first(struct a *a)
{
	mutex_lock(&a->lock);
` + in + `	mutex_unlock(&a->lock);
}

#ifdef CONFIG_NONE
static void none(struct a *a)
{
	mutex_lock(&a->lock);
}
#endif

int under(struct a *a)
{
	static struct mutex own;
	mutex_lock(&own);
	if (first(a)) {
		LATER
		return 1;
	}
	late(a) + ;
	return 0;
}

static struct ops table = { .go = first };

static void last(struct a *a)
{
	under(a);
` + late + `	h(a, &table);
}
`
}

// Functions that are moved, or refer to one that is, are not lowered again.
func TestReuseMoved(t *testing.T) {
	dir := writeFiles(t, map[string]string{
		"include/linux/mutex.h": "struct mutex { int x; };\nvoid mutex_lock(struct mutex *m);\nvoid mutex_unlock(struct mutex *m);\n",
		"include/linux/a.h":     "#include <linux/mutex.h>\nstruct a { struct mutex lock; };\nstruct ops { int (*go)(struct a *); };\n",
		"mm/six.c":              moving("", "", ""),
		"mm/seven.c":            "#include <linux/a.h>\nint under(struct a *);\nvoid user(struct a *a)\n{\n\tunder(a);\n}\n",
	})
	u := &reuse{}
	made := func(text string) int {
		before := 0
		for _, versions := range u.lowered {
			before += len(versions)
		}
		dump(t, Config{Root: dir, Overlay: map[string][]byte{"mm/six.c": []byte(text)}, Paths: []string{"mm"}, reuse: u})
		for _, versions := range u.lowered {
			before -= len(versions)
		}
		return -before
	}
	if n := made(moving("", "", "")); n != 5 {
		t.Errorf("%d functions are lowered at first", n)
	}
	for _, c := range []struct {
		top, in, late string
		want          int
	}{
		{"\n\n", "", "", 0},
		{"/* Words. */\n\n", "", "", 0},
		{"", "\tmutex_unlock(&a->lock);\n\tmutex_lock(&a->lock);\n", "", 1},
		{"\n", "\tmutex_unlock(&a->lock);\n\tmutex_lock(&a->lock);\n", "", 0},
		{"", "\tf(a);\n", "\tg(a);\n", 2},
		{"", "", "", 0},
		{"#define lock other\n", "", "", 3}, // the last one does not take it
	} {
		if n := made(moving(c.top, c.in, c.late)); n != c.want {
			t.Errorf("%q, %q, %q: %d functions are lowered, want %d", c.top, c.in, c.late, n, c.want)
		}
	}
}

// TestReuseRandom edits the models at random places, several files at a time.
func TestReuseRandom(t *testing.T) {
	texts := map[string]string{}
	for _, root := range []string{"posted", "stubs"} {
		root = filepath.Join("..", "testdata", "series", root)
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(filepath.Join(root, name))
			texts[name] = string(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := writeFiles(t, texts)
	reuseRandom(t, dir, []string{"fs", "mm"}, nil, 25)
	var headers []string
	for name := range texts {
		if isHeader(name) {
			headers = append(headers, name)
		}
	}
	reuseRandom(t, dir, []string{"fs", "mm"}, headers, 20)
}

// TestTreeReuse is TestReuseRandom on files of a kernel.
func TestTreeReuse(t *testing.T) {
	trees := os.Getenv("LOCKORDER_TREES")
	if trees == "" {
		t.Skip("LOCKORDER_TREES names no directory with kernel trees")
	}
	reuseRandom(t, filepath.Join(trees, "linux-5.10"), []string{"ipc/msg.c", "ipc/sem.c"}, nil, 3)
	reuseRandom(t, filepath.Join(trees, "linux-5.10"), []string{"ipc/msg.c", "ipc/sem.c"}, []string{"ipc/util.h", "include/linux/ipc.h", "include/linux/sem.h"}, 2)
}

// reuseRandom makes states of a tree, some of them twice, and compares what a load finds that
// has seen the ones before with what one finds that has not. The edits are to the files of
// the paths, and to others.
func reuseRandom(t *testing.T, root string, paths, others []string, states int) {
	r := rand.New(rand.NewPCG(1, 2))
	tree, err := cparse.Open(root, cparse.Config{})
	if err != nil {
		t.Fatal(err)
	}
	names, err := tree.Walk(paths)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(others)
	names = append(names, others...)
	over := map[string][]byte{}
	seen := []map[string][]byte{nil}
	u := &reuse{}
	moved := 0
	for i := range states {
		for range 1 + r.IntN(3) {
			name := names[r.IntN(len(names))]
			text := over[name]
			if text == nil {
				if text, err = tree.Text().Read(name, nil); err != nil {
					t.Fatal(err)
				}
			}
			over[name] = []byte(edited(r, string(text)))
		}
		state := maps.Clone(over)
		if r.IntN(4) == 0 {
			state = seen[r.IntN(len(seen))]
		}
		seen = append(seen, state)
		cfg := Config{Root: root, Overlay: state, Paths: paths}
		_, want := dump(t, cfg)
		cfg.reuse = u
		p, got := dump(t, cfg)
		moved += len(p.moved)
		if got != want {
			t.Errorf("state %d: %s", i, diff.Diff("reused", []byte(got), "anew", []byte(want)))
		}
	}
	if others == nil && moved < 2*states/3 {
		t.Errorf("only %d functions have moved", moved)
	}
}

// edited is C text with one line more, less or twice; most of them in functions, where they
// are indented.
func edited(r *rand.Rand, text string) string {
	lines := strings.SplitAfter(text, "\n")
	at := r.IntN(len(lines))
	for range 20 {
		if strings.HasPrefix(lines[at], "\t") {
			break
		}
		at = r.IntN(len(lines))
	}
	more := []string{
		"\n", "\t/* Words. */\n", lines[at], "", "\tmutex_lock(&some_lock);\n", "\tif (some_lock.x)\n", "\treturn;\n", "}\n", "#define PAGE_LOCKED\n",
		"/* Words,\n * words. */\n", "#include <linux/fs.h>\n", "static int more(void);\n",
	}[r.IntN(12)]
	if more == "" {
		lines[at] = ""
	}
	return strings.Join(slices.Insert(lines, at, more), "")
}
