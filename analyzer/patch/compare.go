package patch

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
)

// Findings are what an analysis finds in one state of the tree.
type Findings struct {
	Violations []*report.Violation // of any confidence
	Pairs      []report.Pair       // one for each pair of classes, with its verdict
	Required   []Contract          // locks that functions ask their callers for
	Left       []Contract          // locks that functions may return with
	Functions  map[string]bool     // names of the functions that were read
	Classes    map[string]bool     // names of the lock classes
}

// A Contract says that a function has to do with a class of its callers.
type Contract struct {
	File, Function, Class string
	Line                  int
}

// A fault is one violation in the states that have it.
type fault struct {
	born  int               // the state it is first in
	died  int               // the first state without it; 0: the last state has it
	first *report.Violation // as it is in the first state that has it
	last  *report.Violation // and in the last
	shown map[int]bool      // states in which its confidence is high enough
}

// Comparison is what a series does to the violations of a tree.
type Comparison struct {
	// Violations of the first state, the last or one between, each once, with
	// Change and Patch set; sorted as a scan sorts them.
	Violations []*report.Violation
	PerPatch   []Delta
}

// A Delta counts what one patch does.
type Delta struct{ Added, Fixed, Moved int }

// Compare follows the violations through the states of a series; states[0] is
// the tree before it. A violation is shown if its confidence is at least min.
//
// Violations are matched by key: the check, the classes and the functions.
// What is left over on both sides is the same one if check and classes agree and
// the function was renamed, split off or folded in: a function that is named on
// one side does not exist on the other. Classes may be renamed in the same sense.
func Compare(states []Findings, min report.Confidence) *Comparison {
	c := &Comparison{PerPatch: make([]Delta, len(states)-1)}
	var all []*fault
	var alive []*fault
	shown := func(v *report.Violation) bool { return v.Confidence.Rank() >= min.Rank() }
	for i := range states {
		var next []*fault
		taken := make([]*fault, len(states[i].Violations))
		if i > 0 {
			pairs := match(alive, &states[i-1], &states[i])
			for _, f := range alive {
				if j, ok := pairs[f]; ok {
					taken[j] = f
				} else {
					f.died = i
				}
			}
		}
		for j, v := range states[i].Violations {
			f := taken[j]
			if f == nil {
				f = &fault{born: i, first: v, shown: map[int]bool{}}
				all = append(all, f)
			} else if displaced(f.last, v) && f.shown[i-1] && shown(v) {
				c.PerPatch[i-1].Moved++
			}
			f.last = v
			f.shown[i] = shown(v)
			next = append(next, f)
		}
		alive = next
	}
	end := len(states) - 1
	for _, f := range all {
		for i := 1; i <= end; i++ {
			switch {
			case f.shown[i] && !f.shown[i-1]:
				c.PerPatch[i-1].Added++
			case !f.shown[i] && f.shown[i-1]:
				c.PerPatch[i-1].Fixed++
			}
		}
		if v := f.judge(end); v != nil {
			c.Violations = append(c.Violations, v)
		}
	}
	slices.SortFunc(c.Violations, compareChanges)
	return c
}

// judge is the violation with what the series does to it, nil if nobody gets to
// see it.
func (f *fault) judge(end int) *report.Violation {
	var v report.Violation
	switch before, after := f.shown[0], f.shown[end]; {
	case before && after:
		v = *f.last
		v.Change = report.Same
		if displaced(f.first, f.last) {
			v.Change = report.Moved
			was := f.first.Pos
			v.Was = &was
		}
	case after:
		v = *f.last
		v.Change = report.Added
		v.Patch = f.turn(end, true)
	case before:
		v = *f.first
		v.Change = report.Fixed
		v.Patch = f.turn(end, false)
	default:
		from := f.turn(end, true)
		if from == 0 {
			return nil
		}
		v = *f.last
		v.Change = report.Passing
		v.Patch = from
		v.Until = f.turn(end, false)
	}
	return &v
}

// turn is the last patch that brought the fault up, or took it away.
func (f *fault) turn(end int, up bool) int {
	for i := end; i > 0; i-- {
		if f.shown[i] == up && f.shown[i-1] != up {
			return i
		}
	}
	return 0
}

// displaced reports whether a fault is in another file or function.
func displaced(was, is *report.Violation) bool {
	return was.Pos.File != is.Pos.File || was.Function != is.Function
}

// match finds the violations of a state among those of the next; the result has
// indices into next.Violations.
func match(alive []*fault, prev, next *Findings) map[*fault]int {
	out := map[*fault]int{}
	byKey := map[string]int{}
	for j, v := range next.Violations {
		byKey[v.Key] = j
	}
	used := make([]bool, len(next.Violations))
	for _, f := range alive {
		if j, ok := byKey[f.last.Key]; ok {
			out[f] = j
			used[j] = true
		}
	}
	for _, f := range alive {
		if _, ok := out[f]; ok {
			continue
		}
		for j, v := range next.Violations {
			if !used[j] && follows(f.last, v, prev, next) {
				out[f] = j
				used[j] = true
				break
			}
		}
	}
	return out
}

// follows reports whether b can be a after an edit that keeps what it does.
func follows(a, b *report.Violation, prev, next *Findings) bool {
	renamed := func(x, y string) bool { return x == y || !next.Functions[x] && !prev.Functions[y] }
	class := func(x, y string) bool { return x == y || !next.Classes[x] && !prev.Classes[y] }
	if a.Check != b.Check || !class(a.Outer, b.Outer) || !class(a.Inner, b.Inner) {
		return false
	}
	if renamed(a.Function, b.Function) && renamed(a.Root, b.Root) {
		return true
	}
	// Code that moved into a function of its own, or out of one.
	return a.Root == b.Root && (!prev.Functions[b.Function] || !next.Functions[a.Function])
}

// changeOrder is the order in which changes are shown: the worst first.
var changeOrder = []report.Change{report.Added, report.Passing, report.Moved, report.Fixed, report.Same}

func compareChanges(a, b *report.Violation) int {
	return cmp.Or(
		cmp.Compare(slices.Index(changeOrder, a.Change), slices.Index(changeOrder, b.Change)),
		cmp.Compare(a.Patch, b.Patch), a.Pos.Compare(b.Pos), strings.Compare(a.Check, b.Check),
		strings.Compare(a.Message, b.Message), strings.Compare(a.Key, b.Key),
	)
}
