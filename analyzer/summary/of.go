package summary

import (
	"cmp"
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// Of summarises fn, given the summaries of its callees.
func Of(fn *ir.Func, env *Env) *Summary {
	x := &exec{
		arena: newArena(), pool: newPool(), shape: newShape(fn), env: env, rules: env.Rules, fn: fn,
		quals: env.Rules.PlaceQual(fn.File, fn.Name), refuted: map[*ir.Expr]refutation{},
		resultClasses: map[*ir.Expr][]rules.Class{},
	}
	x.blind = env.blind(fn)
	x.live = newLiveness(fn, x.rpo)
	x.findCounters()
	x.contracts()
	for range maxRounds {
		needs, refuted := len(x.needs), len(x.refuted)
		x.inherited = nil
		x.run()
		if len(x.needs) == needs && len(x.refuted) == refuted {
			break
		}
	}
	s := x.finish()
	x.arena.done()
	x.pool.done()
	return s
}

// contracts makes needs of what fn's declaration requires.
func (x *exec) contracts() {
	st := &state{pool: x.pool}
	for i := range x.fn.Contracts {
		op := &x.fn.Contracts[i]
		ref := x.lockRef(op, st)
		if exportable(ref.Val) {
			x.need(need{LockRef: ref, mode: op.Prim.Mode, prim: op.Prim, pos: op.Pos, required: true})
		}
	}
}

// findCounters finds the locals that are stepped, and those that are
// assigned in loops.
func (x *exec) findCounters() {
	x.loopStored = map[int64]bool{}
	x.asked = map[int64]bool{}
	for _, b := range x.fn.Blocks {
		x.uses(b.Cond)
		if c := b.Cond; c != nil && c.Op == ir.Binary && c.Name == "&" && c.X.Op == ir.Load && c.X.X.Op == ir.Local && c.X.X.Int < 64 {
			x.flagTests |= 1 << c.X.X.Int
		}
		x.uses(b.Ret)
		for i := range b.Ops {
			op := &b.Ops[i]
			x.puts = x.puts || op.Prim != nil && op.Prim.Effect == rules.Put
			if p, ok := x.rules.Predicate(op.Callee.Name); ok && p.Table.Name != "" {
				x.tabled = true
			}
			x.uses(op.Val)
			x.uses(op.Lock)
			x.uses(op.Callee.Ptr)
			for _, a := range op.Args {
				x.uses(a)
			}
			if x.onLoop[b.Index] && op.Addr != nil && op.Addr.Op == ir.Local {
				x.loopStored[op.Addr.Int] = true
			}
			for _, a := range op.Args {
				if a.Op == ir.Local { // its address is given away
					x.loopStored[a.Int] = true
				}
			}
			if op.Kind != ir.Store || op.Addr.Op != ir.Local || op.Val.Op != ir.Binary || op.Val.Name != "+" && op.Val.Name != "-" {
				continue
			}
			if v := op.Val.X; v.Op == ir.Load && v.X.Op == ir.Local && v.X.Int == op.Addr.Int {
				if k := x.intern(op.Addr); !slices.Contains(x.counters, k) {
					x.counters = append(x.counters, k)
				}
			}
		}
	}
}

// uses notes the results of calls that e reads.
func (x *exec) uses(e *ir.Expr) {
	for ; e != nil; e = e.X {
		if e.Op == ir.Tmp {
			x.asked[e.Int] = true
		}
		x.uses(e.Y)
	}
}

// finish makes the summary in one pass over the settled states.
func (x *exec) finish() *Summary {
	s := &Summary{Func: x.fn}
	x.rec = x.pool.rec
	x.rec.sum = s
	x.recording = true
	x.flowDrops()
	inherited := x.inherited
	for b := range x.fn.Blocks {
		for _, st := range x.states[b] {
			x.visit(b, st, func(int, *state) {})
		}
	}
	x.inherited = inherited
	x.requirements(s)
	for i, r := range s.Requires {
		r.num = int32(i)
	}
	x.returns(s)
	x.collect(s)
	return s
}

// requirements lists what fn needs its caller to hold.
func (x *exec) requirements(s *Summary) {
	for _, list := range [][]need{x.needs, x.inherited} {
		for _, n := range list {
			if !n.required || n.Val != nil && x.refuted[n.Val] != unrefuted {
				continue
			}
			if n.next != nil && slices.Contains(s.Met, n.next) {
				continue // fn sees to it itself, if not on every path
			}
			r := &Requirement{LockRef: n.LockRef, Mode: n.mode, Prim: n.prim, Func: x.fn, Pos: n.pos, Guard: n.guard, Next: n.next, Maybe: n.maybe}
			if n.next != nil {
				r.Depth = n.next.Depth + 1
			}
			s.Requires = append(s.Requires, r)
		}
	}
}

// A way is an exit state in the terms of the callers.
type way struct {
	acquired []*Held
	released []LockRef
	stores   []StoreEffect
	returned
}

// returns groups the exit states by what they leave behind.
func (x *exec) returns(s *Summary) {
	var ways []way
	var groups [][]way
	takes := false
	for _, r := range x.rec.exits {
		w := x.way(r)
		if x.blind {
			w.acquired = slices.DeleteFunc(w.acquired, func(h *Held) bool { return h.From != nil })
		}
		takes = takes || len(w.acquired) > 0
		ways = append(ways, w)
	}
	flags := x.flags(ways)
	for _, w := range ways {
		x.tellFlags(&w, flags)
		if takes { // the result may say which lock
			w.stores = append(w.stores, x.members(w.returned, maxStores-len(w.stores))...)
		}
		i := slices.IndexFunc(groups, func(g []way) bool { return sameWay(&g[0], &w) })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], w)
	}
	if len(groups) > 1 {
		groups = apartErrors(groups)
	}
	groups = x.apartFlags(groups, flags)
	slices.SortStableFunc(groups, func(a, b []way) int {
		return cmp.Compare(len(a[0].acquired)+len(a[0].released), len(b[0].acquired)+len(b[0].released))
	})
	if len(groups) > maxOutcomes {
		x.stats.StatesCut += len(groups) - maxOutcomes
		groups = groups[:maxOutcomes]
	}
	for _, g := range groups {
		s.Outcomes = append(s.Outcomes, x.outcome(g, len(groups) > 1))
	}
	if len(groups) > 1 {
		for _, g := range groups {
			for _, w := range g {
				s.Exits = append(s.Exits, x.exitOf(&w))
			}
		}
	}
	x.returnValue(s)
	s.NoReturn = x.noReturn()
	s.Sets = x.sets()
	x.dropsTold(s)
}

