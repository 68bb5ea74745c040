package vet

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"golang.org/x/tools/go/ssa"
)

// captured is what a closure gets of a variable: its value, if nobody changes that
// any more, so that it is the same before and after a call of the closure; else the
// address.
func (l *lowerer) captured(c *ssa.MakeClosure, i int) *ir.Expr {
	if v := l.settled(c, i); v != nil {
		return l.value(v)
	}
	return l.value(c.Bindings[i])
}

// settled is the value that the i-th variable of a closure has for good when the
// closure is made, nil if it may change.
func (l *lowerer) settled(c *ssa.MakeClosure, i int) ssa.Value {
	switch b := c.Bindings[i].(type) {
	case *ssa.Alloc:
		if st := onlyStore(b); st != nil && st.Block().Dominates(c.Block()) && before(st, c) {
			return st.Val
		}
	case *ssa.FreeVar:
		if l.byValue(b) {
			return b
		}
	}
	return nil
}

// before reports whether a comes first, where its block dominates that of b.
func before(a, b ssa.Instruction) bool {
	return a.Block() != b.Block() || slices.Index(a.Block().Instrs, a) < slices.Index(b.Block().Instrs, b)
}

// byValue reports whether a closure has the value of a variable that it captures,
// rather than its address.
func (l *lowerer) byValue(v *ssa.FreeVar) bool {
	known, ok := l.values[v]
	if !ok {
		fn := v.Parent()
		if c := maker(fn); c != nil {
			known = l.settled(c, slices.Index(fn.FreeVars, v)) != nil
		}
		l.values[v] = known
	}
	return known
}

// maker is the instruction that makes a closure, nil if there is not one.
func maker(fn *ssa.Function) (made *ssa.MakeClosure) {
	if fn.Parent() == nil {
		return nil
	}
	for _, b := range fn.Parent().Blocks {
		for _, in := range b.Instrs {
			if c, ok := in.(*ssa.MakeClosure); ok && c.Fn == fn {
				if made != nil {
					return nil
				}
				made = c
			}
		}
	}
	return made
}

// onlyStore is the store that gives a variable its value, nil if there are others
// or if its address goes to where some may be.
func onlyStore(a *ssa.Alloc) (only *ssa.Store) {
	if compound(deref(a.Type())) {
		return nil
	}
	for _, r := range *a.Referrers() {
		switch r := r.(type) {
		case *ssa.Store:
			if r.Addr != a || only != nil {
				return nil
			}
			only = r
		default:
			if !onlyReads(r, a) {
				return nil
			}
		}
	}
	return only
}

// onlyReads reports whether an instruction does no more with a variable than read it,
// by way of closures, too.
func onlyReads(in ssa.Instruction, v ssa.Value) bool {
	switch in := in.(type) {
	case *ssa.UnOp, *ssa.DebugRef:
		return true
	case *ssa.MakeClosure:
		for i, b := range in.Bindings {
			if b != v {
				continue
			}
			fv := in.Fn.(*ssa.Function).FreeVars[i]
			for _, r := range *fv.Referrers() {
				if !onlyReads(r, fv) {
					return false
				}
			}
		}
		return true
	}
	return false
}
