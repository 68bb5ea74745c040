package check

import (
	"fmt"
	"slices"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// An Edge is a pair of classes that the program makes: Inner is taken under
// Outer. It says what the best of the ways rests on.
type Edge struct {
	Outer, Inner rules.Class
	Ways         int
	Blocks       bool   // on some way, Inner may be waited for
	Try          bool   // Inner is only tried
	Infeasible   bool   // the conditions on every way contradict each other
	Wait         bool   // Inner is not taken, but waited for by other code
	InPath       bool   // a function on the configured paths holds Outer
	Depth        int    // calls on the way
	Indirect     int    // of those, calls through pointers
	Handler      string // function that runs under Outer, where no function takes it
}

// Graph lists the edges of the lock-order graph, by class.
func (r *Result) Graph() []Edge {
	out := make([]Edge, 0, len(r.pairs().sorted))
	for _, e := range r.pairs().sorted {
		ps := r.pairs().edges[e]
		best := ps[0]
		out = append(out, Edge{
			Outer: e.outer, Inner: e.inner, Ways: len(ps), Try: best.Inner.Try, Infeasible: best.Infeasible,
			Blocks: slices.ContainsFunc(ps, blocks),
			Wait:   best.Inner.Kind == summary.Wait,
			InPath: slices.ContainsFunc(ps, func(p *summary.Pair) bool { return r.inPath(p.Func.File) }),
			Depth:  best.Inner.Depth + heldDepth(best.Outer), Indirect: best.Inner.Indirect,
		})
	}
	return out
}

// Taken lists the classes that some function of the program takes, without
// qualifier and subclass.
func (r *Result) Taken() map[rules.Class]bool {
	out := map[rules.Class]bool{}
	for c := range r.pairs().classes {
		out[c.Base()] = true
	}
	for _, e := range r.pairs().sorted {
		out[e.outer.Base()], out[e.inner.Base()] = true, true
	}
	return out
}

// Witness is the path of an edge that needs the least to be believed. Of paths
// that are as good, one through the named functions comes first.
func (r *Result) Witness(e Edge, through []string) (report.Trace, bool) {
	if e.Handler != "" {
		return r.handledTrace(e)
	}
	ps := r.pairs().edges[edge{e.Outer, e.Inner}]
	if len(ps) == 0 {
		return report.Trace{}, false
	}
	best, most := ps[0], -1
	for _, p := range ps {
		if p.Infeasible != ps[0].Infeasible || p.Inner.Try != ps[0].Inner.Try {
			break
		}
		n := 0
		for e := p.Inner; e != nil; e = e.Next {
			if slices.Contains(through, e.Func.Name) {
				n++
			}
		}
		if n > most {
			best, most = p, n
		}
	}
	return r.pairTrace(best, fmt.Sprintf("%s, then %s", e.Outer, e.Inner)), true
}
