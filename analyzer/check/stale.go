package check

import (
	"fmt"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

var staleCheck = &Check{
	Name: "stale", run: (*Result).stale,
	Doc: `a declared order that nothing follows

A comment in the tree declares that A is taken before B, and the code that was
looked at takes both, but nowhere B under A: the declaration may be out of date.
It is as good as refuted where the code takes A under B instead.

Only comments on the configured paths are reported, and only where neither a path
nor a chain of calls, whatever its conditions, leads from A to B. The check is
off by default: code that was not looked at may follow the order, and in a list
of locks neighbours need not nest for the list to hold.`,
}

// stale finds the orders that nothing follows.
func (r *Result) stale() []*report.Violation {
	taken := r.Taken()
	nested := map[edge]*Edge{} // pairs of classes without qualifier and subclass
	graph := r.Graph()
	for i := range graph {
		e := &graph[i]
		k := edge{e.Outer.Base(), e.Inner.Base()}
		if !e.Infeasible && nested[k] == nil {
			nested[k] = e
		}
	}
	reach := map[rules.Class]*Reach{}
	var out []*report.Violation
	for _, o := range r.rules.Orders() {
		before, after := o.Before.Base(), o.After.Base()
		if o.From != rules.FromComment || !r.inPath(o.Pos.Filename) || before == after || !taken[before] || !taken[after] || nested[edge{before, after}] != nil {
			continue
		}
		if reach[before] == nil {
			reach[before] = r.Reach(before, nil)
		}
		if _, ok := reach[before].Inner(after); ok {
			continue
		}
		v := &report.Violation{
			Check: "stale", Pos: position(o.Pos), Message: fmt.Sprintf("nothing takes %s under %s, as declared here", after, before),
			Outer: o.Before.String(), Inner: o.After.String(), Rule: declared([]rules.Order{o}), Score: 60,
			Help: "mend the comment if it is out of date",
			Key:  report.MakeKey("stale", []string{o.Before.String(), o.After.String()}, []string{o.Pos.Filename}),
		}
		if e := nested[edge{after, before}]; e != nil && r.follows(edge{e.Outer, e.Inner}) != nil {
			v.Message = fmt.Sprintf("%s is only taken under %s, against what is declared here", before, after)
			v.Paths = []report.Trace{r.pairTrace(r.follows(edge{e.Outer, e.Inner}), "against the declaration")}
			v.Score = 80
		}
		devalue(v, 0)
		out = append(out, v)
	}
	return out
}
