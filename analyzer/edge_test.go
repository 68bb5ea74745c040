package analyzer_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report/reporttest"
)

// What a function does that calls what is too far away to be read is not
// believed: here the one half of a pair of wrappers was read, since the named file
// calls it too, and the other was not.
func TestEdgeOfWhatWasRead(t *testing.T) {
	const head = "typedef struct { int x; } spinlock_t;\nstruct foo { spinlock_t lock; };\n" +
		"void spin_lock(spinlock_t *lock);\nvoid spin_unlock(spinlock_t *lock);\n" +
		"void take(struct foo *f);\nvoid give(struct foo *f);\n"
	const named = "\tspin_lock(&f->lock);\n\tf1(f);\n\tspin_unlock(&f->lock);\n}\n" +
		"void other(struct foo *f)\n{\n\tspin_lock(&f->lock);\n\tgive(f);\n}\n"
	// The last function read is 8 calls away; what it calls is not.
	for _, calls := range []int{3, 8} {
		files := map[string]string{
			"a.c":    head + "void f1(struct foo *f);\nvoid first(struct foo *f)\n{\n" + named,
			"take.c": head + "void take(struct foo *f)\n{\n\tspin_lock(&f->lock);\n}\n",
			"give.c": head + "void give(struct foo *f)\n{\n\tspin_unlock(&f->lock);\n}\n",
		}
		for i := 1; i < calls; i++ {
			files[fmt.Sprintf("f%d.c", i)] = fmt.Sprintf("%svoid f%d(struct foo *f);\nvoid f%d(struct foo *f)\n{\n\tf%d(f);\n}\n", head, i+1, i, i+1)
		}
		files[fmt.Sprintf("f%d.c", calls)] = fmt.Sprintf("%svoid f%d(struct foo *f)\n{\n\ttake(f);\n\tgive(f);\n}\n", head, calls)
		var c reporttest.Collector
		cfg := analyzer.Config{Root: writeTree(t, files), Paths: []string{"a.c"}, RuleSet: "linux"}
		if err := analyzer.Run(context.Background(), cfg, &c); err != nil {
			t.Fatal(err)
		}
		checks := map[string]int{}
		for _, v := range c.Violations {
			checks[v.Check]++
		}
		want := map[string]int{"recursion": 1} // take() under the lock of first()
		if calls == 8 {
			want = map[string]int{}
		}
		if fmt.Sprint(checks) != fmt.Sprint(want) {
			t.Errorf("%d calls away: %v, want %v", calls, checks, want)
		}
	}
}
