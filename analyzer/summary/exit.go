package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// exitOf makes an Exit of a way out, for the checks.
func (x *exec) exitOf(w *way) Exit {
	e := Exit{Pos: w.blk.Pos, Acquired: w.acquired, Released: w.released, Ret: w.ret, Guard: x.guard(w.st), Value: w.val != nil}
	for _, h := range w.st.held {
		x.doubtGiven(h, w.st)
		if h.Val != nil && mentions(h.Val, x.perRound) {
			e.Varies = append(e.Varies, h.Pos)
		}
	}
	for _, c := range w.st.env {
		k, v := c.addr, c.val
		if v != nil && v.Op == ir.Const && k.Op != ir.Tmp && exportable(k) {
			e.Cells = append(e.Cells, StoreEffect{k, v})
		}
	}
	return e
}

// perRound reports whether e is another value in each round of a loop.
func (x *exec) perRound(e *ir.Expr) bool {
	return e.Op == ir.Old || e.Op == ir.Phi && x.onLoop[e.Int]
}

// noReturn reports whether fn was executed in full and never came to a return.
func (x *exec) noReturn() bool {
	return len(x.rec.exits) == 0 && x.stats.StepsCut == 0 && x.stats.StatesCut == 0 && x.fn.Incomplete == 0
}

// throughError reports whether a lock lies in the object that an error
// pointer stands for: there is none.
func throughError(v *ir.Expr, st *state) bool {
	r := v.Root()
	return r != nil && r != v && st.bound(r).Hi < 0
}

// throughNull reports whether the way to the lock at v leads through a pointer that is
// known to be null: no path comes there.
func throughNull(v *ir.Expr, st *state) bool {
	for v = object(v); ; v = object(v.X) {
		if (v.Op == ir.Load || v.Op == ir.Param) && st.bound(v).zero() {
			return true
		}
		if v.Op != ir.Load {
			return false
		}
	}
}

// wrongMode reports whether a release by p does not fit how h was taken.
func wrongMode(h *Held, p *rules.Primitive) bool {
	return p != nil && !h.Entry && p.Kind == h.Prim.Kind && (p.Mode == rules.Exclusive) != (h.Mode == rules.Exclusive)
}

// alike reports whether a and b are one path from two different objects.
func alike(a, b *ir.Expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Op == ir.Param && b.Op == ir.Param {
		return true
	}
	return a.Op == b.Op && a.Name == b.Name && a.Owner == b.Owner && a.Int == b.Int && alike(a.X, b.X) && alike(a.Y, b.Y)
}

// anyElement names a lock of a table by the table where only fn knows which
// one it is.
func (x *exec) anyElement(v *ir.Expr) *ir.Expr {
	if v == nil || exportable(v) || v.Op != ir.Index || !exportable(v.X) {
		return v
	}
	return x.table(v)
}

// table names a lock of a table, or within an element of one, by the table
// alone; other locks are what they are.
func (x *exec) table(v *ir.Expr) *ir.Expr {
	switch v.Op {
	case ir.Index:
		return x.mk(ir.Index, "", "", 0, v.X, x.konst(-1))
	case ir.Field:
		if t := x.table(v.X); t != v.X {
			return x.mk(ir.Field, v.Name, v.Owner, 0, t, nil)
		}
	}
	return v
}

// A refutation says why a lock that fn releases is not its caller's.
type refutation uint8

const (
	unrefuted     refutation = iota
	takenByCallee            // fn calls what returns with it held
	takenHere                // fn takes it, by a primitive or what wraps one
)

// refute notes that fn takes the lock at v exclusively, itself or by a callee:
// its caller cannot hold it, nor, where fn counts on it by another index, a
// lock of the same table.
func (x *exec) refute(v *ir.Expr, mode rules.Mode, st *state, how refutation) {
	if v == nil || mode != rules.Exclusive {
		return
	}
	t := x.table(v)
	for _, h := range st.held {
		if !h.Entry || h.Val == nil {
			continue
		}
		if h.Val == v || t != v && x.table(h.Val) == t {
			x.refuted[h.Val] = max(x.refuted[h.Val], how)
			return
		}
	}
}

// retaken takes out of w the elements of tables that were released and taken
// again: by the same index, as far as fn can say.
func (x *exec) retaken(w *way, st *state) {
	n := 0
	for _, h := range st.held {
		if n == len(w.acquired) {
			break
		}
		if h.Pos != w.acquired[n].Pos || h.Func != w.acquired[n].Func {
			continue // an entry
		}
		any := x.anyElement(h.Val)
		i := slices.IndexFunc(w.released, func(r LockRef) bool { return any != h.Val && r.Val == any })
		if i < 0 {
			n++
			continue
		}
		w.released = slices.Delete(w.released, i, i+1)
		w.acquired = slices.Delete(w.acquired, n, n+1)
	}
}

// keeps reports whether a local holds the answer to a question about v:
// whatever becomes of the memory that v was read from, that stays.
func (st *state) keeps(v *ir.Expr) bool {
	for _, c := range st.env {
		k, w := c.addr, c.val
		if k.Op == ir.Local && w != nil && isBool(w) && (w == v || w.X == v) {
			return true
		}
	}
	return false
}

// nameReturned names the locks of events by the value that fn returns, where
// it returns the object that they lie in.
func (x *exec) nameReturned() {
	for _, e := range x.rec.eventList {
		if e.Val == nil && e.Kind == Acquire {
			e.Val = x.rec.sum.returnedAs(e)
		}
	}
	var object *ir.Expr
	for _, r := range x.rec.exits {
		switch {
		case r.val == nil || object != nil && r.val != object && r.val.Op != ir.Const:
			return
		case r.val.Op != ir.Const && !exportable(r.val):
			object = r.val
		}
	}
	if object == nil {
		return
	}
	ret := x.mk(ir.Ret, "", "", 0, nil, nil)
	for _, e := range x.rec.eventList {
		if e.local != nil {
			if v := x.replace(e.local, object, ret); exportable(v) {
				e.Val = v
			}
		}
	}
}

// returnedAs is the lock that e takes, as those know it to whom the function returns
// with it held; nil if it does not.
func (s *Summary) returnedAs(e *Event) *ir.Expr {
	leaf := e.Leaf()
	for i := range s.Outcomes {
		for _, h := range s.Outcomes[i].Acquired {
			at := h
			for at.From != nil {
				at = at.From
			}
			if at.Func == leaf.Func && at.Pos == leaf.Pos && h.Val != nil {
				return h.Val
			}
		}
	}
	return nil
}
