package summary

import (
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A choice is what is left of the facts of paths that met: one of its cases
// holds. Where paths with equal held sets are merged, each fact is weakened
// until it holds for both; a choice keeps that facts went together:
//
//	if (si->cluster)		one case:  si->cluster != 0, ci != 0
//		ci = lock(si->cluster);	the other: si->cluster == 0, ci == 0
//	else { lock(si); ci = NULL; }
//
// What is learnt later rules cases out, and when one is left, its facts hold.
type choice struct {
	where int64 // the block at whose entry, or the call at which, the paths met
	cases [][]Fact
}

// String prints the choice for dumps.
func (c choice) String() string {
	var out []string
	for _, fs := range c.cases {
		out = append(out, factsText(fs))
	}
	return "either " + strings.Join(out, "; or ")
}

const (
	maxChoices   = 8 // kept by a state; the oldest go
	maxCases     = 4 // of a choice; one with more is given up
	maxCaseFacts = 6
)

// propagate narrows the choices of st by what is known of v; false if none
// of the cases of a choice can be.
func (st *state) propagate(v *ir.Expr) bool {
	for i := 0; i < len(st.choices); i++ {
		c := st.choices[i]
		if !slices.ContainsFunc(c.cases, func(fs []Fact) bool { return factOn(fs, v) != nil }) {
			continue
		}
		left := st.possible(c.cases)
		if len(left) == len(c.cases) {
			continue
		}
		st.choices = slices.Delete(slices.Clone(st.choices), i, i+1)
		if !st.choose(choice{c.where, left}) {
			return false
		}
		i = -1 // what was learnt may narrow those before
	}
	return true
}

// choose adds c to what st knows; false if that cannot be.
func (st *state) choose(c choice) bool {
	c.cases = st.possible(c.cases)
	switch len(c.cases) {
	case 0:
		return false
	case 1:
		for _, f := range c.cases[0] {
			if !st.learn(f.Val, f) {
				return false
			}
		}
		return true
	}
	for _, f := range c.cases[0] { // what all of them say
		for _, fs := range c.cases[1:] {
			if g := factOn(fs, f.Val); g != nil {
				f = f.join(*g)
			} else {
				f = anything()
				break
			}
		}
		if !f.trivial() && !st.bound(f.Val).within(f) && !st.learn(f.Val, f) {
			return false
		}
	}
	if slices.ContainsFunc(c.cases, st.implies) {
		return true // nothing new
	}
	old := st.choices
	if len(old) >= maxChoices {
		old = old[1:]
	}
	st.choices = append(old[:len(old):len(old)], c)
	return true
}

// possible returns the cases that do not contradict what st knows.
func (st *state) possible(cases [][]Fact) [][]Fact {
	against := func(fs []Fact) bool {
		return slices.ContainsFunc(fs, func(f Fact) bool { return st.bound(f.Val).Excludes(f) })
	}
	if !slices.ContainsFunc(cases, against) {
		return cases
	}
	return slices.DeleteFunc(slices.Clone(cases), against)
}

// implies reports whether all of fs is known to st.
func (st *state) implies(fs []Fact) bool {
	for _, f := range fs {
		if !st.bound(f.Val).within(f) {
			return false
		}
	}
	return true
}

// within reports whether f is at least as narrow as g.
func (f Fact) within(g Fact) bool {
	return f.Lo >= g.Lo && f.Hi <= g.Hi && (f.nonZero() || !g.NonZero)
}

func factOn(fs []Fact, v *ir.Expr) *Fact {
	for i := range fs {
		if fs[i].Val == v {
			return &fs[i]
		}
	}
	return nil
}

// exclusive reports whether two cases cannot both hold.
func exclusive(a, b []Fact) bool {
	return slices.ContainsFunc(a, func(f Fact) bool {
		g := factOn(b, f.Val)
		return g != nil && f.Excludes(*g)
	})
}

// A merger notes what the join of two states loses.
type merger struct {
	lost, lostFrom []Fact // of the state that is joined, of the one that joins it
	phis           []phi
}

// A phi says that the state that is joined knew the value was by another name.
type phi struct{ is, was *ir.Expr }

// fact notes that v was known as a in one state and as b in the other, and
// is known as kept from now on.
func (m *merger) fact(v *ir.Expr, a, b, kept Fact) {
	a.Val, b.Val = v, v
	a.Implied, b.Implied, a.Old, b.Old = false, false, false, false
	if !kept.within(a) {
		m.lost = addFact(m.lost, a)
	}
	if !kept.within(b) {
		m.lostFrom = addFact(m.lostFrom, b)
	}
}

// addFact adds f to the facts of a case. What callers can check comes before what only
// the function can; that a value is a truth value says nothing.
func addFact(fs []Fact, f Fact) []Fact {
	if f.Lo == 0 && f.Hi == 1 {
		return fs
	}
	if len(fs) < maxCaseFacts {
		return append(fs, f)
	}
	if exportable(f.Val) {
		for i := range fs {
			if !exportable(fs[i].Val) && fs[i].Val.Op != ir.Phi {
				fs[i] = f
				break
			}
		}
	}
	return fs
}

// joinChoices keeps the choices that hold for from as well, and makes one of
// what the join at the entry of block lost; it reports whether those of st
// changed.
func (x *exec) joinChoices(st, from *state, block int, m *merger) (changed bool) {
	where := int64(block)
	var here *choice
	kept := st.choices[:0:0]
	for i := range st.choices {
		c := &st.choices[i]
		switch {
		case c.where == where:
			here = c
		case slices.ContainsFunc(from.choices, c.covers), slices.ContainsFunc(c.cases, from.implies):
			kept = append(kept, *c)
		default:
			changed = true
		}
	}
	cases := [][]Fact{m.lost}
	if here != nil {
		cases = slices.Clone(here.cases)
		for i, c := range cases { // what was lost now held in all of them, and tells them from the new one
			for _, f := range m.lost {
				if g := factOn(m.lostFrom, f.Val); g != nil && g.Excludes(f) && factOn(c, f.Val) == nil && len(c) < maxCaseFacts {
					c = append(c[:len(c):len(c)], f)
				}
			}
			for _, p := range m.phis {
				if f := factOn(c, p.was); f != nil && factOn(c, p.is) == nil && len(c) < maxCaseFacts {
					c = append(c[:len(c):len(c)], Fact{Val: p.is, Lo: f.Lo, Hi: f.Hi, NonZero: f.NonZero})
				}
			}
			cases[i] = c
		}
	}
	covered := func(c []Fact) bool {
		return !slices.ContainsFunc(c, func(f Fact) bool {
			g := factOn(m.lostFrom, f.Val)
			return (g == nil || !g.within(f)) && !from.bound(f.Val).within(f)
		})
	}
	switch {
	case x.crowded[block]:
		cases = nil
	case slices.ContainsFunc(cases, covered):
		if here == nil {
			cases = nil // one path knows all that the other does
		}
	default:
		cases = append(cases, m.lostFrom)
		if len(cases) > maxCases {
			x.crowded[block] = true
			cases = nil
		} else if here == nil && !worthKeeping(cases) {
			cases = nil
		}
	}
	if cases != nil {
		if len(kept) >= maxChoices {
			kept = kept[1:]
		}
		kept = append(kept, choice{where, cases})
	}
	if here == nil && cases != nil || here != nil && (cases == nil || len(cases) != len(here.cases)) {
		changed = true
	}
	st.choices = kept
	return changed
}

// worthKeeping reports whether the cases say more than a join of facts can:
// one of them can be ruled out, and to do so tells something.
func worthKeeping(cases [][]Fact) bool {
	facts := 0
	apart := false
	for i, c := range cases {
		if len(c) == 0 {
			return false
		}
		facts += len(c)
		for _, d := range cases[:i] {
			apart = apart || exclusive(c, d)
		}
	}
	return apart && facts > len(cases)
}

// covers reports whether c holds where o does: o has lost none of its cases,
// or some.
func (c *choice) covers(o choice) bool {
	return c.where == o.where && !slices.ContainsFunc(o.cases, func(a []Fact) bool {
		return !slices.ContainsFunc(c.cases, func(b []Fact) bool { return slices.Equal(a, b) })
	})
}

// dropChoices drops the choices that speak of a value that stale holds for.
func (st *state) dropChoices(stale func(*ir.Expr) bool) {
	mentions := func(c choice) bool {
		return slices.ContainsFunc(c.cases, func(fs []Fact) bool {
			return slices.ContainsFunc(fs, func(f Fact) bool { return stale(f.Val) })
		})
	}
	if slices.ContainsFunc(st.choices, mentions) {
		st.choices = slices.DeleteFunc(slices.Clone(st.choices), mentions)
	}
}

// conditions are the choices on a way out, as a caller can check them: those
// of its states, and that between the states which common does not tell apart.
func (x *exec) conditions(ways []way, common []Fact) []choice {
	var out []choice
	var cases [][]Fact
	for i := range ways {
		st := ways[i].st
		var own []choice
		for _, c := range st.choices {
			if c := exportedChoice(c); c.cases != nil {
				own = append(own, c)
			}
		}
		if len(ways) == 1 {
			return own
		}
		guard := slices.DeleteFunc(x.guard(st), func(f Fact) bool {
			g := factOn(common, f.Val)
			return g != nil && g.within(f)
		})
		if len(own) == 0 {
			cases = append(cases, guard)
			continue
		}
		for _, c := range own[len(own)-1].cases {
			cases = append(cases, append(slices.Clone(c), guard...))
		}
	}
	if len(cases) > 2*maxCases || slices.ContainsFunc(cases, func(c []Fact) bool { return len(c) == 0 }) {
		return nil
	}
	return append(out, choice{cases: cases})
}

// exportedChoice is c over what callers can name; without cases if that
// leaves nothing to go by.
func exportedChoice(c choice) choice {
	out := choice{where: c.where}
	for _, fs := range c.cases {
		var kept []Fact
		for _, f := range fs {
			if exportable(f.Val) && f.Val.Has&(1<<ir.Param) != 0 {
				kept = append(kept, f)
			}
		}
		if len(kept) == 0 {
			return choice{}
		}
		out.cases = append(out.cases, kept)
	}
	return out
}

// choiceOf expresses a choice of the callee in the caller's terms; without
// cases if that leaves nothing to go by.
func (c *callCtx) choiceOf(o choice, n int) choice {
	out := choice{where: -1 - c.site()<<8 - int64(n)}
	if len(o.cases) > 0 {
		out.cases = make([][]Fact, 0, len(o.cases))
	}
	for _, fs := range o.cases {
		kept := make([]Fact, 0, len(fs))
		for _, f := range fs {
			if v := c.subst(f.Val); v != nil {
				f.Val = v
				kept = append(kept, f)
			}
		}
		if len(kept) == 0 {
			return choice{}
		}
		out.cases = append(out.cases, kept)
	}
	return out
}
