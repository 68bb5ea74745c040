package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// lockOp executes a lock primitive.
func (x *exec) lockOp(op *ir.Op, st *state, out []*state) []*state {
	p := op.Prim
	effect := p.Effect
	if p.Mode == rules.RecursiveShared && p.Arg == rules.ArgNone {
		// Nobody stops such a reader (rcu_read_lock), and it stops nobody
		// but those who wait for readers: no order, and no reason to keep
		// paths apart.
		effect = rules.Context
	}
	if op.Lock != nil {
		if v := x.eval(op.Lock, st); v.Op == ir.Field { // no path has a null pointer's lock
			if o := object(v); o.Op == ir.Const && o.Int == 0 || throughNull(v, st) {
				return out
			}
		}
	}
	switch effect {
	case rules.Acquire:
		return x.acquire(op, st, out)
	case rules.Release:
		ref := x.lockRef(op, st)
		x.count(op, ref)
		x.release(ref, op, st)
	case rules.AssertHeld:
		ref := x.lockRef(op, st)
		x.require(ref, op, st, nil)
	case rules.Downgrade:
		ref := x.lockRef(op, st)
		x.count(op, ref)
		if i := st.find(ref); i >= 0 {
			h := *st.held[i]
			h.Mode = rules.Shared
			if h.Entry {
				h.Prim, h.Pos = p, op.Pos
			}
			st.replaceHeld(i, &h)
		} else if exportable(ref.Val) && x.refuted[ref.Val] == unrefuted {
			x.need(need{LockRef: ref, mode: rules.Exclusive, prim: p, pos: op.Pos, guard: x.guard(st)})
		}
	case rules.Retake:
		ref := x.lockRef(op, st)
		x.count(op, ref)
		if i := st.find(ref); i >= 0 {
			h := st.held[i]
			st.remove(i)
			x.event(st, &Event{LockRef: ref, Mode: p.Mode, Prim: p, Func: x.fn, Pos: op.Pos, Qual: h.Qual})
			st.push(h)
		} else if exportable(ref.Val) && x.refuted[ref.Val] == unrefuted {
			x.need(need{LockRef: ref, mode: p.Mode, prim: p, pos: op.Pos, guard: x.guard(st)})
		}
	case rules.TestHeld:
		ref := x.lockRef(op, st)
		if st.find(ref) >= 0 && p.Success == rules.NonZero {
			x.setTmp(op, st, x.konst(1))
			return append(out, st)
		}
	case rules.MayLock, rules.Await:
		ref := x.lockRef(op, st)
		x.event(st, &Event{LockRef: ref, Mode: p.Mode, Prim: p, Func: x.fn, Pos: op.Pos, Qual: x.qualFor(ref, st)})
	case rules.SetKey:
		x.setSubclass(op, st)
	case rules.WaitFor:
		ref := x.lockRef(op, st)
		x.event(st, &Event{Kind: Wait, LockRef: ref, Prim: p, Func: x.fn, Pos: op.Pos})
	}
	if p.Duty() {
		x.duty(op, st)
	}
	if op.Dst >= 0 {
		x.setTmp(op, st, x.result(op, st))
	}
	return append(out, st)
}

// duty begins or ends what others may await. It is nobody's but of the function
// that runs: one that is not held is not the caller's.
func (x *exec) duty(op *ir.Op, st *state) {
	ref := x.lockRef(op, st)
	switch i := st.findExact(ref.Val); {
	case op.Prim.Effect == rules.Done && i >= 0:
		st.remove(i)
	case op.Prim.Effect == rules.Begin && i < 0:
		st.push(&Held{LockRef: ref, Mode: op.Prim.Mode, Prim: op.Prim, Func: x.fn, Pos: op.Pos})
	}
}

