package analyzer

import (
	"runtime"
	"sync"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/patch"
)

// A search looks for what is wrong in the states of a series while others are still read. The
// zero value has not begun.
type search struct {
	first  *Result                // nil: it has not begun
	inPath func(file string) bool // by the paths when it began
	begun  []bool                 // by state
	work   sync.WaitGroup
	slots  chan struct{} // as many as there are processors
}

// look begins to look at states: what has to be read has been settled by those that are there,
// unless another one shows more.
func (s *seriesRun) look() {
	if l := &s.search; l.first == nil {
		s.inPaths("") // which sets the filter
		l.first, l.inPath = s.results[0], s.filter
		l.begun, l.slots = make([]bool, len(s.states)), make(chan struct{}, runtime.GOMAXPROCS(0))
	}
	for _, i := range s.loaded(true) {
		s.search.add(s, i)
	}
}

// add looks at a state, if the search has begun and has not looked at it.
func (l *search) add(s *seriesRun, i int) {
	if l.first == nil || l.begun[i] {
		return
	}
	l.begun[i] = true
	r, first, inPath, slots := s.results[i], l.first, l.inPath, l.slots
	l.work.Go(func() {
		slots <- struct{}{}
		s.found[i] = findings(r, first, s.checks, inPath)
		<-slots
	})
}

// stop waits for what has begun, and makes all of it undone.
func (l *search) stop() {
	l.work.Wait()
	l.first = nil
}

// findings keeps of an analysis what is compared. What is a fault as a change is
// one against the tree before the series.
func findings(r, first *Result, checks []*check.Check, inPath func(file string) bool) patch.Findings {
	var before *check.Result
	if r != first {
		before = first.Result
	}
	f := patch.Findings{
		Violations: r.RunSince(checks, before).Shown, Pairs: r.Edges(), Functions: map[string]bool{}, Classes: map[string]bool{},
	}
	for _, fn := range r.prog.funcs {
		f.Functions[fn.Name] = true
		if !inPath(fn.File) {
			continue
		}
		for _, class := range r.Requires(fn.ID) {
			f.Required = append(f.Required, patch.Contract{File: fn.File, Function: fn.Name, Line: r.prog.line(fn, fn.Pos), Class: class})
		}
		for _, class := range r.Leaves(fn.ID) {
			f.Left = append(f.Left, patch.Contract{File: fn.File, Function: fn.Name, Line: r.prog.line(fn, fn.Pos), Class: class})
		}
	}
	for _, c := range r.Classes() {
		f.Classes[c.Name] = true
	}
	return f
}
