package summary

import (
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// outcomes applies what the callee leaves behind: one state for each way in
// which it can return here.
func (c *callCtx) outcomes(st *state, out []*state) []*state {
	s := c.sum
	if len(s.RetClasses) > 0 {
		c.classed(c.res, s.RetClasses)
	}
	if s.NoReturn {
		return out
	}
	c.dropLike(s, st)
	c.doubtDropped(st)
	if len(s.Outcomes) == 0 {
		c.setTmp(c.op, st, c.value(st))
		return append(out, st)
	}
	var feasible []int
	for i := range s.Outcomes {
		if c.feasible(&s.Outcomes[i], st) {
			feasible = append(feasible, i)
		}
	}
	if len(feasible) == 0 { // the guards were too coarse: every way is possible
		for i := range s.Outcomes {
			feasible = append(feasible, i)
		}
	}
	for n, i := range feasible {
		o := &s.Outcomes[i]
		in := st
		if n < len(feasible)-1 {
			in = st.fork()
		}
		if c.apply(o, in, len(feasible) > 1) {
			c.doubtGot(o, feasible, in)
			out = append(out, in)
		}
	}
	return out
}

// feasible reports whether the callee can return by o here.
func (c *callCtx) feasible(o *Outcome, st *state) bool {
	if t, _ := c.holds(o.Guard, st); t == no {
		return false
	}
	for n, ch := range o.choices {
		if ch = c.choiceOf(ch, n); ch.cases != nil && len(st.possible(ch.cases)) == 0 {
			return false
		}
	}
	return true
}

// classed notes the classes of the lock that a value of unknown origin names.
func (x *exec) classed(v *ir.Expr, cs []rules.Class) {
	if x.resultClasses == nil {
		x.resultClasses = map[*ir.Expr][]rules.Class{}
	}
	x.resultClasses[v] = cs
}

// value is the value that the call returns, before what an outcome says.
func (c *callCtx) value(st *state) *ir.Expr {
	if c.sum.RetExpr != nil {
		if v := c.subst(c.sum.RetExpr); v != nil {
			return v
		}
	}
	if c.sum.Pure && len(c.args) >= 1 && len(c.args) <= 2 {
		var y *ir.Expr
		if len(c.args) == 2 {
			y = c.args[1]
		}
		v := c.mk(ir.App, c.sum.Func.Name, "", 0, c.args[0], y)
		if rc := c.sum.RetClasses; len(rc) > 0 {
			c.resultClasses[v] = rc
		}
		return v
	}
	return c.res
}

// apply makes st the state after one outcome; false if it contradicts what
// is known.
func (c *callCtx) apply(o *Outcome, st *state, several bool) bool {
	in := *c // substitution reads the cells of this state
	in.st, in.memo = st, nil
	defer func() { in.done() }()
	v := in.value(st)
	if o.RetVal != nil {
		if w := in.subst(o.RetVal); w != nil {
			v = w
		}
	}
	if several {
		defer func(in bool) { st.inLoop = in }(st.inLoop)
		st.inLoop = false // as in holds
		for _, f := range o.Guard {
			if w := in.subst(f.Val); w != nil && !st.learn(w, f) {
				return false
			}
		}
		for n, ch := range o.choices {
			if ch = in.choiceOf(ch, n); ch.cases != nil && !st.choose(ch) {
				return false
			}
		}
	}
	if o.Ret.Lo == o.Ret.Hi {
		if b := st.bound(v); b.Lo > o.Ret.Lo || b.Hi < o.Ret.Lo {
			return false
		}
		v = c.konst(o.Ret.Lo)
	} else if !o.Ret.trivial() && !st.learn(v, o.Ret) {
		return false
	}
	type acquired struct {
		h   *Held
		ref LockRef
	}
	var stores []StoreEffect
	for _, s := range o.Stores {
		if a := in.subst(s.Addr); a != nil {
			w := in.subst(s.Val)
			if w == nil {
				w = c.mk(ir.Out, c.op.Callee.Name, "", c.site(), a, c.konst(-1))
			}
			stores = append(stores, StoreEffect{a, w})
		}
	}
	for _, r := range o.Released {
		c.doubtReleased(in.ref(r), o, st)
		c.release(in.ref(r), &ir.Op{Kind: ir.Call, Pos: c.op.Pos, Prim: r.By}, st)
	}
	for _, s := range stores {
		st.set(s.Addr, s.Val)
		c.subclassed = c.subclassed || isSubclassCell(s.Addr)
	}
	in.done()
	in.pre = nil // the locks are named by the cells as the callee left them
	in.res = v
	var took []acquired
	for _, h := range o.Acquired {
		took = append(took, acquired{h, in.ref(h.LockRef)})
	}
	for _, t := range took {
		n := &Held{LockRef: t.ref, Mode: t.h.Mode, Try: t.h.Try, Prim: t.h.Prim, Func: c.fn, Pos: c.op.Pos, From: t.h, Qual: t.h.Qual}
		st.reached(n.Val)
		how := takenByCallee
		if c.sum.Func.Wraps {
			how = takenHere
		}
		c.refute(n.Val, n.Mode, st, how)
		c.doubtRound(n.Val, n.Pos)
		if n.Val == nil {
			n.Val = c.mk(ir.Out, c.op.Callee.Name, "", c.site(), nil, c.konst(int64(-2-len(st.held))))
		} else if n.Val.Op == ir.Out && len(c.classes(n.Val)) == 0 {
			// The callee leaves a pointer to the lock: whoever reads it there
			// knows the class as well.
			c.classed(n.Val, n.Classes)
		}
		if n.Qual == "" {
			if n.Qual = c.qualify(n.LockRef, st); n.Qual == "" {
				n.Qual = c.placeQual(n.Classes)
			}
		}
		if i := st.findExact(n.Val); i >= 0 && !st.held[i].Entry {
			continue
		}
		replaced := false
		for i, h := range st.held { // taken by this call in an earlier round of a loop
			if !h.Entry && h.Pos == n.Pos && h.Func == n.Func && h.From == n.From {
				st.replaceHeld(i, n)
				replaced = true
				break
			}
		}
		if !replaced {
			st.push(n)
		}
	}
	c.setTmp(c.op, st, v)
	return true
}
