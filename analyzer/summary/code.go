package summary

import (
	"maps"
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
)

// A summary is kept as its face, which is all that the summaries of callers follow
// from, and the rest, which only the checks read: places, next hops, pairs. What lies in
// the summaries of callees is named there by callee and number, so that it leads to what
// the callee has come to by now.
//
// Places are not part of the face, so that a line that is added to a function concerns no
// other; but for which operation of which function takes a lock, which tells locks apart.
// In the rest they count from the line of the function, so that one that is moved has the
// summary that it had.

// A summaryCoder writes one summary.
type summaryCoder struct {
	*coder
	fn     *ir.Func
	deps   []*Summary // what the function has asked for
	info   func(*ir.Func) *codeInfo
	events []*Event
	helds  []*Held
}

// encode gives s its face, and returns the form of s; nil if it has none. deps are the
// summaries that it was made of.
func (s *Summary) encode(w *coder, deps []*Summary, info func(*ir.Func) *codeInfo) []byte {
	c := &summaryCoder{coder: w, fn: s.Func, deps: deps, info: info}
	c.Line = s.Func.Pos.Line
	c.face(s)
	s.face = cache.Sum(c.Bytes())
	c.rest(s)
	if c.Fail {
		return nil
	}
	return c.Bytes()
}

// face writes what callers read.
func (w *summaryCoder) face(s *Summary) {
	for _, b := range []bool{s.NoReturn, s.Pure, s.Asserts, s.partial, s.Stats.IndirectCalls > 0, s.Stats.UnknownCalls > 0} {
		w.Bool(b)
	}
	w.Uint(s.Sets)
	w.Expr(s.RetExpr)
	list(w.coder, s.RetClasses, w.class)
	list(w.coder, s.Drops, w.class)
	w.Uint(uint64(len(s.Outcomes)))
	for i := range s.Outcomes {
		w.outcome(&s.Outcomes[i])
	}
	list(w.coder, s.Events, w.event)
	list(w.coder, s.Requires, func(r *Requirement) {
		w.ref(r.LockRef)
		w.Uint(uint64(r.Mode))
		w.Prim(r.Prim)
		list(w.coder, r.Guard, w.fact)
		w.Uint(uint64(r.Depth))
		w.Bool(r.Maybe)
	})
	s.helds = slices.Clone(w.helds)
}

func (w *summaryCoder) outcome(o *Outcome) {
	list(w.coder, o.Guard, w.fact)
	list(w.coder, o.choices, func(c choice) {
		w.Int(c.where)
		list(w.coder, c.cases, func(fs []Fact) { list(w.coder, fs, w.fact) })
	})
	w.fact(o.Ret)
	w.Expr(o.RetVal)
	list(w.coder, o.Acquired, w.held)
	list(w.coder, o.Released, w.ref)
	list(w.coder, o.Stores, w.store)
}

func (w *summaryCoder) store(s StoreEffect) {
	w.Expr(s.Addr)
	w.Expr(s.Val)
}

func (w *summaryCoder) ref(r LockRef) {
	w.Expr(r.Val)
	list(w.coder, r.Classes, w.class)
	w.Expr(r.Sub)
	w.Bool(r.Loose)
	w.Bool(r.Shared)
	w.Prim(r.By)
}

func (w *summaryCoder) fact(f Fact) {
	w.Expr(f.Val)
	w.Int(f.Lo)
	w.Int(f.Hi)
	for _, b := range []bool{f.NonZero, f.Implied, f.Old} {
		w.Bool(b)
	}
}

// held writes the number of h, and h, if it is new.
func (w *summaryCoder) held(h *Held) {
	if int(h.num) < len(w.helds) && w.helds[h.num] == h {
		w.Uint(uint64(h.num) + 1)
		return
	}
	w.Uint(0)
	h.num = int32(len(w.helds))
	w.helds = append(w.helds, h)
	w.ref(h.LockRef)
	w.Uint(uint64(h.Mode))
	w.Bool(h.Try)
	w.Bool(h.Entry)
	w.Prim(h.Prim)
	w.Str(h.Qual)
	w.Uint(uint64(hops(h)))
	leaf := h
	for leaf.From != nil {
		leaf = leaf.From
	}
	w.place(leaf.Func, leaf.Pos)
}

