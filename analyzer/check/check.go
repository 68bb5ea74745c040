package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// A Check is one kind of fault. It reads the summaries and returns what it
// finds, in any order.
type Check struct {
	Name    string
	Doc     string // what `lockorder explain NAME` prints; the first line is a title
	Default bool
	run     func(*Result) []*report.Violation
	since   func(r, before *Result) []*report.Violation // what is a fault as a change; nil: nothing more
	code    bool                                        // it reads the code of functions, which lean runs drop
}

// Lean reports whether checks find all that they find in the summaries of a lean run.
func Lean(list []*Check) bool {
	return !slices.ContainsFunc(list, func(c *Check) bool { return c.code })
}

// checks lists the checks. Refused so far:
//
//	double-unlock: an unlock of what is not held is the caller's lock more
//	  often than a fault; imbalance reports it where the function itself shows
//	  which of the two it is.
var checks = []*Check{orderCheck, cycleCheck, recursionCheck, imbalanceCheck, unheldCheck, atomicCheck, irqCheck, staleCheck}

// All returns all checks, in the order in which they are documented.
func All() []*Check { return slices.Clone(checks) }

// Select picks checks by name; none named are those on by default.
func Select(names []string) ([]*Check, error) {
	var out []*Check
	for _, c := range checks {
		if len(names) == 0 && c.Default || slices.Contains(names, c.Name) {
			out = append(out, c)
		}
	}
	for _, n := range names {
		if !slices.ContainsFunc(checks, func(c *Check) bool { return c.Name == n }) {
			var known []string
			for _, c := range checks {
				known = append(known, c.Name)
			}
			return nil, fmt.Errorf("no check is called %q (there are %s)", n, strings.Join(known, ", "))
		}
	}
	return out, nil
}

// Options say what a Result is asked to report.
type Options struct {
	InPath        func(file string) bool // whether a file is reported on; nil: all are
	Line          LineText               // nil: reports quote no source
	All           bool                   // report low confidence too
	MinConfidence string                 // "high", "medium", "low"; "" is medium
	// Library: what nobody calls is called from elsewhere.
	Library bool
	// Outermost: a fault stands where a wrapper of the lock is called, rather
	// than in the wrapper.
	Outermost bool
	// Moved: by how many lines the text of a function is further down than its ir
	// says. Programs that have a function in common may have it at other places.
	Moved map[*ir.Func]int
}

// LineText returns a line of a source file; false if there is none.
type LineText func(file string, line int) (string, bool)

// A Result is a summarised program. Its methods run the checks and answer
// questions about it.
type Result struct {
	funcs  []*ir.Func // sorted by ID
	rules  *rules.Set
	sums   *summary.Set
	opt    Options
	inPath func(file string) bool
	pairs  func() *pairIndex
	entry  func() *entryLocks
	list   func() []report.Pair // see Edges
	since  *books               // the program that RunSince compared with last; nil: none
}

// New makes a program ready for the checks. The functions are those of the
// summaries, sorted by ID.
func New(funcs []*ir.Func, rs *rules.Set, sums *summary.Set, opt Options) *Result {
	r := &Result{funcs: funcs, rules: rs, sums: sums, opt: opt, inPath: opt.InPath}
	if r.inPath == nil {
		r.inPath = func(string) bool { return true }
	}
	// Made when they are asked for first: there may be several programs, and as many processors.
	r.pairs = sync.OnceValue(func() *pairIndex { return indexPairs(r) })
	r.entry, r.list = sync.OnceValue(r.findEntryLocks), sync.OnceValue(r.listEdges)
	return r
}

// WithRules is the same program under other declarations. The primitives must be
// those of the rules that it was summarised with.
func (r *Result) WithRules(rs *rules.Set) *Result { return New(r.funcs, rs, r.sums, r.opt) }

// With is the same program asked with other options.
func (r *Result) With(o Options) *Result {
	with := *r
	with.opt, with.inPath, with.since = o, o.InPath, nil
	if with.inPath == nil {
		with.inPath = func(string) bool { return true }
	}
	return &with
}

// Rules are the declarations in force.
func (r *Result) Rules() *rules.Set { return r.rules }