// acquire takes a lock: it blocks unless the primitive is a try, and where
// success is conditional the paths part.
func (x *exec) acquire(op *ir.Op, st *state, out []*state) []*state {
	p := op.Prim
	res := x.result(op, st)
	ref := x.lockRef(op, st)
	if p.Arg == rules.ArgResult { // the lock is what the primitive returns
		ref = LockRef{Val: res}
		if p.Member != "" {
			ref.Val = x.mk(ir.Field, p.Member, "", 0, res, nil)
		}
		if p.Class != "" {
			ref.Classes = []rules.Class{rules.MakeClass(x.rules.Canonical(p.Class), "", 0)}
		}
	}
	x.count(op, ref)
	qual := x.qualFor(ref, st)
	x.refute(ref.Val, p.Mode, st, takenHere)
	taken := &Event{LockRef: ref, Mode: p.Mode, Try: p.Try, Prim: p, Func: x.fn, Pos: op.Pos, Qual: qual}
	x.event(st, taken)
	if x.recording && x.again(taken, st) {
		x.doubt(op.Pos, "a lock of this class is released before, and it cannot be told whether it is this one")
	}

	take := func(st *state) *state {
		st.reached(ref.Val)
		x.doubtRound(ref.Val, op.Pos)
		h := &Held{LockRef: ref, Mode: p.Mode, Try: p.Try, Prim: p, Func: x.fn, Pos: op.Pos, Qual: qual}
		for i := range st.held { // a loop that takes a lock in each round
			if o := st.held[i]; !o.Entry && o.Pos == op.Pos && o.Func == x.fn && slices.Equal(o.Classes, h.Classes) && o.Val != h.Val {
				st.remove(i)
				break
			}
		}
		if i := st.findExact(ref.Val); i < 0 || st.held[i].Mode != p.Mode {
			st.push(h)
		}
		return st
	}
	var good, bad Fact // of the value returned
	success := p.Success
	if !p.Try && !x.asked[int64(op.Dst)] {
		success = rules.Always // who does not ask whether it failed counts on success
	}
	switch success {
	case rules.Always:
		x.setTmp(op, st, res)
		return append(out, take(st))
	case rules.Zero:
		good = Fact{}
		bad = anything()
		bad.NonZero = true
		if !p.Try { // an error
			bad.Hi = -1
		}
	case rules.NonNull:
		good = anything()
		good.Lo, good.NonZero = 1, true
		bad = Fact{}
	case rules.NonNegative:
		good = anything()
		good.Lo = 0
		bad = anything()
		bad.Hi = -1
	default: // NonZero
		good = anything()
		good.NonZero = true
		bad = Fact{}
	}
	fail := st.fork()
	for _, o := range []struct {
		st *state
		f  Fact
	}{{take(st), good}, {fail, bad}} {
		v := res
		if o.f.Lo == o.f.Hi {
			v = x.konst(o.f.Lo)
		} else if !o.st.learn(res, o.f) {
			continue
		}
		x.setTmp(op, o.st, v)
		out = append(out, o.st)
	}
	return out
}

// reached notes that the object of a lock that was taken exists: the pointers
// on the way to it are neither null nor error pointers.
func (st *state) reached(v *ir.Expr) {
	valid := anything()
	valid.Lo, valid.NonZero, valid.Implied = 1, true, true
	if v != nil && v.Op != ir.Field && v.Op != ir.Index {
		st.learn(v, valid)
	}
	for v != nil {
		switch v.Op {
		case ir.Field, ir.Index, ir.Load:
		case ir.App: // an object found by another: by the address of a member
			if v.Y != nil {
				return
			}
		default:
			return
		}
		if v.Op == ir.Load {
			st.learn(v, valid)
		}
		v = v.X
		if v.Op != ir.Field && v.Op != ir.Index && v.Op != ir.Load {
			st.learn(v, valid)
		}
	}
}

// read notes that a member of what is at addr was read: a parameter that is the pointer to
// it is not null.
func (st *state) read(addr *ir.Expr) {
	if addr.Op != ir.Field {
		return
	}
	if p := object(addr); p.Op == ir.Param && st.factOn(p) == nil {
		valid := anything()
		valid.NonZero, valid.Implied = true, true
		st.learn(p, valid)
	}
}

// qualFor is the qualifier of a lock that fn takes itself.
func (x *exec) qualFor(ref LockRef, st *state) string {
	if q := x.qualify(ref, st); q != "" {
		return q
	}
	return x.placeQual(ref.Classes)
}

