package summary

import (
	"math"
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// Bounds on the work spent on one function. What they cut is counted.
const (
	maxStates  = 8    // states kept apart at one block
	maxSteps   = 6000 // block visits
	maxRounds  = 4    // runs with another assumption about the entry state
	maxInitial = 4    // entry states kept apart
)

// exec is the abstract execution of one function.
type exec struct {
	*arena
	*shape
	pool  *pool
	rest  []Fact    // see callCtx.holds
	spare *Event    // that nobody has kept: see callCtx.lift
	met   []meeting // those of a join, for the next one
	// retained: a state has been kept since it was last asked.
	retained bool
	env      *Env
	rules    *rules.Set
	fn       *ir.Func
	quals    []string // qualifiers of the place that fn stands in

	initial   [][]*Held // what is held on entry, one list for each entry state
	needs     []need    // assumptions about the entry state, found so far
	inherited []need    // requirements of callees that fn does not meet itself
	refuted   map[*ir.Expr]refutation
	blind     bool // see Env.blind

	states        [][]*state // at the entry of each block
	crowded       []bool     // blocks at which too many paths meet to keep them apart by choices
	replaced      []int      // states of each block that gave way to better ones
	resultClasses map[*ir.Expr][]rules.Class
	live          *liveness
	loopStored    map[int64]bool // locals that are assigned in a loop
	flagTests     uint64         // locals of which branches ask for flags, a bit each
	drops         []drop         // of the present run
	flows         dropFlow       // of those, once it is over
	asked         map[int64]bool // Tmps that are read: results that fn looks at
	counters      []*ir.Expr     // cells that fn steps: i++, n -= k
	puts          bool           // fn drops references
	tabled        bool           // fn asks whose operations an object has

	subclassed bool              // a lock is given a subclass here
	handed     map[*ir.Expr]bool // objects that calls hand to code that is not known
	loose      map[*ir.Expr]bool // locks of the caller released by what may be another one
	writes     bool              // fn stores to memory that is not its own, or calls what may
	recording  bool
	rec        *recorder
	block      int // being executed
	opIndex    int
	stats      Stats
}

// run executes fn from its entry states until nothing changes.
func (x *exec) run() {
	n := len(x.fn.Blocks)
	x.states = make([][]*state, n)
	x.replaced = make([]int, n)
	x.crowded = make([]bool, n)
	x.initial, x.drops = nil, nil
	x.stats = Stats{}
	var work []int
	queued := make([]bool, n)
	push := func(b int) {
		if !queued[b] {
			queued[b] = true
			work = append(work, b)
		}
	}
	x.states[0] = x.entryStates()
	push(0)
	for steps := 0; len(work) > 0; steps++ {
		if steps > maxSteps {
			x.stats.StepsCut++
			break
		}
		// The earliest block first, so that loops settle before what follows.
		best := 0
		for i := range work {
			if x.rpo[work[i]] < x.rpo[work[best]] {
				best = i
			}
		}
		b := work[best]
		work = slices.Delete(work, best, best+1)
		queued[b] = false
		for i := 0; i < len(x.states[b]); i++ {
			st := x.states[b][i]
			if st.clean {
				continue
			}
			st.clean = true
			x.visit(b, st, func(to int, out *state) {
				if x.flow(b, to, out) {
					push(to)
				}
			})
		}
	}
}

// entryStates makes the entry states from the needs: the locks that fn
// expects, on the condition under which it does.
func (x *exec) entryStates() []*state {
	type entry struct {
		st   *state
		held []*Held
	}
	entries := []entry{{st: &state{pool: x.pool}}}
	for _, n := range x.needs {
		if n.Val != nil && x.refuted[n.Val] != unrefuted {
			continue
		}
		h := &Held{LockRef: n.LockRef, Mode: n.mode, Entry: true, Prim: n.prim, Func: x.fn, Pos: n.pos}
		h.Qual = x.placeQual(h.Classes)
		var more []entry
		for i := range entries {
			e := &entries[i]
			if n.conditional() && len(entries)+len(more) < maxInitial {
				without := entry{st: e.st.fork(), held: e.held}
				if without.st.assumeNot(n.guard) {
					more = append(more, without)
				}
				if slices.ContainsFunc(n.guard, func(f Fact) bool { return !e.st.learn(f.Val, f) }) {
					continue
				}
			}
			e.held = append(e.held[:len(e.held):len(e.held)], h)
		}
		entries = append(entries, more...)
	}
	var out []*state
	for i, e := range entries {
		e.st.init = i
		e.st.held = e.held
		x.initial = append(x.initial, e.held)
		out = append(out, e.st)
	}
	return out
}

// conditional reports whether the caller is taken to hold the lock under the
// need's conditions alone. What is said to be held may depend on several;
// a release that does is more likely to be on a wrong one.
func (n *need) conditional() bool {
	return (len(n.guard) == 1 || n.required && len(n.guard) > 0) && !slices.ContainsFunc(n.guard, func(f Fact) bool { return !f.deniable() })
}

// assumeNot narrows st to where one of facts, which are deniable, does not
// hold; false if that cannot be.
func (st *state) assumeNot(facts []Fact) bool {
	c := choice{where: -1}
	for _, f := range facts {
		g := anything()
		switch {
		case f.zero():
			g.NonZero = true
		case f.Hi == math.MaxInt64 && f.Lo > 1:
			g.Hi = f.Lo - 1
		case f.Lo == math.MinInt64 && f.Hi != math.MaxInt64:
			g.Lo = f.Hi + 1
		default: // not zero
			g = Fact{}
		}
		g.Val = f.Val
		c.cases = append(c.cases, []Fact{g})
	}
	return st.choose(c)
}

// deniable reports whether the opposite of f is a bound as well.
func (f Fact) deniable() bool {
	return f.zero() || f.nonZero() || f.Lo == math.MinInt64 || f.Hi == math.MaxInt64
}

// visit executes block b from st and hands each resulting state to flow.
func (x *exec) visit(b int, st *state, flow func(to int, out *state)) {
	x.block = b
	blk := x.fn.Blocks[b]
	states := []*state{st.fork()}
	states[0].inLoop = x.onLoop[b]
	for i := range blk.Ops {
		x.opIndex = i
		op := &blk.Ops[i]
		var next []*state
		for _, s := range states {
			next = x.step(op, s, next)
		}
		if len(next) > maxStates {
			x.stats.StatesCut += len(next) - maxStates
			// Those that hold the least go on: a lock that an outcome leaves
			// held by mistake multiplies the states.
			slices.SortStableFunc(next, func(a, b *state) int { return len(a.held) - len(b.held) })
			for _, s := range next[maxStates:] {
				x.pool.free(s)
			}
			next = next[:maxStates]
		}
		states = next
	}
	for _, s := range states {
		switch {
		case len(blk.Succs) == 0:
			x.exit(blk, s)
			if x.recording {
				continue // which has kept it
			}
		case blk.Cond == nil:
			flow(blk.Succs[0], s)
		default:
			c := x.eval(blk.Cond, s)
			if s.inLoop && (!x.steers[b] || x.steady(blk.Cond)) {
				s.inLoop = false
			}
			t := s.decide(c)
			if x.recording {
				x.doubtBypass(b, c, s)
			}
			if t != no {
				owned, tail := s.owned, s.tail
				out := s.fork()
				x.retained = false
				if out.assume(c, true) {
					x.settle(out, c)
					flow(blk.Succs[0], out)
				}
				x.pool.free(out)
				if !x.retained { // what out shared with s is that of s again
					s.owned, s.tail = owned, tail
				}
			}
			if t != yes {
				if s.assume(c, false) {
					x.settle(s, c)
					flow(blk.Succs[1], s)
				}
			}
		}
		x.pool.free(s)
	}
}

// steady reports whether a condition asks for variables that the loops of fn
// do not assign: what was known of them before still holds.
func (x *exec) steady(c *ir.Expr) bool {
	switch c.Op {
	case ir.Const:
		return true
	case ir.Load:
		return c.X.Op == ir.Local && !x.loopStored[c.X.Int]
	case ir.Unary:
		return x.steady(c.X)
	case ir.Binary:
		return x.steady(c.X) && x.steady(c.Y)
	}
	return false
}

// flow brings st from block from to the entry of block to, where it joins
// the state with the same held set; it reports whether anything changed.
func (x *exec) flow(from, to int, st *state) bool {
	st.keep(func(c *cell) bool { return !x.live.dead(to, c.addr) })
	if x.rpo[to] <= x.rpo[from] {
		x.nextRound(to, st)
	}
	for _, old := range x.states[to] {
		if old.init == st.init && old.other == st.other && sameHeld(old.held, st.held) {
			if x.join(old, st, to) {
				old.clean = false
				return true
			}
			return false
		}
	}
	if x.rpo[to] <= x.rpo[from] {
		// A loop that takes a lock of another object in each round: the rounds
		// are one state, in which it is held for some object.
		for _, old := range x.states[to] {
			if old.init == st.init && old.other == st.other && x.widen(old, st) {
				x.join(old, st, to)
				old.clean = false
				return true
			}
		}
	}
	if len(x.states[to]) >= maxStates {
		x.stats.StatesCut++
		worst := 0
		for i, old := range x.states[to] {
			if len(old.held) > len(x.states[to][worst].held) {
				worst = i
			}
		}
		if len(x.states[to][worst].held) <= len(st.held) || x.replaced[to] >= maxStates {
			return false
		}
		x.replaced[to]++ // bounded, so that the execution ends
		x.states[to][worst] = x.retain(st)
		return true
	}
	x.states[to] = append(x.states[to], x.retain(st))
	return true
}

// retain returns a state that stays, with all that belonged to st alone.
func (x *exec) retain(st *state) *state {
	c := x.pool.newState()
	*c = *st
	c.clean = false
	st.owned, st.tail, x.retained = false, false, true
	return c
}

// otherFlags returns the bit of the local at addr if val is what it holds in st with
// other flags: a function that goes on with more or less than what its caller asked
// for. Joined with the paths that go on with that, it would say nothing of either.
// The same goes for a pointer to a variable of the function, in place of one that
// the caller gave, or did not: "flag ? flag : &own".
func (x *exec) otherFlags(addr, val *ir.Expr, st *state) uint64 {
	if val.Op == ir.Local && addr.Op == ir.Local && addr.Int < 64 {
		return 1 << addr.Int
	}
	if addr.Op != ir.Local || addr.Int >= 64 || x.flagTests&(1<<addr.Int) == 0 || val.Op != ir.Binary ||
		val.Name != "|" && val.Name != "&" || val.Y.Op != ir.Const || !exportable(val) || st.env.get(addr) != val.X {
		return 0
	}
	return 1 << addr.Int
}

// widen makes the held sets of old and st equal where they differ in which
// object's lock an acquisition took; false if they differ in more.
func (x *exec) widen(old, st *state) bool {
	if len(old.held) != len(st.held) {
		return false
	}
	for i, h := range old.held {
		o := st.held[i]
		if h == o || h.Val == o.Val && sameHeld(old.held[i:i+1], st.held[i:i+1]) {
			continue
		}
		if h.Entry || o.Entry || h.Pos != o.Pos || h.From != o.From || h.Mode != o.Mode || h.Try != o.Try || !slices.Equal(h.Classes, o.Classes) {
			return false
		}
	}
	for i := range old.held {
		h, o := old.held[i], st.held[i]
		if h.Val == o.Val {
			continue
		}
		// What differs is the object: variables that hold it go on naming it.
		a, b := difference(h.Val, o.Val)
		some := x.mk(ir.Old, "some object", "", int64(h.Pos.Line-x.fn.Pos.Line)<<16|int64(h.Pos.Col), nil, nil)
		if a == nil || b == nil {
			for _, s := range []*state{old, st} {
				c := *s.held[i]
				c.Val = some
				s.replaceHeld(i, &c)
			}
			continue
		}
		x.rename(old, a, some)
		x.rename(st, b, some)
	}
	return true
}

// difference finds the operands in which two access paths of one form differ.
func difference(a, b *ir.Expr) (*ir.Expr, *ir.Expr) {
	for a != nil && b != nil && a != b {
		if a.Op != b.Op || a.Name != b.Name || a.Owner != b.Owner || a.Int != b.Int || a.Y != b.Y || a.X == nil || a.X == b.X {
			return a, b
		}
		a, b = a.X, b.X
	}
	return nil, nil
}

// rename puts to for from in all that st knows.
func (x *exec) rename(st *state, from, to *ir.Expr) {
	if from == to {
		return
	}
	for i, h := range st.held {
		if h.Val == nil {
			continue
		}
		if v := x.replace(h.Val, from, to); v != h.Val {
			c := *h
			c.Val = v
			st.replaceHeld(i, &c)
		}
	}
	for i := range st.env {
		c := st.env[i]
		st.set(c.addr, x.replace(c.val, from, to))
	}
	st.ownFacts()
	for i := range st.facts {
		st.facts[i].Val = x.replace(st.facts[i].Val, from, to)
	}
	st.dropChoices(func(v *ir.Expr) bool { return v == from || mentions(v, func(e *ir.Expr) bool { return e == from }) })
}

// nextRound makes st the state at the head of the loop's next round: what
// was read from memory may have changed, and the values that the loop makes
// anew are others than those of this round.
func (x *exec) nextRound(head int, st *state) {
	st.ownFacts()
	for i, f := range st.facts {
		if f.Val.Has&(inner&^(1<<ir.Result)|1<<ir.Load|1<<ir.App) != 0 && !x.lasts(f.Val) && !st.keeps(f.Val) {
			st.facts[i].Old = true
		}
	}
	st.choices = nil // of this round
	// A counter has as many values as the loop has rounds: one stands for all
	// of them, or each round would be a path of its own.
	for _, k := range x.counters {
		if v := st.env.get(k); v != nil && v.Op != ir.Phi {
			st.set(k, x.mk(ir.Phi, "", "", int64(head), k, nil))
		}
	}
	x.stale(st, ir.Phi, func(e *ir.Expr) bool { return e.Op == ir.Phi && e.Int == int64(head) })
	for _, h := range st.held {
		st.reached(h.Val)
	}
}

// lasts reports whether v is the answer of a predicate about an object, which it
// is for as long as the object is that one.
func (x *exec) lasts(v *ir.Expr) bool {
	if v.Op != ir.App || v.X.Has&(1<<ir.Load) != 0 {
		return false
	}
	_, ok := x.rules.Predicate(v.Name)
	return ok
}

// eval computes the value of e in st.
func (x *exec) eval(e *ir.Expr, st *state) *ir.Expr {
	switch e.Op {
	case ir.Load:
		addr := x.eval(e.X, st)
		st.read(addr)
		if v := st.env.get(addr); v != nil {
			return v
		}
		return x.load(addr)
	case ir.Tmp:
		t := x.mk(ir.Tmp, "", "", e.Int, nil, nil)
		if v := st.env.get(t); v != nil {
			return v
		}
		return x.mk(ir.Unknown, "", "", -1-e.Int, nil, nil)
	case ir.Field, ir.Index, ir.Unary, ir.Binary, ir.App:
		a := x.eval(e.X, st)
		var b *ir.Expr
		if e.Y != nil {
			b = x.eval(e.Y, st)
		}
		v := x.fold(e.Op, e.Name, e.Owner, e.Int, a, b)
		if isBool(v) {
			switch st.decide(v) {
			case yes:
				return x.konst(1)
			case no:
				return x.konst(0)
			}
		}
		return v
	case ir.FuncAddr:
		var bound *ir.Expr
		if e.X != nil {
			bound = x.eval(e.X, st)
		}
		return x.mk(ir.FuncAddr, e.Name, "", 0, bound, nil)
	case ir.Unknown:
		return x.mk(ir.Unknown, "", "", int64(x.block)<<20|int64(x.opIndex)<<8|e.Int&0xff, nil, nil)
	}
	return x.mk(e.Op, e.Name, e.Owner, e.Int, nil, nil)
}

// step executes one operation and appends the resulting states to out.
func (x *exec) step(op *ir.Op, st *state, out []*state) []*state {
	switch op.Kind {
	case ir.Store:
		addr := x.eval(op.Addr, st)
		val := x.eval(op.Val, st)
		st.other |= x.otherFlags(addr, val, st)
		st.set(addr, val)
		if val.Op == ir.Result {
			x.unpack(addr, val, st)
		}
		if object(addr).Op != ir.Local {
			x.writes = true
		}
	case ir.Forget:
		st.set(x.eval(op.Addr, st), x.mk(ir.Unknown, "", "", int64(x.block)<<20|int64(x.opIndex)<<8|0xfe, nil, nil))
	case ir.Lock:
		return x.lockOp(op, st, out)
	case ir.Call:
		return x.call(op, st, out)
	}
	return append(out, st)
}

// result is the value that the operation being executed returns; older
// values of the same operation are aged first.
func (x *exec) result(op *ir.Op, st *state) *ir.Expr {
	name := op.Callee.Name
	if op.Kind == ir.Lock {
		name = op.Prim.Name
	}
	v := x.mk(ir.Result, name, "", x.site(), nil, nil)
	if x.onLoop[x.block] {
		x.stale(st, ir.Result, func(e *ir.Expr) bool { return e == v })
	}
	return v
}

// site numbers the operation being executed.
func (x *exec) site() int64 { return int64(x.block)<<20 | int64(x.opIndex) }

func (x *exec) setTmp(op *ir.Op, st *state, v *ir.Expr) {
	if op.Dst >= 0 {
		st.set(x.mk(ir.Tmp, "", "", int64(op.Dst), nil, nil), v)
	}
}

// guard is what st knows of the parameters alone: the condition, as a caller
// can check it, under which the path was taken.
func (x *exec) guard(st *state) []Fact {
	var first, own, rest []Fact // that locks go by, about the parameters themselves, about what they lead to
	for _, f := range st.facts {
		switch {
		case !exportable(f.Val) || f.Val.Has&(1<<ir.Param) == 0 || f.Implied:
		case x.decides(f.Val):
			first = append(first, f)
		case f.Val.Op == ir.Param:
			own = append(own, f)
		default:
			rest = append(rest, f)
		}
	}
	g := append(append(first, own...), rest...)
	return g[:min(len(g), maxGuard):min(len(g), maxGuard)]
}

const maxGuard = 8

// A returned is a state at a return.
type returned struct {
	st  *state
	blk *ir.Block
	val *ir.Expr
	ret Fact
}

// exit notes the state at a return.
func (x *exec) exit(blk *ir.Block, st *state) {
	if !x.recording {
		return
	}
	r := returned{st: st, blk: blk, ret: anything()}
	if blk.Ret != nil {
		r.val = x.eval(blk.Ret, st)
		r.ret = st.bound(r.val)
		r.ret.Val = nil
	}
	x.rec.exits = append(x.rec.exits, r)
}
