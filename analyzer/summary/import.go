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
	exprs []*ir.Expr
	funcs []*ir.Func
}

// Import returns the summaries in p, and empty ones for the functions that are
// only on the way. None of them has a body.
func (p *Portable) Import(rs *rules.Set) (sums []*Summary, err error) {
	defer func() {
		if r := recover(); r != nil { // a number out of range
			sums, err = nil, errors.New("damaged summaries")
		}
	}()
	m := &importer{in: p, rules: rs, exprs: make([]*ir.Expr, len(p.Exprs)+1)}
	for i, e := range p.Exprs { // operands come first
		m.exprs[i+1] = &ir.Expr{Op: e.Op, Name: m.string(e.Name), Owner: m.string(e.Owner), Int: e.Int, X: m.exprs[e.X], Y: m.exprs[e.Y]}
	}
	for _, e := range m.exprs[1:] {
		size, has := uint16(1), uint32(1)<<e.Op
		for _, z := range [2]*ir.Expr{e.X, e.Y} {
			if z != nil {
				size += z.Size
				has |= z.Has
			}
		}
		e.Size, e.Has = size, has
	}
	for _, f := range p.Places {
		m.funcs = append(m.funcs, &ir.Func{
			ID: m.string(f.ID), Name: m.string(f.Name), File: m.string(f.File), Bound: int(f.Bound),
			Wraps: f.Flags&flagWraps != 0, ErrResult: f.Flags&flagErrResult != 0,
		})
	}
	told := map[*ir.Func]bool{}
	for i := range p.Funcs {
		sums = append(sums, m.summary(&p.Funcs[i]))
		told[m.funcs[p.Funcs[i].Func]] = true
	}
	for _, f := range m.funcs {
		if !told[f] { // only on the way: nothing is known of it
			sums = append(sums, &Summary{Func: f})
		}
	}
	return sums, nil
}

func (m *importer) summary(p *PortableSummary) *Summary {
	s := &Summary{
		Func: m.funcs[p.Func], RetExpr: m.exprs[p.RetExpr], RetClasses: m.classes(p.RetClasses),
		NoReturn: p.Flags&flagNoReturn != 0, Pure: p.Flags&flagPure != 0, Asserts: p.Flags&flagAsserts != 0,
	}
	for i := range p.Outcomes {
		s.Outcomes = append(s.Outcomes, m.outcome(&p.Outcomes[i]))
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
	c, err := rules.ParseClass(m.string(n))
	if err != nil {
		panic(err)
	}
	return c
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
	return LockRef{Val: m.exprs[p.Val], Classes: m.classes(p.Classes), Loose: p.Flags&flagLoose != 0}
}

func (m *importer) facts(ps []PortableFact) (out []Fact) {
	for _, p := range ps {
		out = append(out, m.fact(p))
	}
	return out
}

func (m *importer) fact(p PortableFact) Fact {
	return Fact{Val: m.exprs[p.Val], Lo: p.Lo, Hi: p.Hi, NonZero: p.Flags&flagNonZero != 0}
}

func pos(h PortableHop) ir.Pos { return ir.Pos{Line: h.Line, Col: h.Col} }

func (m *importer) held(p *PortableLock) *Held {
	var first *Held
	for i := len(p.Hops) - 1; i >= 0; i-- {
		first = &Held{
			LockRef: m.ref(p), Mode: p.Mode, Try: p.Flags&flagTry != 0, Entry: p.Flags&flagEntry != 0,
			Prim: m.prim(p.Prim, p.Mode), Func: m.funcs[p.Hops[i].Func], Pos: pos(p.Hops[i]), From: first, Qual: m.string(p.Qual),
		}
	}
	return first
}

func (m *importer) event(p *PortableLock) *Event {
	var first *Event
	for i := len(p.Hops) - 1; i >= 0; i-- {
		h := p.Hops[i]
		first = &Event{
			LockRef: m.ref(p), Kind: p.Kind, Mode: p.Mode, Try: p.Flags&flagTry != 0, Prim: m.prim(p.Prim, p.Mode),
			Func: m.funcs[h.Func], Pos: pos(h), Qual: m.string(p.Qual), Next: first, Depth: len(p.Hops) - 1 - i, Via: m.string(h.Via),
			Indirect: int(p.Indirect),
		}
	}
	for i := range p.Dropped {
		first.Dropped = append(first.Dropped, m.ref(&p.Dropped[i]))
	}
	first.Guard, first.Ptr = m.facts(p.Guard), m.exprs[p.Ptr]
	for _, a := range p.Args {
		first.Args = append(first.Args, m.exprs[a])
	}
	for i := range p.Under {
		first.Under = append(first.Under, m.held(&p.Under[i]))
	}
	return first
}

func (m *importer) requirement(p *PortableLock) *Requirement {
	var first *Requirement
	for i := len(p.Hops) - 1; i >= 0; i-- {
		first = &Requirement{
			LockRef: m.ref(p), Mode: p.Mode, Prim: m.prim(p.Prim, p.Mode), Func: m.funcs[p.Hops[i].Func], Pos: pos(p.Hops[i]),
			Guard: m.facts(p.Guard), Next: first, Depth: len(p.Hops) - 1 - i, Maybe: p.Flags&flagTry != 0,
		}
	}
	return first
}

func (m *importer) outcome(p *PortableOutcome) Outcome {
	o := Outcome{Guard: m.facts(p.Guard), Ret: m.fact(p.Ret), RetVal: m.exprs[p.RetVal]}
	for i := range p.Acquired {
		o.Acquired = append(o.Acquired, m.held(&p.Acquired[i]))
	}
	for i := range p.Released {
		r := m.ref(&p.Released[i])
		r.By = m.prim(p.Released[i].Prim, 0)
		o.Released = append(o.Released, r)
	}
	for _, s := range p.Stores {
		o.Stores = append(o.Stores, StoreEffect{m.exprs[s[0]], m.exprs[s[1]]})
	}
	return o
}

func (m *importer) pair(p *PortablePair) *Pair {
	return &Pair{
		Func: m.funcs[p.Func], Outer: m.held(&p.Outer), Inner: m.event(&p.Inner),
		OuterClass: m.class(p.Classes[0]), InnerClass: m.class(p.Classes[1]), Gates: m.classes(p.Gates), Count: 1,
		SameInstance: p.Flags&flagSame != 0, Fresh: p.Flags&flagFresh != 0, Loop: p.Flags&flagLoop != 0,
	}
}