// apartErrors divides each group into the ways that return a negative value, an error
// as a rule, and the others: they are taken for other reasons, and callers tell them
// apart.
func apartErrors(groups [][]way) [][]way {
	var out [][]way
	for i, g := range groups {
		var failed, rest []way
		for _, w := range g {
			if w.val != nil && w.ret.Hi < 0 {
				failed = append(failed, w)
			} else {
				rest = append(rest, w)
			}
		}
		if len(failed) == 0 || len(rest) == 0 || len(out)+len(groups)-i >= maxOutcomes {
			out = append(out, g)
			continue
		}
		out = append(out, rest, failed)
	}
	return out
}

const maxOutcomes = 12

// way expresses an exit state for callers: each lock by the parameters, the
// return value, or a cell that the caller gave.
func (x *exec) way(r returned) way {
	w := way{returned: r}
	initial := x.initial[r.st.init]
	held := func(val *ir.Expr, cs []rules.Class, mode rules.Mode) bool {
		for _, h := range r.st.held {
			if h.lowered() {
				continue // another lock than before
			}
			if val != nil && h.Val == val && (h.Entry || h.Mode == mode || mode == rules.Exclusive) || val == nil && sharesClass(h.Classes, cs) {
				return true
			}
		}
		return false
	}
	for _, h := range initial {
		mode := h.Mode
		if !h.letGo() { // it is asked for in some mode
			mode = rules.Exclusive
		}
		if !held(h.Val, h.Classes, mode) {
			ref := h.LockRef
			ref.Loose = x.loose[h.Val]
			ref.Shared = h.letGo() && h.Mode != rules.Exclusive
			if x.fn.Wraps {
				ref.By = h.Prim
			}
			w.released = append(w.released, ref)
		}
	}
	var anchors []StoreEffect // cells of the caller, by what they hold now
	for _, c := range r.st.env {
		k, v := c.addr, c.val
		if v == nil || k.Op == ir.Tmp || !exportable(k) || k.Root() == nil || k.Root().Op != ir.Param || v.Op == ir.Const {
			continue
		}
		anchors = append(anchors, StoreEffect{k, v})
	}
	kept := map[*ir.Expr]bool{}
	for _, h := range r.st.held {
		if !h.lowered() && (h.Entry || slices.ContainsFunc(initial, func(e *Held) bool {
			return e.Val != nil && e.Val == h.Val && (e.Mode == h.Mode || !e.letGo())
		})) {
			continue
		}
		if hops(h) >= maxHeldHops {
			x.stats.EventsCut++
			continue
		}
		c := *h
		c.Entry = false
		if !exportable(c.Val) && c.Val != nil {
			if r.val != nil && r.val.Op != ir.Const && !exportable(r.val) {
				c.Val = x.replace(c.Val, r.val, x.mk(ir.Ret, "", "", 0, nil, nil))
			}
			for _, a := range anchors {
				if exportable(c.Val) {
					break
				}
				if !exportable(a.Val) && mentions(c.Val, func(e *ir.Expr) bool { return e == a.Val }) {
					c.Val = x.replace(c.Val, a.Val, x.load(a.Addr))
					kept[a.Addr] = true
				}
			}
			if !exportable(c.Val) {
				c.Val = nil
			}
		}
		w.acquired = append(w.acquired, &c)
	}
	x.retaken(&w, r.st)
	for _, a := range anchors {
		switch {
		case len(w.stores) == maxStores:
		case exportable(a.Val):
			w.stores = append(w.stores, a)
		case kept[a.Addr]:
			w.stores = append(w.stores, StoreEffect{a.Addr, nil})
		}
	}
	return w
}

