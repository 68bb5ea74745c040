package summary

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/lower"
	"github.com/lockorder/lockorder/cparse"
)

// program lowers one C file.
func program(t *testing.T, src string) *callgraph.Graph {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.c"), []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
	tree, err := cparse.Open(dir, cparse.Config{})
	if err != nil {
		t.Fatal(err)
	}
	rs, err := linux()
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.File("a.c")
	if err != nil {
		t.Fatal(err)
	}
	var funcs []*ir.Func
	for _, fn := range f.Funcs {
		funcs = append(funcs, lower.Func(fn, rs).Func)
	}
	return callgraph.New(funcs, nil)
}

const dropping = `
struct foo { spinlock_t lock; struct mutex m; struct mutex n; };
struct foo *look_up(int key);
static void dropper(void) { struct foo *f = look_up(1); DROP; }
static void between(void) { dropper(); }
static void other(struct foo *f) { between(); mutex_lock(&f->m); mutex_unlock(&f->m); }
static void same(struct foo *f) { between(); spin_lock(&f->lock); spin_unlock(&f->lock); }
static void before(struct foo *f) { spin_lock(&f->lock); spin_unlock(&f->lock); between(); }
static void neither(struct foo *f) { between(); mutex_lock(&f->n); mutex_unlock(&f->n); between(); }
static void holds(void) { struct foo *f = look_up(2); mutex_lock(&f->m); between(); mutex_unlock(&f->m); }
static void loops(struct foo *f) { while (look_up(3)) { mutex_lock(&f->m); mutex_unlock(&f->m); between(); } }
static void fails(int x) { if (x) { between(); for (;;) ; } }
`

// TestDrops: a caller knows the classes that its callees drop, unless it has taken a lock of
// the class or does not come back, and doubts what it takes behind the call.
func TestDrops(t *testing.T) {
	rs, err := linux()
	if err != nil {
		t.Fatal(err)
	}
	type want struct{ drops, again string } // the classes that it drops, and that it may take a second time
	for _, c := range []struct {
		drop string
		want map[string]want
	}{
		{"spin_unlock(&f->lock)", map[string]want{
			"dropper": {"foo.lock", ""}, "between": {"foo.lock", ""}, "other": {"foo.lock", ""}, "same": {"foo.lock", "foo.lock"}, "before": {"foo.lock", ""},
			"neither": {"foo.lock", ""}, "holds": {"foo.lock", ""}, "loops": {"foo.lock", ""}, "fails": {"", ""},
		}},
		{"mutex_unlock(&f->m)", map[string]want{
			"dropper": {"foo.m", ""}, "between": {"foo.m", ""}, "other": {"foo.m", "foo.m"}, "same": {"foo.m", ""}, "before": {"foo.m", ""},
			"neither": {"foo.m", ""}, "holds": {"", ""}, "loops": {"foo.m", "foo.m"}, "fails": {"", ""},
		}},
		{"mutex_unlock(&f->m), spin_unlock(&f->lock)", map[string]want{
			"between": {"foo.lock foo.m", ""}, "neither": {"foo.lock foo.m", ""}, "holds": {"foo.lock", ""},
		}},
	} {
		got := summarise(t, program(t, strings.Replace(dropping, "DROP", c.drop, 1)), Options{Rules: rs})
		for name, w := range c.want {
			s := got.Of("a.c:" + name)
			var drops, again []string
			for _, c := range s.Drops {
				drops = append(drops, c.String())
			}
			for _, e := range s.Events {
				if e.Again {
					again = append(again, e.Classes[0].String())
				}
			}
			if is := (want{strings.Join(drops, " "), strings.Join(again, " ")}); is != w {
				t.Errorf("%s: %s drops and takes again %q, want %q", c.drop, name, is, w)
			}
		}
	}
}
