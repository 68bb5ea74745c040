package check

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// A gatekeeper tells which paths of a loop can be at their acquisitions at the same
// time. Gates are compared by class: that two paths hold the same instance of one is
// taken for granted.
type gatekeeper struct {
	r     *Result
	known map[*summary.Pair][]rules.Class
}

// ungated picks the best witnesses of the edges of a loop of which no two keep each
// other apart, nil if there are none.
func (g *gatekeeper) ungated(es []edge) []*summary.Pair {
	ps := make([]*summary.Pair, len(es))
	var pick func(i int) bool
	pick = func(i int) bool {
		if i == len(es) {
			return true
		}
		tried := 0
		for _, p := range g.r.pairs().edges[es[i]] {
			if !cyclic(p) {
				continue
			}
			if tried++; tried > maxWitnesses {
				break
			}
			if slices.ContainsFunc(ps[:i], func(q *summary.Pair) bool { return g.gated(es, p, q) }) ||
				i > 0 && !meets(ps[i-1], p) || i == len(es)-1 && !meets(p, ps[0]) {
				continue
			}
			if ps[i] = p; pick(i + 1) {
				return true
			}
		}
		return false
	}
	if !pick(0) {
		return nil
	}
	return ps
}

// maxWitnesses bounds the pairs of one edge that are tried for a loop.
const maxWitnesses = 12

// gated reports whether two paths of a loop cannot be at their acquisitions at the
// same time: both hold a lock that is none of the loop, exclusively; or what the one
// holds of the loop is a lock that there is one of, which the other holds as well.
func (g *gatekeeper) gated(loop []edge, p, q *summary.Pair) bool {
	theirs := g.gates(q)
	common := slices.ContainsFunc(g.gates(p), func(c rules.Class) bool {
		return slices.Contains(theirs, c) && !slices.ContainsFunc(loop, func(e edge) bool { return e.outer.Base() == c.Base() })
	})
	return common || g.barred(p, q) || g.barred(q, p)
}

func (g *gatekeeper) barred(p, q *summary.Pair) bool {
	return p.Outer.Val != nil && p.Outer.Val.Op == ir.Global && slices.Contains(g.gates(q), p.OuterClass)
}

// meets reports whether the lock that p waits for may be the one that next holds.
func meets(p, next *summary.Pair) bool { return !summary.Distinct(p.Inner.Val, next.Outer.Val) }

// gates lists the classes of the locks beside the outer one that are held
// exclusively where the inner lock of p is waited for: by the function of p, unless
// what it calls lets go of them, and by those on the way, at their calls.
func (g *gatekeeper) gates(p *summary.Pair) []rules.Class {
	if out, ok := g.known[p]; ok {
		return out
	}
	var out []rules.Class
	for _, c := range p.Gates {
		if !dropsClass(p.Inner.Dropped, c) {
			out = append(out, c)
		}
	}
	for e := p.Inner.Next; e != nil && e.Next != nil; e = e.Next {
		for _, c := range g.heldAt(e) {
			if !dropsClass(e.Next.Dropped, c) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	g.known[p] = out
	return out
}

// heldAt lists the classes that the function of e has taken exclusively and holds
// whenever it makes the call of e.
func (g *gatekeeper) heldAt(e *summary.Event) (out []rules.Class) {
	s := g.r.sums.Of(e.Func.ID)
	if s == nil {
		return nil
	}
	met := false
	for i := range s.Contexts {
		c := &s.Contexts[i]
		if c.Pos != e.Pos || c.Callee != e.Next.Func.ID {
			continue
		}
		var here []rules.Class
		for _, h := range c.Held {
			if !h.Entry && h.Mode == rules.Exclusive && len(h.Classes) == 1 && (h.Prim == nil || !h.Prim.Scope) && !h.Prim.Duty() {
				here = append(here, h.Classes[0])
			}
		}
		if !met {
			met, out = true, here
			continue
		}
		out = slices.DeleteFunc(out, func(c rules.Class) bool { return !slices.Contains(here, c) })
	}
	return out
}
