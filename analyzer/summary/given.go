package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A function that may let a lock go, or take one, often says so in a variable of its
// caller: *locked = 0. What is left in the cells that parameters point to tells
// the ways out apart as the result does.

const (
	maxFlags      = 2 // cells of one function that tell its ways out apart
	maxFlagValues = 3 // constants in one of them, the old content included
)

// left is what the cell at addr, of the caller, holds at a way out: a load of addr
// if it is what it was on entry.
func (x *exec) left(w *way, addr *ir.Expr) *ir.Expr {
	if v := w.st.env.get(addr); v != nil {
		return v
	}
	return x.load(addr)
}

// flags lists the cells that parameters point to in which some way out leaves a
// constant, if a way takes or releases a lock.
func (x *exec) flags(ways []way) []*ir.Expr {
	if !slices.ContainsFunc(ways, func(w way) bool { return len(w.acquired)+len(w.released) > 0 }) {
		return nil
	}
	var out []*ir.Expr
	for i := range ways {
		for _, c := range ways[i].st.env {
			if c.addr.Op == ir.Param && c.val != nil && c.val.Op == ir.Const && len(out) < maxFlags && !slices.Contains(out, c.addr) {
				out = append(out, c.addr)
			}
		}
	}
	return slices.DeleteFunc(out, func(addr *ir.Expr) bool {
		var vs []*ir.Expr
		for i := range ways {
			if v := x.left(&ways[i], addr); !slices.Contains(vs, v) {
				vs = append(vs, v)
			}
		}
		return len(vs) > maxFlagValues
	})
}

// tellFlags adds to the stores of w what it leaves in the cells at flags, as far as
// callers can say what that is.
func (x *exec) tellFlags(w *way, flags []*ir.Expr) {
	for _, addr := range flags {
		v := x.left(w, addr)
		known := slices.ContainsFunc(w.stores, func(s StoreEffect) bool { return s.Addr == addr })
		if !known && (v.Op == ir.Const || v == x.load(addr)) {
			w.stores = append(w.stores, StoreEffect{addr, v})
		}
	}
}

// apartFlags divides each group into ways that leave the same in the cells at flags.
func (x *exec) apartFlags(groups [][]way, flags []*ir.Expr) [][]way {
	if len(flags) == 0 {
		return groups
	}
	var out [][]way
	for i, g := range groups {
		var parts [][]way
		for _, w := range g {
			j := slices.IndexFunc(parts, func(p []way) bool {
				return !slices.ContainsFunc(flags, func(a *ir.Expr) bool { return x.left(&p[0], a) != x.left(&w, a) })
			})
			if j < 0 {
				parts = append(parts, nil)
				j = len(parts) - 1
			}
			parts[j] = append(parts[j], w)
		}
		if len(out)+len(parts)+len(groups)-i-1 > maxOutcomes {
			parts = [][]way{g}
		}
		out = append(out, parts...)
	}
	return out
}

// sets lists the parameters that point to cells which may hold something else at a
// return, a bit each.
func (x *exec) sets() (bits uint64) {
	for _, r := range x.rec.exits {
		for _, c := range r.st.env {
			if c.addr.Op == ir.Param && c.addr.Int < 64 && c.val != nil && c.val != x.load(c.addr) {
				bits |= 1 << c.addr.Int
			}
		}
	}
	return bits
}

// given lists the cells, but for locals, that args point to and that a callee may set.
func given(args []*ir.Expr, sums []*Summary) (out []*ir.Expr) {
	for _, s := range sums {
		for i, a := range args {
			if i < 64 && s.Sets&(1<<i) != 0 && s.Func.Bound == 0 && a.Op != ir.Local && a.Op != ir.Const && !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}
