package check

import (
	"fmt"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var recursionCheck = &Check{
	Name: "recursion", Default: true, run: (*Result).recursion,
	Doc: `a lock is taken again by its holder

The path holds a lock and then blocks on the same instance: it waits for
itself. Only acquisitions of the same access path count, where neither lies in
an earlier round of a loop; two locks of one class are not a fault by that.

Two readers of a rw_semaphore count as a weaker finding: a writer that queues
between them stops the second.`,
}

// made are the operands that a loop makes anew.
const made = 1<<ir.Result | 1<<ir.Out | 1<<ir.Phi | 1<<ir.Old | 1<<ir.Unknown

// recursion finds locks that are taken twice.
func (r *Result) recursion() []*report.Violation {
	var out []*report.Violation
	for _, e := range r.pairs().sorted {
		if e.outer.Base() != e.inner.Base() {
			continue
		}
		for _, p := range r.pairs().edges[e] {
			if p.Outer.Func == p.Inner.Func && p.Outer.Pos == p.Inner.Pos && p.Outer.Val != nil && p.Outer.Val.Has&made != 0 {
				continue // one place in a loop, and an object of that round
			}
			if !p.SameInstance || p.Infeasible || p.Inner.Try || p.Loop || p.Inner.Kind != summary.Acquire ||
				p.Outer.Mode == rules.RecursiveShared || p.Inner.Mode == rules.RecursiveShared ||
				p.Inner.Prim != nil && (p.Inner.Prim.Effect == rules.MayLock || p.Inner.Prim.Effect == rules.Await) {
				continue
			}
			pos, fn := r.leafPos(p.Inner)
			if r.opt.Outermost {
				pos, fn = r.place(p.Inner), r.taker(p.Inner)
			}
			v := &report.Violation{
				Check: "recursion", Pos: pos, Message: fmt.Sprintf("%s taken again", p.InnerClass),
				Outer: p.OuterClass.String(), Inner: p.InnerClass.String(), Function: fn.Name, Root: p.Func.Name,
				Key:   report.MakeKey("recursion", []string{p.InnerClass.String()}, []string{outerLeaf(p.Outer).Name, fn.Name}),
				Paths: []report.Trace{r.pairTrace(p, "holds it already")},
				Help:  fmt.Sprintf("release it before %s:%d, or call a variant that expects it to be held", p.Func.File, r.line(p.Func, p.Inner.Pos)),
			}
			v.Scenario = report.MakeScenario(v.Paths)
			r.score(v, p)
			if p.Outer.Mode == rules.Shared && p.Inner.Mode == rules.Shared {
				devalue(v, 40)
				v.Reasons = append(v.Reasons, "both are readers: a writer must come between")
			}
			out = append(out, v)
		}
	}
	return out
}
