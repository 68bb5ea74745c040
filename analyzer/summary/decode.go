package summary

import (
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A summaryReader reads what a summaryCoder has written, whatever it is given.
type summaryReader struct {
	ir.Reader
	fn      *ir.Func
	deps    []*Summary
	classes []rules.Class
	events  []*Event
	helds   []*Held
	parts   []part // of deps that it refers to, in the order of the text
}

// decode returns the summary of fn that encode has written, and the parts of deps that it
// refers to; false if it has not.
func decode(data string, fn *ir.Func, rs *rules.Set, face cache.Hash, deps []*Summary) (*Summary, []part, bool) {
	r := &summaryReader{fn: fn, deps: deps, Reader: ir.Reader{Decoder: cache.DecoderOf(data), Rules: rs, Line: fn.Pos.Line, Sized: true}}
	s := &Summary{Func: fn, face: face}
	r.face(s)
	r.rest(s)
	if r.End() != nil {
		return nil, nil, false
	}
	return s, r.parts, true
}

// parsed has the classes by their spellings: programs have few.
var parsed sync.Map

func (r *summaryReader) class() rules.Class {
	return ir.NumberedOf(&r.Reader, &r.classes, func() rules.Class {
		name := r.Str()
		if c, ok := parsed.Load(name); ok {
			return c.(rules.Class)
		}
		c, err := rules.ParseClass(name)
		if err != nil {
			r.Fail()
			return c
		}
		parsed.Store(name, c)
		return c
	})
}

// listOf reads a list.
func listOf[T any](r *summaryReader, each func() T) []T {
	n := r.Count()
	if n == 0 {
		return nil
	}
	out := make([]T, 0, min(n, 64))
	for range n {
		out = append(out, each())
		if r.Err() != nil {
			return nil
		}
	}
	return out
}

func (r *summaryReader) face(s *Summary) {
	s.NoReturn, s.Pure, s.Asserts, s.partial = r.Bool(), r.Bool(), r.Bool(), r.Bool()
	r.Bool()
	r.Bool()
	s.Sets = r.Uint()
	s.RetExpr = r.Expr()
	s.RetClasses, s.Drops = listOf(r, r.class), listOf(r, r.class)
	s.Outcomes = listOf(r, r.outcome)
	s.Events = r.eventList()
	n := 0
	s.Requires = listOf(r, func() *Requirement {
		q := &Requirement{
			LockRef: r.ref(), Mode: r.Mode(), Prim: r.Prim(), Guard: listOf(r, r.fact), Depth: r.Below(maxChain), Maybe: r.Bool(),
			Func: r.fn, num: int32(n),
		}
		n++
		return q
	})
	s.helds = r.helds[:len(r.helds):len(r.helds)]
}

// maxChain bounds the numbers of hops.
const maxChain = 1 << 8

func (r *summaryReader) outcome() Outcome {
	return Outcome{
		Guard: listOf(r, r.fact),
		choices: listOf(r, func() choice {
			return choice{where: r.Int(), cases: listOf(r, func() []Fact { return listOf(r, r.fact) })}
		}),
		Ret: r.bound(), RetVal: r.Expr(), Acquired: listOf(r, r.held), Released: listOf(r, r.ref), Stores: listOf(r, r.store),
	}
}

func (r *summaryReader) store() StoreEffect { return StoreEffect{Addr: r.Expr(), Val: r.Expr()} }

func (r *summaryReader) ref() LockRef {
	return LockRef{Val: r.Expr(), Classes: listOf(r, r.class), Sub: r.Expr(), Loose: r.Bool(), Shared: r.Bool(), By: r.Prim()}
}

// fact is a bound of some value.
func (r *summaryReader) fact() Fact {
	f := r.bound()
	if f.Val == nil {
		r.Fail()
	}
	return f
}

func (r *summaryReader) bound() Fact {
	return Fact{Val: r.Expr(), Lo: r.Int(), Hi: r.Int(), NonZero: r.Bool(), Implied: r.Bool(), Old: r.Bool()}
}

func (r *summaryReader) held() *Held {
	n := r.Below(len(r.helds) + 1)
	switch {
	case r.Err() != nil:
		return nil
	case n > 0:
		return r.helds[n-1]
	}
	h := &Held{Func: r.fn, num: int32(len(r.helds))}
	r.helds = append(r.helds, h)
	h.LockRef, h.Mode, h.Try, h.Entry, h.Prim, h.Qual = r.ref(), r.Mode(), r.Bool(), r.Bool(), r.Prim(), r.Str()
	r.Below(maxChain)
	r.place()
	if h.Prim == nil && !h.Entry {
		r.Fail()
	}
	return h
}

// eventList reads events, which lie side by side: there are many of them.
func (r *summaryReader) eventList() []*Event {
	n := r.Count()
	if n == 0 {
		return nil
	}
	var block []Event
	r.events = make([]*Event, 0, min(n, maxEvents))
	for i := range n {
		if len(block) == 0 {
			block = make([]Event, min(n-i, 64))
		}
		r.event(&block[0])
		if block = block[1:]; r.Err() != nil {
			return nil
		}
	}
	return r.events[:n:n]
}

func (r *summaryReader) event(e *Event) {
	e.Func, e.num = r.fn, int32(len(r.events))
	r.events = append(r.events, e)
	e.Kind = EventKind(r.Below(int(Callback) + 1))
	e.LockRef, e.Mode, e.Try, e.Prim, e.Qual = r.ref(), r.Mode(), r.Bool(), r.Prim(), r.Str()
	e.Depth, e.Indirect, e.Puts, e.Again = r.Below(maxChain), r.Below(maxChain), r.Below(maxChain), r.Bool()
	e.Dropped, e.Guard, e.Ptr, e.Args, e.Under = listOf(r, r.ref), listOf(r, r.fact), r.Expr(), listOf(r, r.Expr), listOf(r, r.held)
	if e.Kind == Acquire {
		r.place()
	}
	if e.Prim == nil && e.Kind != Callback || (e.Ptr != nil) != (e.Kind == Callback) {
		r.Fail()
	}
}

// place passes over what only the face is for.
func (r *summaryReader) place() {
	r.Uint()
	r.Uint()
	if !r.Bool() {
		r.Int()
		r.Int()
	}
}

func (r *summaryReader) rest(s *Summary) {
	if r.Err() != nil {
		return
	}
	for _, h := range r.helds {
		r.heldRest(h)
	}
	for _, e := range r.events {
		r.eventRest(e)
	}
	for _, q := range s.Requires {
		q.Pos, q.Next = r.Pos(), r.requirement()
	}
	s.Pairs = listOf(r, r.pair)
	s.Exits = listOf(r, func() Exit {
		return Exit{
			Pos: r.Pos(), Acquired: listOf(r, r.ownHeld), Released: listOf(r, r.ref), Ret: r.bound(), Guard: listOf(r, r.fact), Value: r.Bool(),
			Varies: listOf(r, r.Pos), Cells: listOf(r, r.store),
		}
	})
	s.Unpaired = listOf(r, func() Unpaired { return Unpaired{LockRef: r.ref(), Pos: r.Pos(), Held: r.maybeHeld()} })
	for range r.Count() {
		if s.Doubts == nil {
			s.Doubts = map[ir.Pos]string{}
		}
		pos := r.Pos()
		s.Doubts[pos] = r.Str()
	}
	s.Lacks = listOf(r, func() *Lack {
		l := &Lack{Func: r.fn, Pos: r.Pos(), Req: r.requirement(), LockRef: r.ref(), Under: r.Bool(), Maybe: r.Bool(), Given: r.Bool(), Held: r.maybeHeld()}
		if l.Req == nil {
			r.Fail()
		}
		return l
	})
	s.Contexts = listOf(r, func() Context {
		return Context{Callee: r.Str(), Pos: r.Pos(), Held: listOf(r, r.ownHeld), Dropped: listOf(r, r.ref), Via: r.Str()}
	})
	s.Met = listOf(r, func() *Requirement {
		q := r.requirement()
		if q == nil {
			r.Fail()
		}
		return q
	})
	for _, n := range s.Stats.all() {
		*n = r.Below(1 << 31)
	}
}

func (r *summaryReader) pair() *Pair {
	p := &Pair{Func: r.fn, Outer: r.ownHeld()}
	n := r.Below(len(r.events) + 1)
	switch {
	case r.Err() != nil:
		return nil
	case n > 0:
		p.Inner = r.events[n-1]
	default:
		known := len(r.helds)
		p.Inner = &Event{}
		r.event(p.Inner)
		r.eventRest(p.Inner)
		r.heldsRest(known)
	}
	p.OuterClass, p.InnerClass, p.SameInstance = r.class(), r.class(), r.Bool()
	p.Gates, p.Count = listOf(r, r.class), r.Below(1<<31)
	p.Infeasible, p.Loop, p.Fresh = r.Bool(), r.Bool(), r.Bool()
	if p.Inner.Kind == Callback || p.OuterClass.IsZero() || p.InnerClass.IsZero() {
		r.Fail()
	}
	return p
}

func (r *summaryReader) ownHeld() *Held {
	known := len(r.helds)
	h := r.held()
	r.heldsRest(known)
	return h
}

func (r *summaryReader) heldsRest(known int) {
	for _, h := range r.helds[known:] {
		r.heldRest(h)
	}
}

func (r *summaryReader) maybeHeld() *Held {
	if !r.Bool() {
		return nil
	}
	return r.ownHeld()
}

// dep reads the number of a callee; nil for none.
func (r *summaryReader) dep() *Summary {
	n := r.Below(len(r.deps) + 1)
	if n == 0 || r.Err() != nil {
		return nil
	}
	return r.deps[n-1].read()
}

// numbered reads the number of one of the parts of a callee.
func numbered[T any](r *summaryReader, parts []*T) *T {
	n := r.Below(len(parts))
	if r.Err() != nil {
		return nil
	}
	return parts[n]
}

func (r *summaryReader) heldRest(h *Held) {
	h.Pos = r.Pos()
	if d := r.dep(); d != nil {
		h.From = numbered(r, d.helds)
		r.parts = append(r.parts, part{held: h.From})
	}
}

func (r *summaryReader) requirement() *Requirement {
	if d := r.dep(); d != nil {
		q := numbered(r, d.Requires)
		r.parts = append(r.parts, part{requirement: q})
		return q
	}
	return nil
}

func (r *summaryReader) eventRest(e *Event) {
	e.Pos, e.Via, e.Handed = r.Pos(), r.Str(), r.Bool()
	event := func() *Event {
		n := r.Below(len(r.deps))
		if r.Err() != nil {
			return nil
		}
		e := numbered(r, r.deps[n].read().Events)
		r.parts = append(r.parts, part{event: e})
		return e
	}
	switch r.Below(hopPointer + 1) {
	case hopCallee:
		e.Next = event()
	case hopPointer:
		from, to, via := event(), event(), r.Str()
		if from != nil && to != nil {
			e.Next = from.through(to, via)
		}
	}
}
