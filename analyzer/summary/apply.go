package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A Target is a function that an indirect call may reach, and why.
type Target struct {
	ID  string
	Via string // "ops table vm_operations_struct.fault"
}

// An Env is what the analysis of one function may ask of the program.
type Env struct {
	Rules *rules.Set
	// Last is set where no pass follows, which makes what only the checks read.
	Last bool
	// Methods and Cut are those of Options.
	Methods, Cut bool
	// GlobalName turns the name of a global in the ir into that of its class.
	GlobalName func(name string) string
	// Summary returns the summary of a function, nil where there is none
	// (not yet: recursion; not at all: not loaded).
	Summary func(id string) *Summary
	// Previous returns the summary that the pass before made of a function
	// that an indirect call may reach.
	Previous func(id string) *Summary
	// Indirect lists the functions that a call through member field of a
	// record owner, made in function from, may reach: through the global called table,
	// if that is not "".
	Indirect func(owner, field, table string, from *ir.Func) []Target
}

// blind reports whether fn calls functions that were not read, since they are
// too far from what is looked at. Such a callee may take or release a lock of which
// another callee of fn does the other half, so that nothing can be said of what fn
// leaves held that it does not take or release itself.
func (env *Env) blind(fn *ir.Func) bool {
	if !env.Cut {
		return false
	}
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			if ts := b.Ops[i].Callee.Targets; len(ts) > 0 && env.Summary(ts[0]) == nil && env.Previous(ts[0]) == nil {
				return true
			}
		}
	}
	return false
}

// call executes a call.
func (x *exec) call(op *ir.Op, st *state, out []*state) []*state {
	args := make([]*ir.Expr, len(op.Args))
	for i, a := range op.Args {
		args[i] = x.eval(a, st)
	}
	res := x.result(op, st)
	if x.recording {
		x.doubtHanded(op, args, st)
	}
	if p, ok := x.rules.Predicate(op.Callee.Name); ok && p.Arg < len(args) {
		// The same question about the same object has one answer.
		x.setTmp(op, st, x.mk(ir.App, op.Callee.Name, "", 0, args[p.Arg], nil))
		return append(out, st)
	}
	sums, via, deferred := x.targets(op, st)
	if op.Callee.Indirect() && len(sums) != 1 {
		x.hand(args)
	}
	pre := x.clobber(op, args, st, sums)
	if deferred != nil {
		x.event(st, &Event{Kind: Callback, Func: x.fn, Pos: op.Pos, Ptr: deferred, Args: args, Under: taken(st)})
	}
	if len(sums) == 0 {
		x.writes = x.writes || op.Callee.Indirect()
		x.setTmp(op, st, res)
		return append(out, st)
	}
	for _, s := range sums {
		x.writes = x.writes || !s.Pure
		c := x.newCallCtx(op, x.bound(op, args, s, st), res, s, st)
		c.via, c.deferred, c.pre = via[s], deferred != nil, pre
		c.events(st)
		c.done()
	}
	// What the call leaves behind is applied where one function, or a few
	// definitions of one name, can be meant; of several, what all of them release.
	if op.Callee.Indirect() && len(sums) > 1 {
		all := sums
		if sums = x.method(all); len(sums) == 0 {
			for _, ref := range x.allRelease(op, args, res, all, st, pre) {
				x.release(ref, &ir.Op{Kind: ir.Call, Pos: op.Pos}, st)
			}
			x.setTmp(op, st, res)
			return append(out, st)
		}
	}
	for i, s := range sums {
		in := st
		if i < len(sums)-1 {
			in = st.fork()
		}
		c := x.newCallCtx(op, x.bound(op, args, s, in), res, s, in)
		c.pre = pre
		out = c.outcomes(in, out)
		c.done()
	}
	return out
}

// allRelease lists the locks, as fn knows them, that each of the functions which a call
// may reach releases on all of its ways out.
func (x *exec) allRelease(op *ir.Op, args []*ir.Expr, res *ir.Expr, sums []*Summary, st *state, pre cells) (out []LockRef) {
	first := true
	for _, s := range sums {
		c := x.newCallCtx(op, x.bound(op, args, s, st), res, s, st)
		defer c.done()
		c.pre = pre
		for i := range s.Outcomes {
			o := &s.Outcomes[i]
			if !c.feasible(o, st) {
				continue
			}
			var refs []LockRef
			for _, r := range o.Released {
				if ref := c.ref(r); ref.Val != nil && !ref.Loose && (first || slices.ContainsFunc(out, func(q LockRef) bool { return q.Val == ref.Val })) {
					refs = append(refs, ref)
				}
			}
			if out, first = refs, false; len(out) == 0 {
				return nil
			}
		}
		if len(s.Outcomes) == 0 && !s.NoReturn {
			return nil
		}
	}
	return out
}