// Size counts the lock classes that are taken, and the pairs of them.
func (r *Result) Size() (classes, pairs int) { return len(r.pairs().classes), len(r.pairs().edges) }

// Findings are the violations after filtering.
type Findings struct {
	Shown    []*report.Violation // sorted by position
	Hidden   int                 // those of too low a confidence
	Excepted int                 // those that the rules except
}

// Run runs the checks and keeps what the options ask for.
func (r *Result) Run(list []*Check) Findings { return r.RunSince(list, nil) }

// RunSince is Run, and also finds what is a fault only since the program was
// changed: before is as it was, nil if that is not known.
func (r *Result) RunSince(list []*Check, before *Result) Findings {
	var f Findings
	min := report.Medium
	if r.opt.MinConfidence != "" {
		min = report.Confidence(r.opt.MinConfidence)
	}
	if r.opt.All {
		min = report.Low
	}
	for _, c := range list {
		found := c.run(r)
		if before != nil && c.since != nil {
			found = append(found, c.since(r, before)...)
		}
		for _, v := range fold(found) {
			switch {
			case !r.concerns(v):
			case r.excepted(v):
				f.Excepted++
			case v.Confidence.Rank() < min.Rank():
				f.Hidden++
			default:
				f.Shown = append(f.Shown, v)
			}
		}
	}
	slices.SortFunc(f.Shown, compareShown)
	return f
}

// fold keeps one report of each fault, that with the best witness.
func fold(found []*report.Violation) []*report.Violation {
	slices.SortFunc(found, compareViolations)
	out := found[:0]
	for _, v := range found {
		if n := len(out); n > 0 && out[n-1].Key == v.Key {
			out[n-1].Callers += 1 + v.Callers
			continue
		}
		out = append(out, v)
	}
	return out
}

// concerns reports whether a violation touches the configured paths: where
// either lock is taken, or where a path begins.
func (r *Result) concerns(v *report.Violation) bool {
	if r.inPath(v.Pos.File) {
		return true
	}
	for _, p := range v.Paths[:min(1, len(v.Paths))] {
		for _, s := range p.Steps {
			if (s.Quote || s.Function == v.Root) && r.inPath(s.Pos.File) {
				return true
			}
		}
	}
	return false
}

func (r *Result) excepted(v *report.Violation) bool {
	outer, _ := rules.ParseClass(v.Outer)
	inner, _ := rules.ParseClass(v.Inner)
	for _, fn := range []string{v.Function, v.Root} {
		if _, ok := r.rules.Excepted(v.Check, outer, inner, fn); ok {
			return true
		}
	}
	return false
}

// compareViolations puts the best witness of a fault first.
func compareViolations(a, b *report.Violation) int {
	return cmp.Or(
		strings.Compare(a.Key, b.Key), cmp.Compare(b.Score, a.Score), a.Pos.Compare(b.Pos),
		strings.Compare(a.Root, b.Root), strings.Compare(a.Message, b.Message),
	)
}

// Sort brings violations into the order of the output.
func Sort(vs []*report.Violation) { slices.SortFunc(vs, compareShown) }

// compareShown is the order of the output.
func compareShown(a, b *report.Violation) int {
	return cmp.Or(a.Pos.Compare(b.Pos), strings.Compare(a.Check, b.Check), strings.Compare(a.Message, b.Message),
		strings.Compare(a.Key, b.Key))
}

