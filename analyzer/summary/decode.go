package summary

import (
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A summaryReader reads what a summaryCoder has written, whatever it is given.
type summaryReader struct {
	*cache.Decoder
	rules   *rules.Set
	fn      *ir.Func
	deps    []*Summary
	strings []string
	exprs   []*ir.Expr
	prims   []*rules.Primitive
	classes []rules.Class
	events  []*Event
	helds   []*Held
	depth   int
}

// decode returns the summary of fn that encode has written; false if it has not.
func decode(data string, fn *ir.Func, rs *rules.Set, face cache.Hash, deps []*Summary) (*Summary, bool) {
	r := &summaryReader{Decoder: cache.DecoderOf(data), rules: rs, fn: fn, deps: deps}
	s := &Summary{Func: fn, face: face}
	r.face(s)
	r.rest(s)
	if r.End() != nil {
		return nil, false
	}
	return s, true
}

// numberedOf is the inverse of numbered.
func numberedOf[T any](r *summaryReader, known *[]T, read func() T) T {
	var none T
	n := r.Below(len(*known) + 2)
	switch {
	case n == 0 || r.Err() != nil:
		return none
	case n > 1:
		return (*known)[n-2]
	}
	v := read()
	*known = append(*known, v)
	return v
}

func (r *summaryReader) str() string {
	return numberedOf(r, &r.strings, r.String)
}

func (r *summaryReader) pos() ir.Pos {
	return ir.Pos{Line: lineAt(r.fn.Pos.Line, r.Int32()), Col: r.Int32(), EndCol: r.Int32()}
}

func (r *summaryReader) expr() *ir.Expr {
	if r.depth > maxSize {
		r.Fail()
	}
	r.depth++
	defer func() { r.depth-- }()
	return numberedOf(r, &r.exprs, func() *ir.Expr {
		e := &ir.Expr{Op: ir.ExprOp(r.Below(int(ir.Ret) + 1)), Name: r.str(), Owner: r.str(), Int: r.Int()}
		e.X, e.Y = r.expr(), r.expr()
		if !wellFormed(e) {
			r.Fail()
		}
		size := 1
		e.Has = 1 << e.Op
		for _, z := range [2]*ir.Expr{e.X, e.Y} {
			if z != nil {
				size += int(z.Size)
				e.Has |= z.Has
			}
		}
		if size > maxSize {
			r.Fail()
		}
		e.Size, e.Seq = uint16(size), int32(len(r.exprs))
		return e
	})
}

// wellFormed reports whether e has the operands that its kind has, and a number that can be.
func wellFormed(e *ir.Expr) bool {
	switch e.Op {
	case ir.Index, ir.Binary:
		return e.X != nil && e.Y != nil
	case ir.Field, ir.Load, ir.Unary, ir.App:
		return e.X != nil
	case ir.Out:
		return e.Y != nil
	case ir.Param, ir.Local, ir.Tmp:
		return e.Int >= 0
	}
	return true
}

func (r *summaryReader) prim() *rules.Primitive {
	return numberedOf(r, &r.prims, func() *rules.Primitive {
		at := rules.Place{
			Name: r.str(), Kind: rules.PlaceKind(r.Below(rules.PlaceKinds)), Also: r.Below(1 << 16),
			Effect: rules.Effect(r.Below(int(rules.Put) + 1)), Mode: r.mode(), Try: r.Bool(),
		}
		p := r.rules.At(at)
		if p == nil {
			r.Fail()
		}
		return p
	})
}

func (r *summaryReader) mode() rules.Mode { return rules.Mode(r.Below(int(rules.RecursiveShared) + 1)) }

// parsed has the classes by their spellings: programs have few.
var parsed sync.Map

func (r *summaryReader) class() rules.Class {
	return numberedOf(r, &r.classes, func() rules.Class {
		name := r.str()
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
	s.RetExpr = r.expr()
	s.RetClasses, s.Drops = listOf(r, r.class), listOf(r, r.class)
	s.Outcomes = listOf(r, r.outcome)
	s.Events = listOf(r, r.event)
	n := 0
	s.Requires = listOf(r, func() *Requirement {
		q := &Requirement{
			LockRef: r.ref(), Mode: r.mode(), Prim: r.prim(), Guard: listOf(r, r.fact), Depth: r.Below(maxChain), Maybe: r.Bool(),
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
		Ret: r.bound(), RetVal: r.expr(), Acquired: listOf(r, r.held), Released: listOf(r, r.ref), Stores: listOf(r, r.store),
	}
}

func (r *summaryReader) store() StoreEffect { return StoreEffect{Addr: r.expr(), Val: r.expr()} }

func (r *summaryReader) ref() LockRef {
	return LockRef{Val: r.expr(), Classes: listOf(r, r.class), Sub: r.expr(), Loose: r.Bool(), Shared: r.Bool(), By: r.prim()}
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
	return Fact{Val: r.expr(), Lo: r.Int(), Hi: r.Int(), NonZero: r.Bool(), Implied: r.Bool(), Old: r.Bool()}
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
	h.LockRef, h.Mode, h.Try, h.Entry, h.Prim, h.Qual = r.ref(), r.mode(), r.Bool(), r.Bool(), r.prim(), r.str()
	r.Below(maxChain)
	r.place()
	if h.Prim == nil && !h.Entry {
		r.Fail()
	}
	return h
}

func (r *summaryReader) event() *Event {
	e := &Event{Func: r.fn, num: int32(len(r.events))}
	r.events = append(r.events, e)
	e.Kind = EventKind(r.Below(int(Callback) + 1))
	e.LockRef, e.Mode, e.Try, e.Prim, e.Qual = r.ref(), r.mode(), r.Bool(), r.prim(), r.str()
	e.Depth, e.Indirect, e.Puts, e.Again = r.Below(maxChain), r.Below(maxChain), r.Below(maxChain), r.Bool()
	e.Dropped, e.Guard, e.Ptr, e.Args, e.Under = listOf(r, r.ref), listOf(r, r.fact), r.expr(), listOf(r, r.expr), listOf(r, r.held)
	if e.Kind == Acquire {
		r.place()
	}
	if e.Prim == nil && e.Kind != Callback || (e.Ptr != nil) != (e.Kind == Callback) {
		r.Fail()
	}
	return e
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
		q.Pos, q.Next = r.pos(), r.requirement()
	}
	s.Pairs = listOf(r, r.pair)
	s.Exits = listOf(r, func() Exit {
		return Exit{
			Pos: r.pos(), Acquired: listOf(r, r.ownHeld), Released: listOf(r, r.ref), Ret: r.bound(), Guard: listOf(r, r.fact), Value: r.Bool(),
			Varies: listOf(r, r.pos), Cells: listOf(r, r.store),
		}
	})
	s.Unpaired = listOf(r, func() Unpaired { return Unpaired{LockRef: r.ref(), Pos: r.pos(), Held: r.maybeHeld()} })
	for range r.Count() {
		if s.Doubts == nil {
			s.Doubts = map[ir.Pos]string{}
		}
		pos := r.pos()
		s.Doubts[pos] = r.str()
	}
	s.Lacks = listOf(r, func() *Lack {
		l := &Lack{Func: r.fn, Pos: r.pos(), Req: r.requirement(), LockRef: r.ref(), Under: r.Bool(), Maybe: r.Bool(), Given: r.Bool(), Held: r.maybeHeld()}
		if l.Req == nil {
			r.Fail()
		}
		return l
	})
	s.Contexts = listOf(r, func() Context {
		return Context{Callee: r.str(), Pos: r.pos(), Held: listOf(r, r.ownHeld), Dropped: listOf(r, r.ref), Via: r.str()}
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
		p.Inner = r.event()
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
	return r.deps[n-1]
}

// part reads the number of one of the parts of a callee.
func part[T any](r *summaryReader, parts []*T) *T {
	n := r.Below(len(parts))
	if r.Err() != nil {
		return nil
	}
	return parts[n]
}

func (r *summaryReader) heldRest(h *Held) {
	h.Pos = r.pos()
	if d := r.dep(); d != nil {
		h.From = part(r, d.helds)
	}
}

func (r *summaryReader) requirement() *Requirement {
	if d := r.dep(); d != nil {
		return part(r, d.Requires)
	}
	return nil
}

func (r *summaryReader) eventRest(e *Event) {
	e.Pos, e.Via, e.Handed = r.pos(), r.str(), r.Bool()
	event := func() *Event {
		n := r.Below(len(r.deps))
		if r.Err() != nil {
			return nil
		}
		return part(r, r.deps[n].Events)
	}
	switch r.Below(hopPointer + 1) {
	case hopCallee:
		e.Next = event()
	case hopPointer:
		from, to, via := event(), event(), r.str()
		if from != nil && to != nil {
			e.Next = from.through(to, via)
		}
	}
}
