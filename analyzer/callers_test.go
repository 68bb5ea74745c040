package analyzer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report/reporttest"
)

const callersHead = `typedef struct { int x; } spinlock_t;
struct foo { int n; spinlock_t a, b, c, d, e, w; };
struct foo_operations { void (*op)(struct foo *f); };
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void lockdep_assert_held(void *lock);
`

// under makes a function that calls another one while it holds a lock.
func under(name, lock, callee string) string {
	return fmt.Sprintf("void %s(struct foo *f)\n{\n\tspin_lock(&f->%s);\n\t%s(f);\n\tspin_unlock(&f->%[2]s);\n}\n", name, lock, callee)
}

// pass makes a function that calls another one.
func pass(name, callee string) string {
	return fmt.Sprintf("void %s(struct foo *f)\n{\n\t%s(f);\n}\n", name, callee)
}

// Which of its callers holds a lock when a function is entered: the nearest, of those that are
// as near the first by name, at each of the calls between.
func TestHeldByCallers(t *testing.T) {
	text := callersHead +
		"void leaf(struct foo *f)\n{\n\tspin_lock(&f->w);\n\tspin_unlock(&f->w);\n}\n" +
		pass("mid_a", "leaf") + pass("mid_b", "leaf") + pass("mid_c", "mid_a") +
		under("far_a", "a", "mid_a") + under("near_a", "a", "leaf") + // the nearest
		under("two_b", "b", "leaf") + under("one_b", "b", "leaf") + // the first
		under("top_c", "c", "mid_c") + // three calls up
		under("y_d", "d", "mid_b") + under("z_d", "d", "mid_a") + // the first on the way, mid_a
		"void drops(struct foo *f)\n{\n\tspin_unlock(&f->e);\n\tleaf(f);\n\tspin_lock(&f->e);\n}\n" +
		under("top_e", "e", "drops")
	cfg := analyzer.Config{Root: writeTree(t, map[string]string{"a.c": text}), RuleSet: "linux"}
	r, err := analyzer.Analyze(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := r.Pairs()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pairs {
		if p.Function == "leaf" {
			got = append(got, strings.TrimPrefix(p.Outer, "foo.")+" "+p.Holder)
		}
	}
	slices.Sort(got)
	if want := []string{"a near_a", "b one_b", "c top_c", "d z_d"}; !slices.Equal(got, want) {
		t.Errorf("leaf is entered under %q, want %q", got, want)
	}
}

// Paths to one fault are one report, which counts them, and the places of either order.
func TestFoldedOrder(t *testing.T) {
	files := map[string]string{
		"a.c": callersHead +
			"void inner(struct foo *f)\n{\n\tspin_lock(&f->a);\n\tspin_unlock(&f->a);\n}\n" +
			under("one", "b", "inner") + under("two", "b", "inner") + under("three", "b", "inner") +
			"void good(struct foo *f)\n{\n\tspin_lock(&f->a);\n\tspin_lock(&f->b);\n\tspin_unlock(&f->b);\n\tspin_unlock(&f->a);\n}\n",
		"r.lockorder": "foo.a < foo.b\n",
	}
	root := writeTree(t, files)
	var c reporttest.Collector
	if err := analyzer.Run(context.Background(), analyzer.Config{Root: root, RuleSet: "linux", RuleFiles: []string{root + "/r.lockorder"}}, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Violations) != 1 {
		t.Fatalf("%d violations, want 1: %+v", len(c.Violations), c.Violations)
	}
	v := c.Violations[0]
	if v.Callers != 2 || len(v.Paths) != 2 {
		t.Errorf("%d more callers and %d paths, want 2 and 2", v.Callers, len(v.Paths))
	}
	if note := "this order is seen at 3 places, the declared one at 1"; !slices.Contains(v.Notes, note) {
		t.Errorf("notes %q, want %q", v.Notes, note)
	}
}

// Who is called through pointers alone may have callers that hold the lock.
func TestUnheldByPointer(t *testing.T) {
	text := callersHead +
		"static void need(struct foo *f)\n{\n\tlockdep_assert_held(&f->a);\n\tf->n++;\n}\n" +
		under("op", "b", "need") + "static struct foo_operations ops = { .op = op };\n" +
		"void use(struct foo_operations *o, struct foo *f)\n{\n\to->op(f);\n}\n" + under("holds", "a", "need")
	for _, c := range []struct{ more, want string }{
		{"", "op low [nobody is seen to call op, but through pointers]"},
		{pass("direct", "op"), "op medium []"},
	} {
		var found reporttest.Collector
		cfg := analyzer.Config{Root: writeTree(t, map[string]string{"a.c": text + c.more}), RuleSet: "linux", All: true}
		if err := analyzer.Run(context.Background(), cfg, &found); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range found.Violations {
			got = append(got, fmt.Sprint(v.Function, " ", v.Confidence, " ", v.Reasons))
		}
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("with %q: %q, want %q", c.more, got, c.want)
		}
	}
}
