package summary

import (
	"errors"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// An importer makes summaries of a Portable.
type importer struct {
	in    *Portable
	rules *rules.Set
	exprs []*ir.Expr    // those that were asked for
	funcs []*ir.Func    // the same
	cs    []rules.Class // by the number of the string; made where ok
	ok    []bool
}

// places are the places in p, of which there has to be one.
func places(p *PortableLock) []PortableHop {
	if len(p.Hops) == 0 {
		panic("no place")
	}
	return p.Hops
}

// Import returns the summaries in p that want asks for by the ID of the function
// and by how much a summary tells, and empty ones for the functions that are only
// on the way of these. None of them has a body.
func (p *Portable) Import(rs *rules.Set, want func(id string, size int) bool) (sums []*Summary, err error) {
	defer func() {
		if r := recover(); r != nil { // a number out of range
			sums, err = nil, errors.New("damaged summaries")
		}
	}()
	m := &importer{
		in: p, rules: rs, exprs: make([]*ir.Expr, len(p.Exprs)+1), funcs: make([]*ir.Func, len(p.Places)),
		cs: make([]rules.Class, len(p.Strings)), ok: make([]bool, len(p.Strings)),
	}
	told := make([]bool, len(p.Places))
	for i := range p.Funcs {
		f := &p.Funcs[i]
		told[f.Func] = true
		if want(m.string(p.Places[f.Func].ID), f.size()) {
			sums = append(sums, m.summary(f))
		}
	}
	for i, f := range m.funcs {
		if f != nil && !told[i] && want(f.ID, 0) { // only on the way: nothing is known of it
			sums = append(sums, &Summary{Func: f})
		}
	}
	return sums, nil
}

// size is a measure of how much a summary tells.
func (p *PortableSummary) size() int { return len(p.Outcomes) + len(p.Events) + len(p.Pairs) }

// expr makes expression n. Operands have lower numbers.
func (m *importer) expr(n int32) *ir.Expr {
	if n == 0 || m.exprs[n] != nil {
		return m.exprs[n]
	}
	p := &m.in.Exprs[n-1]
	if p.X >= n || p.Y >= n {
		panic("an operand that comes later")
	}
	e := &ir.Expr{Op: p.Op, Name: m.string(p.Name), Owner: m.string(p.Owner), Int: p.Int, X: m.expr(p.X), Y: m.expr(p.Y)}
	switch e.Op {
	case ir.Index, ir.Binary:
		if e.Y == nil {
			panic("an operand is missing")
		}
		fallthrough
	case ir.Field, ir.Load, ir.Unary, ir.App, ir.Old:
		if e.X == nil {
			panic("an operand is missing")
		}
	default:
		if e.Op > ir.Ret {
			panic("no such operation")
		}
	}
	e.Size, e.Has = 1, 1<<e.Op
	for _, z := range [2]*ir.Expr{e.X, e.Y} {
		if z != nil {
			e.Size += z.Size
			e.Has |= z.Has
		}
	}
	m.exprs[n] = e
	return e
}

// place makes function n.
func (m *importer) place(n int32) *ir.Func {
	if m.funcs[n] == nil {
		f := &m.in.Places[n]
		m.funcs[n] = &ir.Func{
			ID: m.string(f.ID), Name: m.string(f.Name), File: m.string(f.File), Bound: int(f.Bound),
			Wraps: f.Flags&flagWraps != 0, ErrResult: f.Flags&flagErrResult != 0,
		}
	}
	return m.funcs[n]
}

func (m *importer) summary(p *PortableSummary) *Summary {
	s := &Summary{
		Func: m.place(p.Func), RetExpr: m.expr(p.RetExpr), RetClasses: m.classes(p.RetClasses), Drops: m.classes(p.Drops),
		Sets: p.Sets, NoReturn: p.Flags&flagNoReturn != 0, Pure: p.Flags&flagPure != 0, Asserts: p.Flags&flagAsserts != 0,
	}
	for i := range p.Outcomes {
		s.Outcomes = append(s.Outcomes, m.outcome(&p.Outcomes[i]))
	}
	for _, d := range p.Doubts {
		if s.Doubts == nil {
			s.Doubts = map[ir.Pos]string{}
		}
		s.Doubts[ir.Pos{Line: d.Line, Col: d.Col}] = m.string(d.Why)
	}
	for i := range p.Events {
		s.Events = append(s.Events, m.event(&p.Events[i]))
	}
	for i := range p.Requires {
		s.Requires = append(s.Requires, m.requirement(&p.Requires[i]))
	}
	for i := range p.Pairs {
		s.Pairs = append(s.Pairs, m.pair(&p.Pairs[i]))
	}
	return s
}

func (m *importer) string(n int32) string { return m.in.Strings[n] }

func (m *importer) class(n int32) rules.Class {
	if !m.ok[n] {
		c, err := rules.ParseClass(m.string(n))
		if err != nil {
			panic(err)
		}
		m.cs[n], m.ok[n] = c, true
	}
	return m.cs[n]
}

func (m *importer) classes(ns []int32) (out []rules.Class) {
	for _, n := range ns {
		out = append(out, m.class(n))
	}
	return out
}

// prim is the primitive of that name, or one that stands for what a comment
// requires.
func (m *importer) prim(n int32, mode rules.Mode) *rules.Primitive {
	name := m.string(n)
	if name == "" {
		return nil
	}
	if p := m.rules.Primitive(name); p != nil {
		return p
	}
	return &rules.Primitive{Name: name, Effect: rules.AssertHeld, Mode: mode, Kind: "mutex", Subclass: -1, Nest: -1}
}

func (m *importer) ref(p *PortableLock) LockRef {
	return LockRef{Val: m.expr(p.Val), Classes: m.classes(p.Classes), Loose: p.Flags&flagLoose != 0}
}

func (m *importer) facts(ps []PortableFact) (out []Fact) {
	for _, p := range ps {
		if p.Val == 0 {
			panic("a fact about nothing")
		}
		out = append(out, m.fact(p))
	}
	return out
}

func (m *importer) fact(p PortableFact) Fact {
	return Fact{Val: m.expr(p.Val), Lo: p.Lo, Hi: p.Hi, NonZero: p.Flags&flagNonZero != 0}
}

func pos(h PortableHop) ir.Pos { return ir.Pos{Line: h.Line, Col: h.Col} }

func (m *importer) held(p *PortableLock) *Held {
	var first *Held
	for i := len(places(p)) - 1; i >= 0; i-- {
		first = &Held{
			LockRef: m.ref(p), Mode: p.Mode, Try: p.Flags&flagTry != 0, Entry: p.Flags&flagEntry != 0,
			Prim: m.prim(p.Prim, p.Mode), Func: m.place(p.Hops[i].Func), Pos: pos(p.Hops[i]), From: first, Qual: m.string(p.Qual),
		}
	}
	return first
}

func (m *importer) event(p *PortableLock) *Event {
	var first *Event
	for i := len(places(p)) - 1; i >= 0; i-- {
		h := p.Hops[i]
		first = &Event{
			LockRef: m.ref(p), Kind: p.Kind, Mode: p.Mode, Try: p.Flags&flagTry != 0, Prim: m.prim(p.Prim, p.Mode),
			Func: m.place(h.Func), Pos: pos(h), Qual: m.string(p.Qual), Next: first, Depth: len(p.Hops) - 1 - i, Via: m.string(h.Via),
			Indirect: int(p.Indirect), Puts: int(p.Puts), Again: p.Flags&flagAgain != 0,
		}
	}
	for i := range p.Dropped {
		first.Dropped = append(first.Dropped, m.ref(&p.Dropped[i]))
	}
	first.Guard, first.Ptr = m.facts(p.Guard), m.expr(p.Ptr)
	if (first.Kind == Callback) != (first.Ptr != nil) {
		panic("a callback without a pointer")
	}
	for _, a := range p.Args {
		first.Args = append(first.Args, m.expr(a))
	}
	for i := range p.Under {
		first.Under = append(first.Under, m.held(&p.Under[i]))
	}
	return first
}

func (m *importer) requirement(p *PortableLock) *Requirement {
	var first *Requirement
	for i := len(places(p)) - 1; i >= 0; i-- {
		first = &Requirement{
			LockRef: m.ref(p), Mode: p.Mode, Prim: m.prim(p.Prim, p.Mode), Func: m.place(p.Hops[i].Func), Pos: pos(p.Hops[i]),
			Guard: m.facts(p.Guard), Next: first, Depth: len(p.Hops) - 1 - i, Maybe: p.Flags&flagTry != 0,
		}
	}
	return first
}

func (m *importer) outcome(p *PortableOutcome) Outcome {
	o := Outcome{Guard: m.facts(p.Guard), Ret: m.fact(p.Ret), RetVal: m.expr(p.RetVal)}
	for i := range p.Acquired {
		o.Acquired = append(o.Acquired, m.held(&p.Acquired[i]))
	}
	for i := range p.Released {
		r := m.ref(&p.Released[i])
		r.By, r.Shared = m.prim(p.Released[i].Prim, 0), p.Released[i].Mode != rules.Exclusive
		o.Released = append(o.Released, r)
	}
	for _, s := range p.Stores {
		if s[0] == 0 {
			panic("a store to nowhere")
		}
		o.Stores = append(o.Stores, StoreEffect{m.expr(s[0]), m.expr(s[1])})
	}
	return o
}

func (m *importer) pair(p *PortablePair) *Pair {
	return &Pair{
		Func: m.place(p.Func), Outer: m.held(&p.Outer), Inner: m.event(&p.Inner),
		OuterClass: m.class(p.Classes[0]), InnerClass: m.class(p.Classes[1]), Gates: m.classes(p.Gates), Count: 1,
		SameInstance: p.Flags&flagSame != 0, Fresh: p.Flags&flagFresh != 0, Loop: p.Flags&flagLoop != 0,
	}
}