// score rates a violation by what its paths rest on.
func (r *Result) score(v *report.Violation, pairs ...*summary.Pair) {
	s := 100
	var reasons []string
	for _, p := range pairs {
		n, why := wayTo(p.Inner, heldDepth(p.Outer))
		s -= n
		reasons = append(reasons, why...)
		if len(p.Outer.Classes) > 1 || len(p.Inner.Classes) > 1 {
			s -= 15
			reasons = append(reasons, "a lock that may be of several classes")
		}
		for h := p.Outer.From; h != nil; h = h.From {
			if !r.hands(h) {
				s -= 55
				reasons = append(reasons, h.Func.Name+" may return with the outer lock, or without")
				break
			}
		}
		if why := r.doubt(p.Outer.From); why != "" && r.opt.Library {
			s -= 55
			reasons = append(reasons, p.OuterClass.String()+": "+why)
		}
		if p.Outer.Nameless() {
			s -= 55
			reasons = append(reasons, "nothing in "+p.Func.Name+" names the outer lock, which others may have released")
		}
		for e := p.Inner; e != nil && v.Check == "recursion"; e = e.Next {
			if e.Handed {
				s -= 55
				reasons = append(reasons, "its object has gone to a function that cannot be looked into")
				break
			}
		}
		if p.Inner.Again && v.Check == "recursion" {
			s -= 55
			reasons = append(reasons, "a lock of this class is released before, and it cannot be told whether it is this one")
		}
		if p.Fresh && v.Check != "recursion" {
			s -= 55
			reasons = append(reasons, p.Func.Name+" has made an object of these itself, and may not have shared it yet")
		}
		switch {
		case p.Outer.Entry && v.Check == "recursion" && (p.Outer.Prim == nil || p.Outer.Prim.Effect == rules.Release):
			s -= 55 // the release of what is taken here is the likelier reading
			reasons = append(reasons, "the outer lock is only seen to be released")
		case p.Outer.Entry && p.Outer.Prim == nil:
			s -= 55
			reasons = append(reasons, "the outer lock is only seen to be released, by a callee")
		case p.Outer.Entry:
			s -= 15
			reasons = append(reasons, "the outer lock is the caller's")
		}
		if p.Inner.Prim != nil && p.Inner.Prim.Effect == rules.MayLock {
			s -= 55
			reasons = append(reasons, "the lock is only said to be taken here at times")
		}
	}
	v.Score, v.Reasons = s, slices.Compact(reasons)
	devalue(v, 0)
	for _, p := range pairs {
		for e := p.Inner; e != nil; e = e.Next {
			if e.Via != "" && e.Next != nil {
				v.Notes = append(v.Notes, fmt.Sprintf("%s is assumed to be what %s calls at %s:%d, by %s",
					e.Next.Func.Name, e.Func.Name, e.Func.File, r.line(e.Func, e.Pos), e.Via))
			}
		}
	}
	v.Notes = slices.Compact(v.Notes)
}

// wayTo says what has to be believed of the way to an acquisition, which begins so many
// calls further up, and what that costs.
func wayTo(e *summary.Event, further int) (cost int, reasons []string) {
	if n := e.Indirect; n > 0 {
		cost += 20 * n
		reasons = append(reasons, plural(n, "call")+" through pointers")
	}
	if n := e.Puts; n > 0 {
		cost += 25 * n
		reasons = append(reasons, "the last reference to "+plural(n, "object")+" has to be dropped there")
	}
	if d := e.Depth + further; d > 4 {
		cost += 4 * (d - 4)
		reasons = append(reasons, fmt.Sprintf("%d calls deep", d))
	}
	return cost, reasons
}