// event writes an event, which becomes the next in number.
func (w *summaryCoder) event(e *Event) {
	e.num, e.local = int32(len(w.events)), nil
	w.events = append(w.events, e)
	w.Uint(uint64(e.Kind))
	w.ref(e.LockRef)
	w.Uint(uint64(e.Mode))
	w.Bool(e.Try)
	w.Prim(e.Prim)
	w.Str(e.Qual)
	w.Uint(uint64(e.Depth))
	w.Uint(uint64(e.Indirect))
	w.Uint(uint64(e.Puts))
	w.Bool(e.Again)
	list(w.coder, e.Dropped, w.ref)
	list(w.coder, e.Guard, w.fact)
	w.Expr(e.Ptr)
	list(w.coder, e.Args, w.Expr)
	list(w.coder, e.Under, w.held)
	if e.Kind == Acquire {
		leaf := e.Leaf()
		w.place(leaf.Func, leaf.Pos)
	}
}

// place writes what tells an operation from all others, without its place: the function
// and the number among its lock operations.
func (w *summaryCoder) place(fn *ir.Func, pos ir.Pos) {
	code := w.info(fn)
	i, ok := slices.BinarySearchFunc(code.locks, pos, compareWhole)
	w.Uint(code.id)
	w.Uint(uint64(i))
	w.Bool(ok)
	if !ok {
		w.Int(ir.LineFrom(fn.Pos.Line, pos.Line))
		w.Int(int64(pos.Col))
	}
}

// rest writes what only the checks read.
func (w *summaryCoder) rest(s *Summary) {
	for _, h := range w.helds {
		w.heldRest(h)
	}
	for _, e := range w.events {
		w.eventRest(e)
	}
	for _, r := range s.Requires {
		w.Pos(r.Pos)
		w.requirement(r.Next)
	}
	list(w.coder, s.Pairs, func(p *Pair) {
		w.ownHeld(p.Outer)
		if e := p.Inner; int(e.num) < len(w.events) && w.events[e.num] == e {
			w.Uint(uint64(e.num) + 1)
		} else {
			w.Uint(0)
			known := len(w.helds)
			w.event(e)
			w.eventRest(e)
			w.heldsRest(known)
		}
		w.class(p.OuterClass)
		w.class(p.InnerClass)
		w.Bool(p.SameInstance)
		list(w.coder, p.Gates, w.class)
		w.Uint(uint64(p.Count))
		for _, b := range []bool{p.Infeasible, p.Loop, p.Fresh} {
			w.Bool(b)
		}
	})
	list(w.coder, s.Exits, func(x Exit) {
		w.Pos(x.Pos)
		list(w.coder, x.Acquired, w.ownHeld)
		list(w.coder, x.Released, w.ref)
		w.fact(x.Ret)
		list(w.coder, x.Guard, w.fact)
		w.Bool(x.Value)
		list(w.coder, x.Varies, w.Pos)
		list(w.coder, x.Cells, w.store)
	})
	list(w.coder, s.Unpaired, func(u Unpaired) {
		w.ref(u.LockRef)
		w.Pos(u.Pos)
		w.maybeHeld(u.Held)
	})
	list(w.coder, slices.SortedFunc(maps.Keys(s.Doubts), compareWhole), func(p ir.Pos) {
		w.Pos(p)
		w.Str(s.Doubts[p])
	})
	list(w.coder, s.Lacks, func(l *Lack) {
		w.Pos(l.Pos)
		w.requirement(l.Req)
		w.ref(l.LockRef)
		w.Bool(l.Under)
		w.Bool(l.Maybe)
		w.Bool(l.Given)
		w.maybeHeld(l.Held)
		w.Fail = w.Fail || l.Func != w.fn
	})
	list(w.coder, s.Contexts, func(c Context) {
		w.Str(c.Callee)
		w.Pos(c.Pos)
		list(w.coder, c.Held, w.ownHeld)
		list(w.coder, c.Dropped, w.ref)
		w.Str(c.Via)
	})
	list(w.coder, s.Met, w.requirement)
	for _, n := range s.Stats.all() {
		w.Uint(uint64(*n))
	}
}

