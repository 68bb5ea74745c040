package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// What is found here does not change what is known of a function. It says
// which acquisitions and releases a path that was assumed to be possible may
// have wrong: the checks report less firmly on those.

// doubt notes why little can be said of the lock that is taken, or released, at pos.
func (x *exec) doubt(pos ir.Pos, why string) {
	s := x.rec.sum
	if s.Doubts == nil {
		s.Doubts = map[ir.Pos]string{}
	}
	if s.Doubts[pos] == "" {
		s.Doubts[pos] = why
	}
}

// doubtBypass looks at a branch that cannot be decided, at the end of block
// b. Where one way releases a lock and comes back to the other way, as in "if
// (locked) unlock()", the condition goes with what is held; that the path
// knows nothing of it is a loss, where a variable of the function decides.
func (x *exec) doubtBypass(b int, cond *ir.Expr, st *state) {
	if !ownValue(cond) {
		return
	}
	succs := x.fn.Blocks[b].Succs
	for i, from := range succs {
		for _, rb := range x.detour(b, from, succs[1-i]) {
			for j := range x.fn.Blocks[rb].Ops {
				x.doubtRelease(&x.fn.Blocks[rb].Ops[j], st)
			}
		}
	}
}

// ownValue reports whether cond asks about a value that the function itself
// keeps, rather than about memory or its parameters.
func ownValue(cond *ir.Expr) bool {
	switch cond.Op {
	case ir.Unary:
		return ownValue(cond.X)
	case ir.Binary:
		return ownValue(cond.X) || ownValue(cond.Y)
	case ir.Phi, ir.Result, ir.Out, ir.Unknown, ir.Old, ir.App:
		return true
	case ir.Load:
		o := object(cond.X).Op
		return o == ir.Local || o == ir.Global
	}
	return false
}

// doubtRelease notes what op, which a path may leave out, releases.
func (x *exec) doubtRelease(op *ir.Op, st *state) {
	mark := func(cs []rules.Class) {
		found := false
		for _, h := range st.held {
			if sharesClass(h.Classes, cs) {
				found = true
				if !h.Entry {
					x.doubt(h.Pos, "it is released on a condition that may go with it")
				}
			}
		}
		if !found {
			x.doubt(op.Pos, "it is released on a condition that may go with it")
		}
	}
	switch {
	case op.Kind == ir.Lock && op.Prim.Effect == rules.Release:
		ref := x.lockRef(op, st)
		if i := st.findExact(ref.Val); i >= 0 {
			ref.Classes = st.held[i].Classes
		}
		mark(ref.Classes)
	case op.Kind == ir.Call && len(op.Callee.Targets) > 0:
		if s := x.callee(op); s != nil {
			for i := range s.Outcomes {
				for _, r := range s.Outcomes[i].Released {
					cs := r.Classes
					if len(cs) == 0 && r.Val != nil && r.Val.Op == ir.Param && int(r.Val.Int) < len(op.Args) {
						cs = x.classes(x.eval(op.Args[r.Val.Int], st))
					}
					mark(cs)
				}
			}
		}
	}
}

// detour lists the blocks from which every way leads to block to, within a
// few steps, beginning with block from; none if some way leads elsewhere, or
// back to block b, which decides: a loop.
func (x *exec) detour(b, from, to int) []int {
	var out []int
	work := []int{from}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if n == to || slices.Contains(out, n) {
			continue
		}
		if n == b || len(out) == maxDetour || len(x.fn.Blocks[n].Succs) == 0 {
			return nil
		}
		out = append(out, n)
		work = append(work, x.fn.Blocks[n].Succs...)
	}
	return out
}

const maxDetour = 12 // blocks

// doubtHanded notes the locks of objects that go to a function that nobody
// can look into: it may release them, or have them released by others.
func (x *exec) doubtHanded(op *ir.Op, args []*ir.Expr, st *state) {
	if len(st.held) == 0 {
		return
	}
	known := false
	calls := slices.ContainsFunc(args, func(a *ir.Expr) bool { return a.Op == ir.FuncAddr })
	if !calls && !op.Callee.Indirect() && len(op.Callee.Targets) > 0 {
		if s := x.callee(op); s != nil {
			known = s.Stats.IndirectCalls == 0 && s.Stats.UnknownCalls == 0 &&
				!slices.ContainsFunc(s.Events, func(e *Event) bool { return e.Kind == Callback })
		}
	}
	for _, h := range st.held {
		if h.Entry || h.Val == nil {
			continue
		}
		o := object(h.Val)
		if slices.ContainsFunc(args, func(a *ir.Expr) bool {
			if v := st.env.get(a); a.Op == ir.Local && v != nil && v != o && v != h.Val && mentions(v, func(e *ir.Expr) bool { return e == o }) {
				return true // what is made of it, in a cell
			} else if a.Op == ir.Local && v != nil && v.Op == ir.Result && h.From != nil && h.From.Func.Name == v.Name {
				return true // a guard, which its end releases
			}
			return !known && (a == h.Val || object(a) == o)
		}) {
			x.doubt(h.Pos, "its object goes to a function that cannot be looked into")
		}
	}
}

