package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A state is what is known at a point of a path: the held set, the contents
// of cells and facts about values. Held sets tell states apart; everything
// else is merged where paths with equal held sets meet.
//
// Slices and maps are shared between states and copied before a write.
type state struct {
	init   int    // index of the entry state that the path began in
	clean  bool   // executed since it last changed
	inLoop bool   // being executed in a loop: see Fact.Old
	owned  bool   // env belongs to this state alone
	tail   bool   // facts belong to this state alone
	other  uint64 // locals whose flags were changed: see otherFlags
	held   []*Held
	env    cells
	facts  []Fact
	// choices are facts of which one or another holds.
	choices []choice
	maybe   []rules.Class // of locks that a callee may have returned with: see doubtGot
	gone    []rules.Class // of locks that the function holds and that a callee may have released: see doubtDropped
	pool    *pool
}

func (st *state) fork() *state {
	st.owned, st.tail = false, false
	out := st.pool.newState()
	*out = *st
	out.clean = false
	return out
}

func (st *state) push(h *Held) {
	st.held = append(st.held[:len(st.held):len(st.held)], h)
}

func (st *state) remove(i int) {
	st.held = slices.Delete(slices.Clone(st.held), i, i+1)
}

func (st *state) replaceHeld(i int, h *Held) {
	st.held = slices.Clone(st.held)
	st.held[i] = h
}

// find returns the index in the held set of the lock that ref names, -1 if
// it is not there: the same value if there is one, else the lock taken last
// of those that share a class with it and could be it.
func (st *state) find(ref LockRef) int {
	if ref.Val != nil {
		for i := len(st.held) - 1; i >= 0; i-- {
			if st.held[i].Val == ref.Val {
				return i
			}
		}
	}
	for i := len(st.held) - 1; i >= 0; i-- {
		h := st.held[i]
		if sharesClass(h.Classes, ref.Classes) && !distinct(h.Val, ref.Val) {
			return i
		}
	}
	return -1
}

// findExact is find by value alone.
func (st *state) findExact(val *ir.Expr) int {
	if val == nil {
		return -1
	}
	for i := len(st.held) - 1; i >= 0; i-- {
		if st.held[i].Val == val {
			return i
		}
	}
	return -1
}

func sharesClass(a, b []rules.Class) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y || x.Name() == y.Name() {
				return true
			}
		}
	}
	return false
}

// distinct reports whether a and b are different locks: both are globals by
// name, or members of different parameters' objects, and so on.
// Two unknown values may be the same lock.
func distinct(a, b *ir.Expr) bool {
	if a == nil || b == nil || a == b {
		return false
	}
	ra, rb := a.Root(), b.Root()
	if ra == nil || rb == nil {
		return false
	}
	if elements(a, b) {
		return true
	}
	if ra.Op == ir.Param && rb.Op == ir.Param {
		// Through memory, two objects may lead to one lock.
		return ra.Int != rb.Int && (alike(a, b) || (a.Has|b.Has)&(1<<ir.Load) == 0)
	}
	return ra.Op == ir.Global && rb.Op == ir.Global && ra.Name != rb.Name
}

// Distinct is distinct for checks, which compare locks that two functions name.
func Distinct(a, b *ir.Expr) bool { return a != nil && b != nil && elements(a, b) }

// elements reports whether a and b are two elements of an array that is a member, or
// a variable: whatever object it is in, they are not the same.
func elements(a, b *ir.Expr) bool {
	x, i, ok := element(a)
	y, j, also := element(b)
	return ok && also && i != j && x.Op == y.Op && x.Name == y.Name && x.Owner == y.Owner
}

// element splits the address of an element whose number is known.
func element(v *ir.Expr) (array *ir.Expr, n int64, ok bool) {
	if v.Op != ir.Index && (v.Op != ir.Binary || !isStep(v.Name)) || v.Y.Op != ir.Const {
		return nil, 0, false
	}
	return v.X, signed(v.Name, v.Y.Int), v.X.Op == ir.Field || v.X.Op == ir.Global
}

