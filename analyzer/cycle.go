package analyzer

import (
	"fmt"
	"slices"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var cycleCheck = &Check{
	Name: "cycle", Default: true, run: (*Result).cycle,
	Doc: `two locks are taken in both orders

Nothing declares an order for A and B, and one path takes B under A while
another takes A under B. If both run at once, each may wait for the other.

Both acquisitions block; where a third lock is held exclusively on both sides
(a gate), the two paths cannot meet and nothing is reported.`,
}

// cycle finds pairs of classes that are taken in both orders without a
// declaration.
func (r *Result) cycle() []*report.Violation {
	var out []*report.Violation
	for _, e := range r.pairs.sorted {
		if compareEdges(e, edge{e.inner, e.outer}) >= 0 { // each cycle once
			continue
		}
		back := edge{e.inner, e.outer}
		if len(r.pairs.edges[back]) == 0 || e.outer.Base() == e.inner.Base() {
			continue
		}
		if len(r.rules.Why(e.outer, e.inner)) > 0 || len(r.rules.Why(e.inner, e.outer)) > 0 {
			continue
		}
		p, q := r.ungated(e, back)
		if p == nil {
			continue
		}
		// The rarer direction is the one to look at.
		if n, m := len(r.pairs.edges[e]), len(r.pairs.edges[back]); m > n {
			p, q = q, p
		}
		p, q = q, p
		out = append(out, r.abba(p, q))
	}
	return out
}

// ungated picks the best witnesses of two opposite edges that no common gate
// keeps apart.
func (r *Result) ungated(e, back edge) (p, q *summary.Pair) {
	for _, p := range r.pairs.edges[e] {
		if !cyclic(p) {
			continue
		}
		for _, q := range r.pairs.edges[back] {
			if cyclic(q) && !gated(p, q) {
				return p, q
			}
		}
	}
	return nil, nil
}

// cyclic reports whether p is an edge of the lock-order graph for cycles.
func cyclic(p *summary.Pair) bool {
	return ordering(p) && !(p.Outer.Mode == rules.RecursiveShared && p.Inner.Mode == rules.RecursiveShared)
}

func gated(p, q *summary.Pair) bool {
	return slices.ContainsFunc(p.Gates, func(c rules.Class) bool {
		return c.Base() != p.OuterClass.Base() && c.Base() != p.InnerClass.Base() && slices.Contains(q.Gates, c)
	})
}

func (r *Result) abba(p, q *summary.Pair) *report.Violation {
	pos, fn := leafPos(p.Inner)
	_, other := leafPos(q.Inner)
	classes := []string{p.OuterClass.String(), p.InnerClass.String()}
	slices.Sort(classes)
	v := &report.Violation{
		Check: "cycle", Pos: pos,
		Message: fmt.Sprintf("%s and %s are taken in both orders", p.OuterClass, p.InnerClass),
		Outer:   p.OuterClass.String(), Inner: p.InnerClass.String(), Function: fn.Name, Root: p.Func.Name,
		Key: report.MakeKey("cycle", classes, nil),
	}
	v.Paths = []report.Trace{
		r.pairTrace(p, fmt.Sprintf("%s, then %s", p.OuterClass, p.InnerClass)),
		r.pairTrace(q, fmt.Sprintf("%s, then %s", q.OuterClass, q.InnerClass)),
	}
	v.Scenario = report.MakeScenario(v.Paths)
	v.Help = fmt.Sprintf("declare an order in a rules file, and mend %s or %s", fn.Name, other.Name)
	score(v, p, q)
	v.Callers = len(r.pairs.edges[edge{p.OuterClass, p.InnerClass}]) - 1
	return v
}
