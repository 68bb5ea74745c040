package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var cycleCheck = &Check{
	Name: "cycle", Default: true, run: (*Result).cycle,
	Doc: `two locks are taken in both orders

Nothing declares an order for A and B, and one path takes B under A while
another takes A under B. If both run at once, each may wait for the other. Three
paths and more can do the same to each other: A then B, B then C, C then A. Of
those the shortest loops are reported, and trusted less.

All acquisitions block; where a further lock is held exclusively on all sides
(a gate), the paths cannot meet and nothing is reported; of three paths and more,
where any two of them cannot.`,
}

// cycle finds classes that are taken in a loop without a declaration.
func (r *Result) cycle() []*report.Violation {
	var out []*report.Violation
	g, gates := graph{}, gatekeeper{r: r, known: map[*summary.Pair][]rules.Class{}}
	for _, e := range r.pairs().sorted {
		if e.outer.Base() == e.inner.Base() || !slices.ContainsFunc(r.pairs().edges[e], cyclic) || r.declaredAgainst(e) {
			continue
		}
		g.add(e)
	}
	for _, e := range r.pairs().sorted {
		back := edge{e.inner, e.outer}
		if compareEdges(e, back) >= 0 || !g.has(e) || !g.has(back) { // each cycle once
			continue
		}
		rare := r.rarer([]edge{e, back})
		g.remove(rare)
		if len(r.rules.Why(e.outer, e.inner)) > 0 {
			continue
		}
		if rare == e {
			e, back = back, e
		}
		if ps := gates.ungated([]edge{back, e}); ps != nil {
			out = append(out, r.loop(ps))
		}
	}
	for _, c := range g.cycles() {
		// The edge to look at comes first.
		rare := r.rarer(c)
		i := slices.Index(c, rare)
		c = slices.Concat(c[i:], c[:i])
		if ps := gates.ungated(c); ps != nil {
			out = append(out, r.loop(ps))
		}
	}
	return out
}

// declaredAgainst reports whether the rules order the classes of e the other
// way round: the order check tells of that.
func (r *Result) declaredAgainst(e edge) bool {
	for _, p := range r.pairs().edges[e] {
		if cyclic(p) {
			return r.broken(p) != nil
		}
	}
	return false
}

// rarer picks the edge that fewer places take, the last one in the source if
// they are as many.
func (r *Result) rarer(es []edge) edge {
	count := func(e edge) int {
		seen := map[report.Position]bool{}
		for _, p := range r.pairs().edges[e] {
			if cyclic(p) {
				seen[r.place(p.Inner)] = true
			}
		}
		return len(seen)
	}
	last := func(e edge) (last report.Position) {
		for _, p := range r.pairs().edges[e] {
			if pos := r.place(p.Inner); cyclic(p) && pos.Compare(last) > 0 {
				last = pos
			}
		}
		return last
	}
	return slices.MinFunc(es, func(a, b edge) int {
		return cmp.Or(cmp.Compare(count(a), count(b)), last(b).Compare(last(a)), compareEdges(a, b))
	})
}

// cyclic reports whether p is an edge of the lock-order graph for cycles.
func cyclic(p *summary.Pair) bool {
	return ordering(p) && !(p.Outer.Mode == rules.RecursiveShared && p.Inner.Mode == rules.RecursiveShared)
}

// loop reports pairs that close a loop; the first is the one to look at.
func (r *Result) loop(ps []*summary.Pair) *report.Violation {
	p := ps[0]
	pos := r.place(p.Inner)
	fn := r.taker(p.Inner)
	var classes, names []string
	for _, q := range ps {
		classes = append(classes, q.OuterClass.String())
	}
	message := fmt.Sprintf("%s and %s are taken in both orders", p.OuterClass, p.InnerClass)
	if n := len(classes); n > 2 {
		message = fmt.Sprintf("%s and %s are taken in a loop", strings.Join(classes[:n-1], ", "), classes[n-1])
	}
	for _, q := range ps {
		if awaits(q.Inner) {
			message += ", one of them by waiting"
			break
		}
	}
	slices.Sort(classes)
	v := &report.Violation{
		Check: "cycle", Pos: pos, Message: message,
		Outer: p.OuterClass.String(), Inner: p.InnerClass.String(), Function: fn.Name, Root: p.Func.Name,
		Key: report.MakeKey("cycle", classes, nil),
	}
	for _, q := range ps {
		fn := r.taker(q.Inner)
		if !slices.Contains(names, fn.Name) {
			names = append(names, fn.Name)
		}
		v.Paths = append(v.Paths, r.pairTrace(q, fmt.Sprintf("%s, then %s", q.OuterClass, q.InnerClass)))
	}
	v.Scenario = report.MakeScenario(v.Paths)
	v.Help = "declare an order in a rules file, and mend " + strings.Join(names, " or ")
	r.score(v, ps...)
	if len(ps) == 2 {
		r.traffic(edge{p.OuterClass, p.InnerClass}).weigh(v, "the other")
	}
	devalue(v, 40*(len(ps)-2))
	if len(ps) > 2 {
		v.Reasons = append(v.Reasons, plural(len(ps), "path")+" have to meet")
	}
	v.Callers = len(r.pairs().edges[edge{p.OuterClass, p.InnerClass}]) - 1
	return v
}