// members lists what the members of a record hold that is returned by value, as far
// as callers can express it, at most n.
func (x *exec) members(r returned, n int) (out []StoreEffect) {
	if r.val == nil || r.val.Op != ir.Load || r.val.X.Op != ir.Local {
		return nil
	}
	for _, c := range r.st.env {
		if len(out) < n && c.val != nil && exportable(c.val) && c.addr.Op == ir.Field && object(c.addr) == r.val.X {
			out = append(out, StoreEffect{x.replace(c.addr, r.val.X, x.recordOf(x.mk(ir.Ret, "", "", 0, nil, nil))), c.val})
		}
	}
	return out
}

// recordOf is the address of the record that the value v, a result, is.
func (x *exec) recordOf(v *ir.Expr) *ir.Expr { return x.mk(ir.App, ir.Record, "", 0, v, nil) }

// unpack gives the record at addr the members of the result that is stored there.
func (x *exec) unpack(addr, result *ir.Expr, st *state) {
	from := x.recordOf(result)
	var found []cell
	st.keep(func(c *cell) bool {
		if object(c.addr) != from {
			return true
		}
		found = append(found, *c)
		return false
	})
	for _, c := range found {
		st.set(x.replace(c.addr, from, addr), c.val)
	}
}

// letGo reports whether h is taken to be held on entry since fn, or what it calls,
// releases it: the mode is that of the release.
func (h *Held) letGo() bool { return h.Prim == nil || h.Prim.Effect == rules.Release }

// lowered reports whether h is a lock of the caller that the writer has become a
// reader of.
func (h *Held) lowered() bool {
	return h.Entry && h.Mode != rules.Exclusive && h.Prim != nil && h.Prim.Effect == rules.Downgrade
}

const maxStores = 8

// maxHeldHops is through how many returns a lock is handed up. Wrappers of
// wrappers hand a lock up; a longer way is an unlock that was not understood.
const maxHeldHops = 5

func hops(h *Held) (n int) {
	for ; h.From != nil; h = h.From {
		n++
	}
	return n
}

