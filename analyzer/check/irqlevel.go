package check

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// level says whether interrupts are on at a point of a function.
type level uint8

const (
	asEntered level = iota // as they were on entry
	irqsOff
	irqsOn
	restored // as they were when a caller saved them
	unclear
)

// maxSaved bounds how deeply interrupts are saved.
const maxSaved = 4

// An irqState is what is known of interrupts and bottom halves at a point of a
// function: the same on all ways there, or it is unclear.
type irqState struct {
	hard  level
	saved [maxSaved]level // before each save that is not undone; those before n count
	n     int8            // of saved; -1: unclear
	pops  int8            // restores of what callers have saved
	bh    int8            // how often bottom halves were turned off and not on
	lost  bool            // bh is unclear
}

// join is what is known where two ways meet.
func (s irqState) join(t irqState) irqState {
	if s == t {
		return s
	}
	if s.hard != t.hard {
		s.hard = unclear
	}
	if s.saved != t.saved || s.n != t.n || s.pops != t.pops {
		s.saved, s.n, s.pops = [maxSaved]level{}, -1, 0
	}
	if s.bh != t.bh || t.lost {
		s.bh, s.lost = 0, true
	}
	return s
}

func (s *irqState) push() {
	switch {
	case s.n < 0:
	case int(s.n) == maxSaved:
		s.saved, s.n = [maxSaved]level{}, -1
	default:
		s.saved[s.n] = s.hard
		s.n++
	}
}

func (s *irqState) pop() {
	switch {
	case s.n < 0:
		s.hard = unclear
	case s.n == 0:
		s.hard = restored
		s.pops++
	default:
		s.n--
		s.hard, s.saved[s.n] = s.saved[s.n], asEntered
	}
}

// primitive is the state behind an operation.
func (s irqState) primitive(p *rules.Primitive) irqState {
	was := s
	switch p.IRQ {
	case rules.IRQOff:
		s.hard = irqsOff
	case rules.IRQOn:
		s.hard = irqsOn
	case rules.IRQSave:
		s.push()
		s.hard = irqsOff
	case rules.IRQRestore:
		s.pop()
	case rules.BHOff:
		s.bh++
	case rules.BHOn:
		s.bh--
	}
	if p.Success != rules.Always { // it may have failed
		s = s.join(was)
	}
	return s
}

// under is a state of a callee, seen from its caller, where s is at the call.
func (s irqState) under(callee irqState) irqState {
	at := s.hard
	for range callee.pops {
		s.pop()
	}
	popped := s.hard
	seen := func(l level) level { // from here
		switch {
		case l == asEntered:
			return at
		case l == restored && callee.pops > 0:
			return popped
		case l == restored:
			return unclear
		}
		return l
	}
	if callee.n < 0 {
		s.saved, s.n = [maxSaved]level{}, -1
	} else {
		for _, l := range callee.saved[:callee.n] {
			s.hard = seen(l)
			s.push()
		}
	}
	s.hard = seen(callee.hard)
	if s.bh += callee.bh; callee.lost {
		s.bh, s.lost = 0, true
	}
	return s
}

// A site is an operation with the state in which it happens.
type site struct {
	op  *ir.Op
	was level    // of interrupts, before it
	st  irqState // for an acquisition, with what it turns off
}

// irqLevels are the sites of each function and the states that they return in, all
// relative to their entry.
type irqLevels struct {
	sites map[string][]site
	exits map[string]irqState
}

// levels finds them, callees first.
func (r *Result) levels() *irqLevels {
	l := &irqLevels{sites: map[string][]site{}, exits: map[string]irqState{}}
	for _, id := range r.sums.Graph.Order {
		if fn := r.sums.Graph.Funcs[id]; len(fn.Blocks) > 0 {
			l.function(fn)
		}
	}
	return l
}

func (l *irqLevels) function(fn *ir.Func) {
	in := make([]*irqState, len(fn.Blocks))
	in[0] = &irqState{}
	work := []int{0}
	for len(work) > 0 {
		b := fn.Blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		st := *in[b.Index]
		for i := range b.Ops {
			st = l.after(&b.Ops[i], st)
		}
		for _, s := range b.Succs {
			next := st
			if in[s] != nil {
				next = in[s].join(st)
				if next == *in[s] {
					continue
				}
			}
			in[s] = &next
			work = append(work, s)
		}
	}
	var sites []site
	var exit *irqState
	for _, b := range fn.Blocks {
		if in[b.Index] == nil {
			continue
		}
		st := *in[b.Index]
		for i := range b.Ops {
			op := &b.Ops[i]
			at, was := st, st.hard
			st = l.after(op, st)
			if op.Kind == ir.Lock && op.Prim.Effect == rules.Acquire && op.Prim.Success == rules.Always {
				at = st // interrupts go off first
			}
			if op.Kind == ir.Lock || op.Kind == ir.Call {
				sites = append(sites, site{op, was, at})
			}
		}
		if len(b.Succs) == 0 {
			if exit == nil {
				exit = &irqState{}
				*exit = st
			} else {
				*exit = exit.join(st)
			}
		}
	}
	l.sites[fn.ID] = sites
	if exit != nil && *exit != (irqState{}) {
		l.exits[fn.ID] = *exit
	}
}

// after is the state behind an operation.
func (l *irqLevels) after(op *ir.Op, st irqState) irqState {
	switch op.Kind {
	case ir.Lock:
		return st.primitive(op.Prim)
	case ir.Call:
		for i, id := range op.Callee.Targets {
			next := st.under(l.exits[id])
			if i > 0 && next != st.under(l.exits[op.Callee.Targets[0]]) {
				return irqState{hard: unclear, n: -1, lost: true}
			}
			if i == len(op.Callee.Targets)-1 {
				return next
			}
		}
	}
	return st
}

// at is the state in which an event happens, relative to the entry of its function.
func (l *irqLevels) at(e *summary.Event) irqState {
	var out *irqState
	for _, s := range l.sites[e.Func.ID] {
		if s.op.Pos != e.Pos {
			continue
		}
		switch {
		case e.Next == nil && (s.op.Kind != ir.Lock || e.Prim == nil || s.op.Prim.Name != e.Prim.Name):
			continue
		case e.Next != nil && (s.op.Kind != ir.Call || len(s.op.Callee.Targets) > 0 && !slices.Contains(s.op.Callee.Targets, e.Next.Func.ID)):
			continue
		}
		if out == nil {
			st := s.st
			out = &st
		} else {
			*out = out.join(s.st)
		}
	}
	switch {
	case out == nil:
		return irqState{hard: unclear, n: -1, lost: true}
	case e.Next == nil:
		return *out
	}
	return out.under(l.at(e.Next))
}