// devalue takes n from the score of v, and says what confidence is left.
func devalue(v *report.Violation, n int) {
	v.Score = max(0, v.Score-n)
	switch {
	case v.Score >= 80:
		v.Confidence = report.High
	case v.Score >= 50:
		v.Confidence = report.Medium
	default:
		v.Confidence = report.Low
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// place is where the inner lock of e is taken, for a report.
func (r *Result) place(e *summary.Event) report.Position {
	if !r.opt.Outermost {
		pos, _ := r.leafPos(e)
		return pos
	}
	fn := r.taker(e)
	for e.Func != fn {
		e = e.Next
	}
	return r.at(fn, e.Pos)
}

// at is a place in fn, for a report.
func (r *Result) at(fn *ir.Func, pos ir.Pos) report.Position {
	return report.Position{File: fn.File, Line: r.line(fn, pos), Col: int(pos.Col)}
}

// line is the line of a place in fn; 0 if it has none.
func (r *Result) line(fn *ir.Func, pos ir.Pos) int {
	if pos.Line == 0 {
		return 0
	}
	return int(pos.Line) + r.opt.Moved[fn]
}

// inWrapper reports whether fn is a wrapper of a lock that reports do not go
// into.
func (r *Result) inWrapper(fn *ir.Func) bool {
	if !r.opt.Outermost {
		return false
	}
	_, wraps := r.wrapper(fn, nil)
	return wraps
}

// leafPos is where the inner lock of e is taken.
func (r *Result) leafPos(e *summary.Event) (report.Position, *ir.Func) {
	l := e.Leaf()
	return r.at(l.Func, l.Pos), l.Func
}

// taker is the function that takes the inner lock of e as its authors see it:
// the one that calls a wrapper which takes this lock and returns with it.
func (r *Result) taker(e *summary.Event) *ir.Func {
	chain := []*ir.Func{e.Func}
	for e.Next != nil {
		e = e.Next
		chain = append(chain, e.Func)
	}
	i := len(chain) - 1
	for i > 0 {
		sure, wraps := r.wrapper(chain[i], e.Classes)
		if !wraps {
			break
		}
		i--
		if !sure {
			break
		}
	}
	return chain[i]
}

// wrapper reports whether fn takes a single lock and returns with it, of one of the
// classes if any are named; sure: it always does.
func (r *Result) wrapper(fn *ir.Func, classes []rules.Class) (sure, wraps bool) {
	s := r.sums.Of(fn.ID)
	if s == nil {
		return false, false
	}
	for i := range s.Outcomes {
		o := &s.Outcomes[i]
		if len(o.Acquired) > 1 || len(o.Released) > 0 {
			return false, false
		}
		wraps = wraps || slices.ContainsFunc(o.Acquired, func(h *summary.Held) bool {
			return len(classes) == 0 || slices.ContainsFunc(h.Classes, func(c rules.Class) bool { return slices.Contains(classes, c) })
		})
	}
	return len(s.Outcomes) == 1, wraps
}

// outerLeaf is the function in which a held lock is taken.
func outerLeaf(h *summary.Held) *ir.Func {
	for h.From != nil {
		h = h.From
	}
	return h.Func
}

// hands reports whether the function that returns with h does so on purpose:
// always, or so that its callers can tell.
func (r *Result) hands(h *summary.Held) bool {
	s := r.sums.Of(h.Func.ID)
	if s == nil || len(s.Outcomes) == 0 { // nothing is known of it
		return false
	}
	for i := range s.Outcomes {
		with := &s.Outcomes[i]
		if !leaves(with, h) {
			continue
		}
		for j := range s.Outcomes {
			if without := &s.Outcomes[j]; !leaves(without, h) && !apart(with, without) {
				return false
			}
		}
	}
	return true
}

func leaves(o *summary.Outcome, h *summary.Held) bool {
	return slices.ContainsFunc(o.Acquired, func(a *summary.Held) bool {
		return a.Val.Equal(h.Val) && slices.Equal(a.Classes, h.Classes)
	})
}

// apart reports whether a caller can tell two outcomes apart: by the result,
// by what the parameters are, or by what is stored.
func apart(a, b *summary.Outcome) bool {
	if a.Ret.Excludes(b.Ret) {
		return true
	}
	for _, f := range a.Guard {
		for _, g := range b.Guard {
			if f.Val == g.Val && f.Excludes(g) {
				return true
			}
		}
	}
	return false
}

// ordering reports whether a pair makes an edge that can deadlock: the inner
// acquisition blocks, on a lock of another class.
func ordering(p *summary.Pair) bool { return p.OuterClass.Base() != p.InnerClass.Base() && blocks(p) }

// blocks reports whether the inner acquisition of a pair may wait for its lock.
func blocks(p *summary.Pair) bool {
	return !p.Infeasible && !p.Inner.Try && p.Inner.Kind == summary.Acquire &&
		!neverBlocks(p.Inner.Prim, p.Inner.Mode) && !neverBlocks(p.Outer.Prim, p.Outer.Mode)
}

// neverBlocks: a recursive reader is stopped by no one (rcu_read_lock); it
// only matters to those who wait for readers.
func neverBlocks(p *rules.Primitive, m rules.Mode) bool {
	return m == rules.RecursiveShared && p != nil && p.Arg == rules.ArgNone
}