// method picks, of the targets of a call through a pointer, the one whose
// effects on held locks stand for all: one that releases a lock of its caller,
// if there is any, or what all agree to return with. None: nothing is left behind.
func (x *exec) method(sums []*Summary) []*Summary {
	if !x.env.Methods {
		return nil
	}
	agree := true
	for _, s := range sums {
		for i := range s.Outcomes {
			if len(s.Outcomes[i].Released) > 0 {
				return []*Summary{s}
			}
		}
		agree = agree && len(s.Outcomes) == 1 && len(s.Outcomes[0].Acquired) == 1 &&
			len(sums[0].Outcomes) == 1 && sharesClass(s.Outcomes[0].Acquired[0].Classes, sums[0].Outcomes[0].Acquired[0].Classes)
	}
	if agree {
		return sums[:1]
	}
	return nil
}

// bound puts what a function is bound to before the arguments of a call
// through a pointer; where that is not known, values that nothing is known of.
func (x *exec) bound(op *ir.Op, args []*ir.Expr, s *Summary, st *state) []*ir.Expr {
	if s.Func.Bound == 0 || !op.Callee.Indirect() {
		return args
	}
	for _, p := range x.alternatives(x.eval(op.Callee.Ptr, st)) {
		if p.Op == ir.FuncAddr && p.Name == s.Func.ID {
			return x.bind(p, s, args)
		}
	}
	return x.bind(nil, s, args)
}

// bind puts the values that p is bound to before args. A nil p is bound to
// values that nothing is known of.
func (x *exec) bind(p *ir.Expr, s *Summary, args []*ir.Expr) []*ir.Expr {
	out := make([]*ir.Expr, s.Func.Bound, s.Func.Bound+len(args))
	var list *ir.Expr
	if p != nil {
		list = p.X
	}
	for i := range out {
		if list == nil {
			out[i] = x.mk(ir.Unknown, "", "", x.site()<<8|int64(0x80+i&0x7f), nil, nil)
			continue
		}
		out[i], list = list.X, list.Y
	}
	return append(out, args...)
}

// targets finds the summaries that a call may reach. deferred is the pointer
// of a call that the callers of x.fn can resolve better.
func (x *exec) targets(op *ir.Op, st *state) (sums []*Summary, via map[*Summary]string, deferred *ir.Expr) {
	c := &op.Callee
	if !c.Indirect() {
		if len(c.Targets) > 0 { // the nearest definition
			if s := x.callee(op); s != nil {
				sums = append(sums, s)
			}
		}
		x.tally(&x.stats.Calls)
		if len(c.Targets) == 0 {
			x.tally(&x.stats.UnknownCalls)
		}
		return sums, nil, nil
	}
	x.tally(&x.stats.IndirectCalls)
	ptr := x.eval(c.Ptr, st)
	via = map[*Summary]string{}
	for _, p := range x.alternatives(ptr) {
		if p.Op == ir.FuncAddr {
			if s := x.env.Summary(p.Name); s != nil {
				via[s] = "function pointer"
				sums = append(sums, s)
			}
		}
	}
	if len(sums) > 0 {
		x.tally(&x.stats.IndirectResolved)
		return sums, via, nil
	}
	for _, t := range x.env.Indirect(c.Owner, c.Field, tableOf(ptr), x.fn) {
		if s := x.env.Previous(t.ID); s != nil {
			via[s] = t.Via
			sums = append(sums, s)
		}
	}
	if len(sums) > 0 {
		x.tally(&x.stats.IndirectResolved)
	}
	if exportable(ptr) && (callersKnow(ptr) || len(sums) == 0) {
		deferred = ptr
	}
	return sums, via, deferred
}

// callee is the summary of the function that op calls by name, nil if there is none. The
// environment, which keeps what it is asked, is asked once.
func (x *exec) callee(op *ir.Op) *Summary {
	s, ok := x.pool.callees[op]
	if !ok {
		s = x.env.Summary(op.Callee.Targets[0])
		x.pool.callees[op] = s
	}
	return s
}