// release drops a lock; one that is not held must be the caller's.
func (x *exec) release(ref LockRef, op *ir.Op, st *state) {
	if len(st.maybe) > 0 {
		st.maybe = slices.DeleteFunc(slices.Clone(st.maybe), func(c rules.Class) bool { return sharesClass([]rules.Class{c}, ref.Classes) })
	}
	if i := st.find(ref); i >= 0 {
		h := st.held[i]
		if len(st.gone) > 0 {
			st.gone = slices.DeleteFunc(slices.Clone(st.gone), func(c rules.Class) bool { return sharesClass([]rules.Class{c}, h.Classes) })
		}
		if h.Val == ref.Val && wrongMode(h, op.Prim) {
			x.unpaired(ref, op, h)
		}
		if h.Val != ref.Val || ref.Loose {
			x.doubtLoose(h)
		}
		st.remove(i)
		return
	}
	if x.blind && op.Kind == ir.Call || op.Prim != nil && op.Prim.Scope {
		return // a state of the task that the caller set
	}
	ref.Val = x.anyElement(ref.Val)
	if ref.Val != nil && (x.refuted[ref.Val] == takenHere || throughError(ref.Val, st)) {
		x.unpaired(ref, op, nil)
		return
	}
	if ref.Val != nil && x.refuted[ref.Val] == takenByCallee {
		return // on the conditions on which the callee took it, which were lost
	}
	switch {
	case !exportable(ref.Val): // what only fn can name
		for _, c := range ref.Classes {
			x.drop(c, st)
		}
		return
	case object(ref.Val).Op == ir.Const: // in no object at all
		return
	}
	mode := rules.Exclusive
	switch {
	case op.Prim != nil:
		mode = op.Prim.Mode
	case ref.Shared:
		mode = rules.Shared
	}
	x.need(need{LockRef: ref, mode: mode, prim: op.Prim, pos: op.Pos, guard: x.guard(st)})
}

// require states that a lock is held.
func (x *exec) require(ref LockRef, op *ir.Op, st *state, next *Requirement) {
	if st.find(ref) >= 0 || !exportable(ref.Val) {
		return
	}
	mode := rules.Exclusive
	if op.Prim != nil {
		mode = op.Prim.Mode
	}
	x.need(need{LockRef: ref, mode: mode, prim: op.Prim, pos: op.Pos, guard: x.guard(st), required: true, next: next})
}

// need records an assumption about the entry state; the next run makes it.
func (x *exec) need(n need) {
	for i := range x.needs {
		if o := &x.needs[i]; o.Val != n.Val && o.pos == n.pos && x.onLoop[x.block] &&
			(sharesClass(o.Classes, n.Classes) || len(o.Classes) == 0 || len(n.Classes) == 0) {
			return // a loop over many locks; one stands for them
		}
		if x.needs[i].Val == n.Val {
			x.needs[i].guard = common(x.needs[i].guard, n.guard)
			x.needs[i].required = x.needs[i].required || n.required
			if n.mode != rules.Exclusive && n.required {
				x.needs[i].mode, x.needs[i].prim = n.mode, n.prim // one way or another
			}
			return
		}
	}
	if len(x.needs) < maxNeeds {
		x.needs = append(x.needs, n)
	}
}

const maxNeeds = 8

// common is what holds where a does and where b does: none, if a lock is needed
// under one condition and under its opposite.
func common(a, b []Fact) []Fact {
	if slices.Equal(a, b) {
		return a
	}
	var out []Fact
	for _, f := range a {
		if g := factOn(b, f.Val); g != nil {
			if f = f.join(*g); !f.trivial() {
				out = append(out, f)
			}
		}
	}
	return out
}

// A need is a lock that fn expects its caller to hold: it releases it, or
// says that it requires it.
type need struct {
	LockRef
	mode     rules.Mode
	prim     *rules.Primitive
	pos      ir.Pos
	guard    []Fact
	required bool
	maybe    bool // conditions were lost on the way up
	next     *Requirement
}