// sameHeld reports whether two held sets are equal as far as states are
// told apart.
func sameHeld(a, b []*Held) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x.Val != y.Val || x.Mode != y.Mode || x.Entry != y.Entry || x.Try != y.Try ||
			!slices.Equal(x.Classes, y.Classes) {
			return false
		}
		if x.Val == nil && x.Pos != y.Pos {
			return false
		}
	}
	return true
}

// A meeting is where a cell holds one value on a path and another one on the other.
type meeting struct{ phi, from *ir.Expr }

// join merges from into st, which stands at the entry of block; it reports
// whether st changed.
func (x *exec) join(st, from *state, block int) bool {
	changed := false
	from.inLoop, st.inLoop = false, false // all facts count
	met := x.met[:0]
	var lost merger
	a, b := st.env, from.env
	st.owned = false // a stays as it is
	for len(a) > 0 || len(b) > 0 {
		var k, v, w *ir.Expr
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].addr.Seq < b[0].addr.Seq:
			k, v = a[0].addr, a[0].val
			a = a[1:]
		case len(a) == 0 || b[0].addr.Seq < a[0].addr.Seq:
			k, w = b[0].addr, b[0].val
			b = b[1:]
		default:
			k, v, w = a[0].addr, a[0].val, b[0].val
			a, b = a[1:], b[1:]
		}
		if v == w {
			continue
		}
		switch {
		case v != nil && w != nil:
		case isSubclassCell(k) && v == nil && noObject(k.X, st):
			v = w
			st.set(k, w)
			changed = true
		case isSubclassCell(k) && w == nil && noObject(k.X, from):
			w = v
		case v == nil:
			v = x.load(k)
		default:
			w = x.load(k)
		}
		if v == w {
			continue
		}
		p := x.phi(block, k, v, w)
		met = append(met, meeting{p, w})
		if p != v {
			a, b := st.bound(v), from.bound(w)
			j := a.join(b)
			lost.fact(p, a, b, j)
			lost.phis = append(lost.phis, phi{p, v})
			j.Val = p
			st.set(k, p)
			if !j.trivial() && !(isBool(v) && j.Lo <= 0 && j.Hi >= 1) {
				st.learn(p, j)
			}
			changed = true
		} else if b := from.bound(w); !b.trivial() && st.factOn(p) == nil {
			b.Val, b.Implied, b.Old = p, false, false // a further path, that knows more of the value
			lost.lostFrom = addFact(lost.lostFrom, b)
		}
	}
	x.met = met
	kept, same := st.pool.newFacts(len(st.facts)), true
	for i := range st.facts {
		f := &st.facts[i]
		v := f.Val
		for _, m := range met { // what the phi stands for on the other path
			if m.phi == v {
				v = m.from
			}
		}
		b := from.bound(v)
		j := f.join(b)
		if x.telling(v, from) {
			lost.fact(f.Val, *f, b, j)
		}
		if j.trivial() || isBool(f.Val) && j.Lo <= 0 && j.Hi >= 1 {
			changed, same = true, false
			continue
		}
		if j != *f {
			changed, same = true, false
			// A bound that keeps moving (a counter) is given up.
			if j.Lo < f.Lo && j.Lo > -1<<40 && j.Lo != 0 {
				j.Lo = anything().Lo
			}
			if j.Hi > f.Hi && j.Hi < 1<<40 && j.Hi != 0 && j.Hi != -1 {
				j.Hi = anything().Hi
			}
			if j.trivial() {
				continue
			}
		}
		kept = append(kept, j)
	}
	for i := range from.facts { // what st did not know is lost as well
		if f := &from.facts[i]; x.telling(f.Val, from) && st.factOn(f.Val) == nil {
			if j := st.bound(f.Val).join(*f); !j.within(*f) {
				lost.fact(f.Val, st.bound(f.Val), *f, j)
			}
		}
	}
	if same {
		st.pool.freeFacts(kept)
	} else {
		st.facts, st.tail = kept, true
	}
	if x.joinChoices(st, from, block, &lost) {
		changed = true
	}
	for _, c := range from.maybe {
		if st.mayHold(c) {
			changed = true
		}
	}
	for _, c := range from.gone {
		if st.mayLack(c) {
			changed = true
		}
	}
	return changed
}

// telling reports whether facts about v are worth keeping together with
// others: those that callers can check, answers to questions, and results that a
// variable still holds in st.
func (x *exec) telling(v *ir.Expr, st *state) bool {
	return exportable(v) || v.Op == ir.Phi || v.Op == ir.App ||
		v.Op == ir.Result && slices.ContainsFunc(st.env, func(c cell) bool { return c.val == v && c.addr.Op == ir.Local })
}

// phi is the value of cell k where v and w meet at the entry of block.
func (x *exec) phi(block int, k, v, w *ir.Expr) *ir.Expr {
	p := x.mk(ir.Phi, "", "", int64(block), k, nil)
	x.addAlts(p, v)
	x.addAlts(p, w)
	return p
}

func (x *exec) addAlts(p, v *ir.Expr) {
	if v == p {
		return
	}
	if x.alts == nil {
		x.alts = map[*ir.Expr][]*ir.Expr{}
	}
	had := x.alts[p]
	if len(had) == maxAlts {
		return
	}
	vs, alts := x.alts[v], had
	if vs == nil {
		vs = []*ir.Expr{v}
	}
	for _, v := range vs {
		if len(alts) < maxAlts && v != p && !slices.Contains(alts, v) {
			alts = append(alts, v)
		}
	}
	if len(alts) > len(had) {
		x.alts[p] = alts
	}
}

// settle puts the one value that a Phi of the condition c can still be in its place:
// what is known of the value holds again.
func (x *exec) settle(st *state, c *ir.Expr) {
	if c.Has&(1<<ir.Phi) == 0 {
		return
	}
	var phis []*ir.Expr
	mentions(c, func(e *ir.Expr) bool {
		if e.Op == ir.Phi && !slices.Contains(phis, e) {
			phis = append(phis, e)
		}
		return false
	})
	for _, p := range phis {
		if vs := x.alts[p]; len(vs) < 2 || len(vs) == maxAlts { // of too many, some are not listed
			continue
		}
		b := st.bound(p)
		var one *ir.Expr
		n := 0
		for _, v := range x.alts[p] {
			if !st.bound(v).Excludes(b) {
				one = v
				n++
			}
		}
		if n == 1 && one.Op == ir.Result {
			x.rename(st, p, one)
			st.learn(one, b)
		}
	}
}

// stale rewrites what st knows of a value that is about to be made anew in
// the next round of a loop: held locks keep their old identity, facts go.
func (x *exec) stale(st *state, op ir.ExprOp, pred func(*ir.Expr) bool) {
	bit := uint32(1) << op
	fresh := func(e *ir.Expr) bool { return e.Has&bit != 0 && pred(e) }
	has := func(e *ir.Expr) bool { return e.Has&bit != 0 && mentions(e, fresh) }
	for i, h := range st.held {
		if h.Val == nil || !has(h.Val) {
			continue
		}
		c := *h
		c.Val = x.age(h.Val, fresh)
		st.replaceHeld(i, &c)
	}
	gone := func(f Fact) bool { return has(f.Val) }
	if slices.ContainsFunc(st.facts, gone) {
		st.facts, st.tail = slices.DeleteFunc(slices.Clone(st.facts), gone), true
	}
	st.dropChoices(has)
	st.keep(func(c *cell) bool { return !has(c.addr) })
	for i := range st.env {
		if c := st.env[i]; c.val != nil && has(c.val) {
			st.set(c.addr, x.age(c.val, fresh))
		}
	}
}

// age wraps the fresh parts of e in Old.
func (x *exec) age(e *ir.Expr, fresh func(*ir.Expr) bool) *ir.Expr {
	if e == nil || e.Op == ir.Old {
		return e
	}
	if fresh(e) {
		o := x.mk(ir.Old, "", "", 0, e, nil)
		for _, v := range x.alts[e] {
			x.addAlts(o, v)
		}
		return o
	}
	if e.X == nil && e.Y == nil {
		return e
	}
	return x.fold(e.Op, e.Name, e.Owner, e.Int, x.age(e.X, fresh), x.age(e.Y, fresh))
}
