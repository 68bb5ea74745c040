package check

import (
	"fmt"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var atomicCheck = &Check{
	Name: "atomic", run: (*Result).atomic,
	Doc: `a sleeping lock taken under a spinning one

A path holds a spinlock, or another lock whose holder must not sleep, and takes a
mutex, waits for other code to finish, or allocates memory with flags that allow
reclaim to wait. While it sleeps, whoever wants the spinlock spins, for ever if it
needs the same CPU.

A call that only says that it may sleep, such as might_sleep or msleep, is not
followed yet. The check is off by default.`,
}

// atomic finds the pairs whose outer lock forbids to sleep and whose inner one
// may. Where one operation waits for several, the last by name stands for them.
func (r *Result) atomic() []*report.Violation {
	type sleep struct {
		outer rules.Class
		pos   report.Position
		prim  string
	}
	last := map[sleep]rules.Class{}
	of := func(p *summary.Pair) sleep {
		pos, _ := r.leafPos(p.Inner)
		return sleep{p.OuterClass, pos, p.Inner.Prim.Name}
	}
	each := func(fn func(p *summary.Pair)) {
		for _, e := range r.pairs().sorted {
			for _, p := range r.pairs().edges[e] {
				if spins(p.Outer.Prim) && sleeps(p) {
					fn(p)
				}
			}
		}
	}
	each(func(p *summary.Pair) { last[of(p)] = p.InnerClass })
	var out []*report.Violation
	each(func(p *summary.Pair) {
		if last[of(p)] == p.InnerClass {
			out = append(out, r.sleeping(p))
		}
	})
	return out
}

// spins reports whether the holder of what p takes must not sleep.
func spins(p *rules.Primitive) bool {
	return p != nil && p.Effect == rules.Acquire && !p.Sleeps && !p.Map && !p.Scope && p.Mode != rules.RecursiveShared
}

// sleeps reports whether the inner operation of a pair may sleep.
func sleeps(p *summary.Pair) bool {
	q := p.Inner.Prim
	return !p.Infeasible && !p.Inner.Try && q != nil && q.Sleeps && !q.Map
}

func (r *Result) sleeping(p *summary.Pair) *report.Violation {
	fn := r.taker(p.Inner)
	what := "taken"
	switch {
	case p.Inner.Kind == summary.Wait:
		what = "waited for"
	case p.Inner.Prim.Effect == rules.MayLock:
		what = "possibly waited for"
	}
	v := &report.Violation{
		Check: "atomic", Pos: r.place(p.Inner), Message: fmt.Sprintf("%s %s under the spinning %s", p.InnerClass, what, p.OuterClass),
		Outer: p.OuterClass.String(), Inner: p.InnerClass.String(), Function: fn.Name, Root: p.Func.Name, Callers: p.Count - 1,
		Paths: []report.Trace{r.pairTrace(p, "sleeps under it")},
		Help:  fmt.Sprintf("release %s before %s:%d", p.OuterClass, p.Func.File, r.line(p.Func, p.Inner.Pos)),
		Key:   report.MakeKey("atomic", []string{p.OuterClass.String(), p.InnerClass.String()}, []string{fn.Name}),
	}
	if p.Inner.Prim.Effect == rules.MayLock {
		// That it is not always taken does not matter: it may sleep each time.
		pair, inner, prim := *p, *p.Inner, *p.Inner.Prim
		prim.Effect = rules.Acquire
		inner.Prim, pair.Inner = &prim, &inner
		p = &pair
	}
	r.score(v, p)
	return v
}