func sameWay(a, b *way) bool {
	if len(a.acquired) != len(b.acquired) || len(a.released) != len(b.released) {
		return false
	}
	for i := range a.acquired {
		p, q := a.acquired[i], b.acquired[i]
		if p.Val != q.Val || p.Mode != q.Mode || !slices.Equal(p.Classes, q.Classes) {
			return false
		}
	}
	for i := range a.released {
		if a.released[i].Val != b.released[i].Val {
			return false
		}
	}
	return true
}

// outcome merges the exits of one group.
func (x *exec) outcome(g []way, several bool) Outcome {
	o := Outcome{Ret: g[0].ret, Acquired: g[0].acquired, Released: g[0].released, Stores: g[0].stores}
	o.Ret.Val = nil
	if exportable(g[0].val) {
		o.RetVal = g[0].val
	}
	for _, w := range g[1:] {
		o.Ret = o.Ret.join(w.ret)
		if w.val != o.RetVal {
			o.RetVal = nil
		}
		o.Stores = slices.DeleteFunc(slices.Clone(o.Stores), func(s StoreEffect) bool {
			return !slices.ContainsFunc(w.stores, func(t StoreEffect) bool { return s.Addr == t.Addr })
		})
		for i, s := range o.Stores {
			j := slices.IndexFunc(w.stores, func(t StoreEffect) bool { return s.Addr == t.Addr })
			if w.stores[j].Val != s.Val {
				o.Stores[i].Val = nil
			}
		}
	}
	o.Stores = append(o.Stores[:len(o.Stores):len(o.Stores)], x.subclasses(g)...)
	if !several {
		return o
	}
	for _, f := range x.guard(g[0].st) {
		for _, w := range g[1:] {
			b := w.st.bound(f.Val)
			v := f.Val
			f = f.join(b)
			f.Val = v
		}
		if !f.trivial() {
			o.Guard = append(o.Guard, f)
		}
	}
	o.choices = x.conditions(g, o.Guard)
	return o
}

// returnValue says what the returned value is, where it is one expression,
// and which locks a returned pointer may name.
func (x *exec) returnValue(s *Summary) {
	var val *ir.Expr
	same := true
	for i, r := range x.rec.exits {
		if r.val == nil {
			return
		}
		if i > 0 && r.val != val {
			same = false
		}
		val = r.val
		switch r.val.Op {
		case ir.Field, ir.Global, ir.Index, ir.Load, ir.Phi, ir.Result, ir.App, ir.Binary:
			for _, c := range x.classes(r.val) {
				if len(s.RetClasses) < maxAlts && !slices.Contains(s.RetClasses, c) {
					s.RetClasses = append(s.RetClasses, c)
				}
			}
		}
	}
	if same && val != nil && exportable(val) {
		s.RetExpr = val
	}
	if c, ok := x.rules.ResultClass(x.fn.Name); ok {
		s.RetClasses = []rules.Class{rules.MakeClass(x.rules.Canonical(c), "", 0)}
		s.RetExpr = nil
	}
}

// collect puts what was recorded into the summary, in the order in which it
// was found: the execution is deterministic.
func (x *exec) collect(s *Summary) {
	r := x.rec
	x.nameReturned()
	s.Events = append(s.Events, r.eventList...)
	s.Pairs = append(s.Pairs, r.pairList...)
	s.Lacks = append(s.Lacks, r.lackList...)
	slices.SortStableFunc(s.Lacks, func(a, b *Lack) int { return comparePos(a.Pos, b.Pos) })
	for _, st := range r.opStatus {
		x.stats.LockOps++
		switch st {
		case resolved:
			x.stats.Resolved++
		case byCaller:
			x.stats.ByCaller++
		default:
			x.stats.Unresolved++
		}
	}
	s.Stats = x.stats
	still := len(s.Events) == 0 && !x.writes
	for i := range s.Outcomes {
		if !s.Outcomes[i].trivial() {
			still = false
		}
	}
	s.Pure = still && len(s.Requires) == 0
	s.Asserts = still && len(s.Requires) > 0
}

func comparePos(a, b ir.Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
}