// all are the counters, in order.
func (s *Stats) all() []*int {
	return []*int{
		&s.LockOps, &s.Resolved, &s.ByCaller, &s.Unresolved, &s.Calls, &s.UnknownCalls,
		&s.IndirectCalls, &s.IndirectResolved, &s.StatesCut, &s.EventsCut, &s.StepsCut,
	}
}

// ownHeld is held, with what callers do not read.
func (w *summaryCoder) ownHeld(h *Held) {
	known := len(w.helds)
	w.held(h)
	w.heldsRest(known)
}

func (w *summaryCoder) heldsRest(known int) {
	for _, h := range w.helds[known:] {
		w.heldRest(h)
	}
}

func (w *summaryCoder) maybeHeld(h *Held) {
	w.Bool(h != nil)
	if h != nil {
		w.ownHeld(h)
	}
}

func (w *summaryCoder) heldRest(h *Held) {
	w.Fail = w.Fail || h.Func != w.fn
	w.Pos(h.Pos)
	if h.From == nil {
		w.Uint(0)
		return
	}
	dep := slices.IndexFunc(w.deps, func(d *Summary) bool {
		return d.Func == h.From.Func && int(h.From.num) < len(d.helds) && d.helds[h.From.num] == h.From
	})
	w.Fail = w.Fail || dep < 0
	w.Uint(uint64(dep + 1))
	w.Uint(uint64(h.From.num))
}

func (w *summaryCoder) requirement(r *Requirement) {
	if r == nil {
		w.Uint(0)
		return
	}
	dep := slices.IndexFunc(w.deps, func(d *Summary) bool {
		return d.Func == r.Func && int(r.num) < len(d.Requires) && d.Requires[r.num] == r
	})
	w.Fail = w.Fail || dep < 0
	w.Uint(uint64(dep + 1))
	w.Uint(uint64(r.num))
}

// Where the next hop of an event is.
const (
	hopNone = iota
	hopCallee
	hopPointer // in a callee, which calls a pointer: then in the callee of that
)

func (w *summaryCoder) eventRest(e *Event) {
	w.Fail = w.Fail || e.Func != w.fn
	w.Pos(e.Pos)
	w.Str(e.Via)
	w.Bool(e.Handed)
	next := e.Next
	if next == nil {
		w.Uint(hopNone)
		return
	}
	if dep := w.owner(next); dep >= 0 {
		w.Uint(hopCallee)
		w.Uint(uint64(dep))
		w.Uint(uint64(next.num))
		return
	}
	w.Uint(hopPointer)
	from, to := -1, -1
	if next.Next != nil {
		from = slices.IndexFunc(w.deps, func(d *Summary) bool {
			return d.Func == next.Func && int(next.num) < len(d.Events) && isHop(next, d.Events[next.num])
		})
		to = w.owner(next.Next)
	}
	if from < 0 || to < 0 {
		w.Fail = true
		return
	}
	w.Uint(uint64(from))
	w.Uint(uint64(next.num))
	w.Uint(uint64(to))
	w.Uint(uint64(next.Next.num))
	w.Str(next.Via)
}

// owner finds the callee whose event e is, -1 if it is of none.
func (w *summaryCoder) owner(e *Event) int {
	return slices.IndexFunc(w.deps, func(d *Summary) bool {
		return d.Func == e.Func && int(e.num) < len(d.Events) && d.Events[e.num] == e
	})
}

// through is e, a call of a pointer, as a hop to what the pointer's target does.
func (e *Event) through(to *Event, via string) *Event {
	hop := *e
	hop.Kind, hop.Next, hop.Via, hop.Ptr = to.Kind, to, via, nil
	hop.LockRef, hop.Mode, hop.Try, hop.Prim, hop.Qual = LockRef{Classes: to.Classes}, to.Mode, to.Try, to.Prim, to.Qual
	hop.Depth, hop.Indirect, hop.Again = e.Depth+to.Depth+1, e.Indirect+to.Indirect+1, to.Again
	hop.Puts += to.Puts
	return &hop
}

// isHop reports whether hop was made by through, of e or of what it shares all with.
func isHop(hop, e *Event) bool {
	return hop.Pos == e.Pos && hop.Handed == e.Handed && same(hop.Dropped, e.Dropped) && same(hop.Guard, e.Guard) && same(hop.Args, e.Args) &&
		same(hop.Under, e.Under)
}

// same reports whether two slices are one.
func same[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }
