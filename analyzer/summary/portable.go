package summary

import (
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A Portable is what callers may know of some functions, and the pairs that
// they make, in a form that gob can write: expressions and strings are numbered,
// and a chain of next hops is a list of places. What only the checks of the
// function itself read is left out.
type Portable struct {
	Strings []string // number 0 is ""
	Exprs   []PortableExpr
	Places  []PortableFunc // functions on the way, by the number in a hop
	Funcs   []PortableSummary
}

// A PortableExpr is a node; X and Y are numbers from 1, 0 is none.
type PortableExpr struct {
	Op          ir.ExprOp
	Name, Owner int32
	Int         int64
	X, Y        int32
}

// A PortableFunc names a function.
type PortableFunc struct {
	ID, Name, File int32
	Bound          int32
	Flags          uint8
}

// A PortableHop is a place in a function, and how the call there was resolved.
type PortableHop struct{ Func, Line, Col, Via int32 }

// A PortableLock is a lock with how it is held or taken.
type PortableLock struct {
	Val      int32
	Classes  []int32
	Prim     int32
	Mode     rules.Mode
	Kind     EventKind
	Flags    uint8
	Qual     int32
	Indirect int32
	Puts     int32
	Hops     []PortableHop
	Dropped  []PortableLock
	Guard    []PortableFact
	Ptr      int32
	Args     []int32
	Under    []PortableLock
}

// A PortableFact is a Fact.
type PortableFact struct {
	Val    int32
	Lo, Hi int64
	Flags  uint8
}

// A PortableOutcome is an Outcome.
type PortableOutcome struct {
	Guard    []PortableFact
	Ret      PortableFact
	RetVal   int32
	Acquired []PortableLock
	Released []PortableLock
	Stores   [][2]int32
}

// A PortablePair is a Pair.
type PortablePair struct {
	Func         int32
	Outer, Inner PortableLock
	Classes      [2]int32
	Gates        []int32
	Flags        uint8
}

// A PortableSummary is a Summary.
type PortableSummary struct {
	Func       int32
	Outcomes   []PortableOutcome
	Events     []PortableLock
	Requires   []PortableLock
	Pairs      []PortablePair
	RetExpr    int32
	RetClasses []int32
	Drops      []int32
	Sets       uint64
	Doubts     []PortableDoubt
	Flags      uint8
}

// A PortableDoubt is why a lock that the function returns with, from a place in it,
// may not be held.
type PortableDoubt struct{ Line, Col, Why int32 }

// Flags of the types above; each uses some.
const (
	flagTry uint8 = 1 << iota
	flagEntry
	flagLoose
	flagNonZero
	flagSame
	flagFresh
	flagLoop
	flagNoReturn
)

const (
	flagPure uint8 = 1 << iota
	flagAsserts
	flagWraps
	flagErrResult
)

const flagAgain = flagLoop // of an event

// An exporter numbers what summaries consist of.
type exporter struct {
	out     Portable
	strings map[string]int32
	exprs   map[*ir.Expr]int32
	places  map[*ir.Func]int32
	doubts  map[string]map[ir.Pos]string // by the ID of the function
}

// Export makes summaries portable. For those that keep rejects, only the pairs
// are exported: those that rest on no doubt.
func Export(sums []*Summary, keep func(*Summary) bool) *Portable {
	x := &exporter{strings: map[string]int32{"": 0}, exprs: map[*ir.Expr]int32{}, places: map[*ir.Func]int32{}, doubts: map[string]map[ir.Pos]string{}}
	x.out.Strings = []string{""}
	for _, s := range sums {
		if len(s.Doubts) > 0 {
			x.doubts[s.Func.ID] = s.Doubts
		}
	}
	for _, s := range sums {
		var p PortableSummary
		for _, q := range s.Pairs {
			if !q.Infeasible && !q.Inner.Try && q.Inner.Kind == Acquire && x.doubt(q.Outer.From) == "" {
				p.Pairs = append(p.Pairs, x.pair(q))
			}
		}
		if keep(s) {
			x.contents(&p, s)
		} else if len(p.Pairs) == 0 {
			continue
		}
		p.Func = x.place(s.Func)
		x.out.Funcs = append(x.out.Funcs, p)
	}
	return &x.out
}

func (x *exporter) contents(p *PortableSummary, s *Summary) {
	for i := range s.Outcomes {
		p.Outcomes = append(p.Outcomes, x.outcome(&s.Outcomes[i]))
	}
	seen := map[ir.Pos]bool{}
	for i := range s.Outcomes {
		for _, h := range s.Outcomes[i].Acquired {
			if why := x.doubt(h); why != "" && !seen[h.Pos] {
				seen[h.Pos] = true
				p.Doubts = append(p.Doubts, PortableDoubt{h.Pos.Line, h.Pos.Col, x.string(why)})
			}
		}
	}
	for _, e := range told(s.Events) {
		p.Events = append(p.Events, x.event(e))
	}
	for _, r := range s.Requires {
		p.Requires = append(p.Requires, x.requirement(r))
	}
	p.RetExpr = x.expr(s.RetExpr)
	p.RetClasses, p.Drops = x.classes(s.RetClasses), x.classes(s.Drops)
	p.Sets = s.Sets
	if s.NoReturn {
		p.Flags |= flagNoReturn
	}
	if s.Pure {
		p.Flags |= flagPure
	}
	if s.Asserts {
		p.Flags |= flagAsserts
	}
}

// doubt says why h may not be held, whichever function on the way has the doubt.
func (x *exporter) doubt(h *Held) string {
	for ; h != nil; h = h.From {
		if why := x.doubts[h.Func.ID][h.Pos]; why != "" {
			return why
		}
	}
	return ""
}

// maxTold bounds the events of one class, mode and instance or lack of one that
// are exported.
const maxTold = 1

// told are the events that callers elsewhere are told of: of those that differ
// in conditions alone, the first, and of calls through pointers, those of a
// parameter. Conditions far down are left out.
func told(events []*Event) []*Event {
	type key struct {
		kind  EventKind
		class rules.Class
		mode  rules.Mode
		val   *ir.Expr
	}
	seen := map[key]int{}
	var out []*Event
	for _, e := range events {
		k := key{kind: e.Kind, mode: e.Mode, val: e.Val}
		switch {
		case e.Kind == Callback && e.Ptr.Op != ir.Param, e.Kind == Wait, e.Try:
			continue
		case e.Kind == Callback:
			k.val = e.Ptr
		case len(e.Classes) > 0:
			k.class = e.Classes[0]
			if e.Depth > 1 {
				k.val = nil
			}
		}
		if seen[k]++; seen[k] > maxTold {
			continue
		}
		c := *e
		if e.Depth > 1 {
			c.Guard = nil
			if len(c.Classes) > 0 {
				c.Val = nil
			}
		}
		out = append(out, &c)
	}
	return out
}

func (x *exporter) string(s string) int32 {
	n, ok := x.strings[s]
	if !ok {
		n = int32(len(x.out.Strings))
		x.strings[s] = n
		x.out.Strings = append(x.out.Strings, s)
	}
	return n
}

func (x *exporter) expr(e *ir.Expr) int32 {
	if e == nil {
		return 0
	}
	n, ok := x.exprs[e]
	if !ok {
		p := PortableExpr{Op: e.Op, Name: x.string(e.Name), Owner: x.string(e.Owner), Int: e.Int, X: x.expr(e.X), Y: x.expr(e.Y)}
		x.out.Exprs = append(x.out.Exprs, p)
		n = int32(len(x.out.Exprs))
		x.exprs[e] = n
	}
	return n
}

func (x *exporter) place(f *ir.Func) int32 {
	n, ok := x.places[f]
	if !ok {
		p := PortableFunc{ID: x.string(f.ID), Name: x.string(f.Name), File: x.string(f.File), Bound: int32(f.Bound)}
		if f.Wraps {
			p.Flags |= flagWraps
		}
		if f.ErrResult {
			p.Flags |= flagErrResult
		}
		n = int32(len(x.out.Places))
		x.places[f] = n
		x.out.Places = append(x.out.Places, p)
	}
	return n
}

func (x *exporter) hop(f *ir.Func, pos ir.Pos, via string) PortableHop {
	return PortableHop{x.place(f), pos.Line, pos.Col, x.string(via)}
}

func (x *exporter) classes(cs []rules.Class) (out []int32) {
	for _, c := range cs {
		out = append(out, x.string(c.String()))
	}
	return out
}

func (x *exporter) ref(r LockRef) PortableLock {
	p := PortableLock{Val: x.expr(r.Val), Classes: x.classes(r.Classes)}
	if r.Loose {
		p.Flags |= flagLoose
	}
	if r.Shared {
		p.Mode = rules.Shared
	}
	if r.By != nil {
		p.Prim = x.string(r.By.Name)
	}
	return p
}

func (x *exporter) facts(fs []Fact) (out []PortableFact) {
	for _, f := range fs {
		out = append(out, x.fact(f))
	}
	return out
}

func (x *exporter) fact(f Fact) PortableFact {
	p := PortableFact{Val: x.expr(f.Val), Lo: f.Lo, Hi: f.Hi}
	if f.NonZero {
		p.Flags = flagNonZero
	}
	return p
}

func prim(x *exporter, p *rules.Primitive) int32 {
	if p == nil {
		return 0
	}
	return x.string(p.Name)
}

func (x *exporter) held(h *Held) PortableLock {
	p := x.ref(h.LockRef)
	p.Prim, p.Mode, p.Qual = prim(x, h.Prim), h.Mode, x.string(h.Qual)
	if h.Try {
		p.Flags |= flagTry
	}
	if h.Entry {
		p.Flags |= flagEntry
	}
	for ; h != nil; h = h.From {
		p.Hops = append(p.Hops, x.hop(h.Func, h.Pos, ""))
	}
	return p
}

func (x *exporter) event(e *Event) PortableLock {
	p := x.ref(e.LockRef)
	p.Prim, p.Mode, p.Qual, p.Kind = prim(x, e.Prim), e.Mode, x.string(e.Qual), e.Kind
	p.Indirect, p.Puts = int32(e.Indirect), int32(e.Puts)
	if e.Try {
		p.Flags |= flagTry
	}
	if e.Again {
		p.Flags |= flagAgain
	}
	for _, d := range e.Dropped {
		p.Dropped = append(p.Dropped, x.ref(d))
	}
	p.Guard = x.facts(e.Guard)
	p.Ptr = x.expr(e.Ptr)
	for _, a := range e.Args {
		if !exportable(a) {
			a = nil
		}
		p.Args = append(p.Args, x.expr(a))
	}
	for _, u := range e.Under {
		q := x.held(u)
		if u.Val != nil && !exportable(u.Val) {
			q.Val = 0
		}
		p.Under = append(p.Under, q)
	}
	for ; e != nil; e = e.Next {
		p.Hops = append(p.Hops, x.hop(e.Func, e.Pos, e.Via))
	}
	return p
}

func (x *exporter) requirement(r *Requirement) PortableLock {
	p := x.ref(r.LockRef)
	p.Prim, p.Mode, p.Guard = prim(x, r.Prim), r.Mode, x.facts(r.Guard)
	if r.Maybe {
		p.Flags |= flagTry
	}
	for ; r != nil; r = r.Next {
		p.Hops = append(p.Hops, x.hop(r.Func, r.Pos, ""))
	}
	return p
}

func (x *exporter) outcome(o *Outcome) PortableOutcome {
	p := PortableOutcome{Guard: x.facts(o.Guard), Ret: x.fact(o.Ret), RetVal: x.expr(o.RetVal)}
	for _, h := range o.Acquired {
		p.Acquired = append(p.Acquired, x.held(h))
	}
	for _, r := range o.Released {
		p.Released = append(p.Released, x.ref(r))
	}
	for _, s := range o.Stores {
		p.Stores = append(p.Stores, [2]int32{x.expr(s.Addr), x.expr(s.Val)})
	}
	return p
}

// pair leaves out what identifies the instances: no caller asks for it.
func (x *exporter) pair(q *Pair) PortablePair {
	outer, inner := *q.Outer, *q.Inner
	outer.Val, inner.Val, inner.Dropped, inner.Guard, inner.Args, inner.Under = nil, nil, nil, nil, nil, nil
	p := PortablePair{
		Func: x.place(q.Func), Outer: x.held(&outer), Inner: x.event(&inner),
		Classes: [2]int32{x.string(q.OuterClass.String()), x.string(q.InnerClass.String())}, Gates: x.classes(q.Gates),
	}
	if q.SameInstance {
		p.Flags |= flagSame
	}
	if q.Fresh {
		p.Flags |= flagFresh
	}
	if q.Loop {
		p.Flags |= flagLoop
	}
	return p
}