// doubtReleased notes a lock that a callee releases on some ways out, where
// nothing tells them from the others.
func (c *callCtx) doubtReleased(ref LockRef, o *Outcome, st *state) {
	if !c.recording {
		return
	}
	if ref.Loose && ref.Val != nil {
		c.unsure(ref.Val)
	}
	for i := range c.sum.Outcomes {
		with := &c.sum.Outcomes[i]
		if with == o || o.Ret.Excludes(with.Ret) ||
			ref.Val != nil && slices.ContainsFunc(with.Released, func(r LockRef) bool { return c.subst(r.Val) == ref.Val }) {
			continue
		}
		if ref.Val != nil {
			c.unsure(ref.Val)
		}
		if i := st.find(ref); i >= 0 && !st.held[i].Entry {
			c.doubt(st.held[i].Pos, c.sum.Func.Name+" may release it, or not")
		}
		return
	}
}

// doubtGot notes the locks that the callee returns with in another outcome than
// o, where neither its result nor anything that fn's callers know of tells which
// of the two it is.
func (c *callCtx) doubtGot(o *Outcome, feasible []int, st *state) {
	if len(feasible) < 2 {
		return
	}
	for _, i := range feasible {
		with := &c.sum.Outcomes[i]
		if with == o || o.Ret.Excludes(with.Ret) || c.tells(o.Guard, with.Guard) {
			continue
		}
		for _, h := range with.Acquired {
			if !slices.ContainsFunc(o.Acquired, func(a *Held) bool { return sharesClass(a.Classes, h.Classes) }) {
				for _, class := range h.Classes {
					st.mayHold(class.Base())
				}
			}
		}
	}
}

// tells reports whether what fn's callers know decides between two conditions of
// the callee.
func (c *callCtx) tells(a, b []Fact) bool {
	for _, f := range a {
		if g := factOn(b, f.Val); g != nil && f.Excludes(*g) {
			if v := c.subst(f.Val); v != nil && exportable(v) {
				return true
			}
		}
	}
	return false
}

// doubtDropped notes the locks that the callee may release: of those of the classes that it
// drops, the ones in an object that it is given, or that fn has no name for that callees
// could share, or of any object where the callee is given a variable to say what it has done.
func (c *callCtx) doubtDropped(st *state) {
	asked := false
	for i, a := range c.args {
		asked = asked || a.Op == ir.Local && i < 64 && c.sum.Sets&(1<<i) != 0
	}
	for _, h := range st.held {
		if h.Entry || h.Val == nil || !asked && !slices.Contains(c.args, object(h.Val)) && exportable(h.Val) {
			continue
		}
		for _, class := range c.sum.Drops {
			if !sharesClass(h.Classes, []rules.Class{class}) {
				continue
			}
			st.mayLack(class)
			if c.recording {
				c.doubt(h.Pos, c.sum.Func.Name+" may release it, or not")
			}
		}
	}
}

// mayLack notes that a lock of this class, which is held, may have been released; it
// reports whether that is new.
func (st *state) mayLack(c rules.Class) bool {
	c = c.Base()
	if slices.Contains(st.gone, c) {
		return false
	}
	st.gone = append(st.gone[:len(st.gone):len(st.gone)], c)
	return true
}

// mayHold notes that a lock of this class may be held; it reports whether that
// is new.
func (st *state) mayHold(c rules.Class) bool {
	if slices.Contains(st.maybe, c) {
		return false
	}
	st.maybe = append(st.maybe[:len(st.maybe):len(st.maybe)], c)
	return true
}

// unsure notes a lock that may have been released, or another one.
func (x *exec) unsure(v *ir.Expr) {
	x.rec.uncertain[v] = true
}

// doubtLoose notes that h was released by its class: by what may be the lock
// of another object.
func (x *exec) doubtLoose(h *Held) {
	if h.Entry && h.Val != nil {
		if x.loose == nil {
			x.loose = map[*ir.Expr]bool{}
		}
		x.loose[h.Val] = true
	}
	if x.recording && h.Val != nil {
		x.unsure(h.Val)
	}
}

// doubtRound notes a lock that a loop takes of an object that only the
// function can name: each round may have its own.
func (x *exec) doubtRound(val *ir.Expr, pos ir.Pos) {
	if x.recording && x.onLoop[x.block] && !exportable(val) {
		x.doubt(pos, "a loop takes it, of one object or another")
	}
}

// doubtGiven notes a lock whose object is left to the caller where a
// parameter points to: callers can tell that it is held.
func (x *exec) doubtGiven(h *Held, st *state) {
	if h.Entry || h.Val == nil || exportable(h.Val) {
		return
	}
	for _, c := range st.env {
		k, v := c.addr, c.val
		if v != nil && exportable(k) && k.Has&(1<<ir.Param) != 0 && !exportable(v) && mentions(h.Val, func(e *ir.Expr) bool { return e == v }) {
			x.doubt(h.Pos, "callers are given its object")
			return
		}
	}
}
