package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A shedder frees, in a pass of a lean run, what is not read any more once all that
// call a function by name are done: a whole kernel would not fit otherwise.
// Only a call through a pointer, or one that closes a recursion, asks for a summary
// later than that.
type shedder struct {
	first   bool // of two passes
	settled []bool
	out     []*Summary
	callees [][]int // those that a function waits for, by rank; nil: nothing is shed
	left    []int   // functions that wait for this one and are not done
	later   []bool  // asked for by the next pass
}

func newShedder(o Options, first bool, calls *calls, settled []bool, out []*Summary) *shedder {
	s := &shedder{first: first, settled: settled, out: out, later: calls.later}
	if !o.Lean {
		return s
	}
	s.callees, s.left = calls.callees, make([]int, len(out))
	for j, us := range calls.users {
		s.left[j] = len(us)
	}
	return s
}

// after frees what nobody needs now that function i is done.
func (s *shedder) after(i int) {
	if s.callees == nil {
		return
	}
	if sum := s.out[i]; sum != nil && (!s.first || s.settled[i]) {
		sum.shedBody(sum.Func)
	}
	for _, j := range s.callees[i] {
		if s.left[j]--; s.left[j] == 0 {
			s.drop(j)
		}
	}
	if s.left[i] == 0 {
		s.drop(i)
	}
}

func (s *shedder) drop(j int) {
	switch {
	case s.later[j] || s.out[j] == nil:
	case !s.first:
		s.out[j].shedEvents()
	case !s.settled[j]:
		s.out[j] = nil // the next pass makes another
	}
}

// rest is called at the end of the pass.
func (s *shedder) rest() {
	if s.callees == nil || s.first {
		return
	}
	for _, sum := range s.out {
		sum.shedEvents()
	}
}

// shedBody drops the blocks of fn. The checks look at the calls of those functions
// alone that have several ways to return.
func (s *Summary) shedBody(fn *ir.Func) {
	if len(s.Exits) == 0 {
		fn.Blocks = nil
	}
}

// shedEvents leaves those events that the checks ask for. The others live on where
// pairs and callers' events lead to them.
func (s *Summary) shedEvents() {
	kept := s.Events[:0:0]
	for _, e := range s.Events {
		if e.Next == nil || len(e.Next.Classes) == 0 || s.unpairs(e) {
			kept = append(kept, e)
		}
	}
	s.Events = slices.Clip(kept)
}

// unpairs reports whether e may acquire what the function releases without holding it.
func (s *Summary) unpairs(e *Event) bool {
	return e.Kind == Acquire && slices.ContainsFunc(s.Unpaired, func(u Unpaired) bool { return sharesClass(u.Classes, e.Classes) })
}