// callersKnow reports whether callers can say more of a pointer to a function.
func callersKnow(ptr *ir.Expr) bool { return exportable(ptr) && ptr.Has&(1<<ir.Param) != 0 }

// clobber forgets the local cells whose addresses the call is given; what
// the callee is known to store there is applied afterwards. It returns the
// cells as the callee finds them, nil if they are those of st.
func (x *exec) clobber(op *ir.Op, args []*ir.Expr, st *state, sums []*Summary) (pre cells) {
	if len(sums) > 0 && !slices.ContainsFunc(sums, func(s *Summary) bool { return !s.Pure }) {
		return nil
	}
	lost := given(args, sums)
	for _, c := range st.env {
		k, v := c.addr, c.val
		switch {
		case k.Op == ir.Local && slices.Contains(args, k):
			lost = append(lost, k)
		case v != nil && v.Op == ir.Const && (k.Op == ir.Field || k.Op == ir.Index || k.Op == ir.Global):
			// A state, a count, a flag in memory that the callee can reach.
			// Pointers stay: they name locks, and callees seldom change them.
			if b := object(k); (b.Op == ir.Global || slices.Contains(args, b)) && !slices.Contains(lost, k) {
				lost = append(lost, k)
			}
		}
	}
	if len(lost) == 0 {
		return nil
	}
	pre, st.owned = st.env, false
	for _, k := range lost {
		st.set(k, x.mk(ir.Out, op.Callee.Name, "", x.site(), k, x.konst(-3)))
	}
	return pre
}

// object is the pointer from which the cell at addr is reached without
// another load.
func object(addr *ir.Expr) *ir.Expr {
	for addr.Op == ir.Field || addr.Op == ir.Index {
		addr = addr.X
	}
	return addr
}

// A callCtx substitutes the values of one callee's summary at one call.
type callCtx struct {
	*exec
	op       *ir.Op
	args     []*ir.Expr
	res      *ir.Expr
	sum      *Summary
	st       *state
	memo     map[*ir.Expr]*ir.Expr
	pre      cells // the cells as the callee finds them, nil: those of st
	via      string
	deferred bool
}

func (x *exec) newCallCtx(op *ir.Op, args []*ir.Expr, res *ir.Expr, s *Summary, st *state) *callCtx {
	return &callCtx{exec: x, op: op, args: args, res: res, sum: s, st: st}
}

// done gives back what the substitution has remembered.
func (c *callCtx) done() {
	c.pool.freeMemo(c.memo)
	c.memo = nil
}

// subst expresses the callee's value e in the caller's terms; nil where it
// cannot be.
func (c *callCtx) subst(e *ir.Expr) *ir.Expr {
	switch {
	case e == nil:
		return nil
	case e.Op == ir.Ret:
		return c.res
	case e.Op == ir.Param:
		if int(e.Int) < len(c.args) {
			return c.args[e.Int]
		}
		return nil
	}
	if v, ok := c.memo[e]; ok {
		return v
	}
	var v *ir.Expr
	switch e.Op {
	case ir.Const, ir.Str, ir.Global:
		v = c.intern(e)
	case ir.FuncAddr:
		var bound *ir.Expr
		if e.X != nil {
			bound = c.subst(e.X) // nil: to what cannot be said
		}
		v = c.mk(ir.FuncAddr, e.Name, "", 0, bound, nil)
	case ir.Load:
		if a := c.subst(e.X); a != nil {
			env := c.st.env
			if c.pre != nil {
				env = c.pre
			}
			if w := env.get(a); w != nil {
				v = w
			} else {
				v = c.load(a)
			}
		}
	case ir.Field, ir.Index, ir.Unary, ir.Binary, ir.App:
		a := c.subst(e.X)
		if a == nil {
			break
		}
		var b *ir.Expr
		if e.Y != nil {
			if b = c.subst(e.Y); b == nil {
				break
			}
		}
		v = c.fold(e.Op, e.Name, e.Owner, e.Int, a, b)
	}
	if c.memo == nil {
		c.memo = c.pool.newMemo()
	}
	c.memo[e] = v
	return v
}

// ref expresses a LockRef of the callee; its class is told anew where the
// caller knows more of the lock than the callee did.
func (c *callCtx) ref(r LockRef) LockRef {
	out := LockRef{Val: c.subst(r.Val), Classes: r.Classes, Loose: r.Loose, Shared: r.Shared}
	if out.Val != nil && len(r.Classes) == 0 {
		out.Classes = c.classes(out.Val)
	}
	if r.Sub != nil {
		if sub := c.subst(r.Sub); sub != nil {
			out.nest(sub)
		}
	} else {
		c.sortOut(&out, c.st)
	}
	return out
}

// holds evaluates a guard of the callee.
//
// The rest of it, which has to be seen, is good until the next question.
func (c *callCtx) holds(guard []Fact, st *state) (t tri, left []Fact) {
	t, left = yes, c.rest[:0]
	defer func() { c.rest = left[:0] }()
	defer func(in bool) { st.inLoop = in }(st.inLoop)
	st.inLoop = false // what the callee goes by is seldom what the loop waits for
	for _, f := range guard {
		v := c.subst(f.Val)
		if v == nil {
			if t == yes {
				t = unknown
			}
			continue
		}
		b := st.bound(v)
		m, ok := b.meet(f)
		switch {
		case !ok:
			return no, left[:0]
		case m.Lo == b.Lo && m.Hi == b.Hi && (b.nonZero() || !m.NonZero):
			// already known
		default:
			f.Val = v
			left = append(left, f)
			t = unknown
		}
	}
	return t, left
}

// requirement checks that a lock which the callee requires is held, and
// else makes it a requirement of the caller.
func (c *callCtx) requirement(r *Requirement, st *state) {
	t, left := c.holds(r.Guard, st)
	if t == no {
		return
	}
	ref := c.ref(r.LockRef)
	if ref.Val != nil && throughNull(ref.Val, st) {
		return
	}
	if c.sum.Asserts && len(r.Guard) == 0 && exportable(ref.Val) && !c.op.Callee.Indirect() {
		// An assertion by another name: the contract is this function's.
		c.require(ref, &ir.Op{Kind: ir.Call, Pos: c.op.Pos, Prim: r.Prim}, st, r)
		if st.find(ref) < 0 {
			return
		}
	}
	maybe := r.Maybe || t != yes
	if i := st.find(ref); i >= 0 {
		switch h := st.held[i]; {
		case !c.recording:
		case h.Val == ref.Val && tooWeak(h, r):
			c.rec.lack(c, r, ref, h, maybe)
		case !h.Entry:
			c.rec.met(r)
		}
		return
	}
	if c.recording {
		var other *Held
		for _, h := range st.held {
			if !h.Entry && sharesClass(h.Classes, ref.Classes) {
				other = h
			}
		}
		c.rec.lack(c, r, ref, other, maybe)
	}
	if !exportable(ref.Val) {
		ref.Val = nil // of the class is all that the callers can say
	}
	if r.Depth < maxRequireDepth && c.via == "" && (ref.Val != nil || len(ref.Classes) > 0 && r.Val != nil && c.via == "") {
		n := need{LockRef: ref, mode: r.Mode, prim: r.Prim, pos: c.op.Pos, required: true, next: r, maybe: maybe}
		for _, f := range append(left, c.guard(st)...) {
			if len(n.guard) < maxGuard && exportable(f.Val) && !slices.ContainsFunc(n.guard, func(o Fact) bool { return o.Val == f.Val }) {
				n.guard = append(n.guard, f)
			}
		}
		c.inherit(n)
	}
}

// tooWeak reports whether h is held by a reader where the code says that it
// must be the writer. Annotations of no kind of lock say nothing of the mode.
func tooWeak(h *Held, r *Requirement) bool {
	return !h.Entry && h.Mode != rules.Exclusive && r.Mode == rules.Exclusive && r.Prim != nil && r.Prim.Kind != ""
}

const maxRequireDepth = 6

// inherit notes a requirement of a callee as one of the caller's. Unlike a
// lock that the function itself names, it is not taken to be held on entry:
// the contract is the callee's.
func (x *exec) inherit(n need) {
	for i := range x.inherited {
		if x.inherited[i].Val == n.Val && (n.Val != nil || slices.Equal(x.inherited[i].Classes, n.Classes)) {
			if n.mode != rules.Exclusive {
				x.inherited[i].mode, x.inherited[i].prim = n.mode, n.prim // one way or another
			}
			return
		}
	}
	if len(x.inherited) < maxNeeds {
		x.inherited = append(x.inherited, n)
	}
}
