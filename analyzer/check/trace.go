package check

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// A tracer builds the steps of a path from the next hops in the summaries.
type tracer struct {
	r     *Result
	steps []report.Step
	held  []string
}

// pairTrace is the path that takes p.Inner while p.Outer is held.
func (r *Result) pairTrace(p *summary.Pair, title string) report.Trace {
	t := &tracer{r: r}
	t.outer(p.Func, p.Outer, p.OuterClass)
	t.inner(p.Inner, p.InnerClass)
	return report.Trace{Title: title, Outer: p.OuterClass.String(), Inner: p.InnerClass.String(), Steps: t.steps}
}

// outer adds the steps that take a held lock, through the callees that
// return with it.
func (t *tracer) outer(fn *ir.Func, h *summary.Held, class rules.Class) {
	if h.Entry {
		t.held = append(t.held, class.String())
		verb := report.Requires
		s := t.step(h.Func, h.Pos, verb, class.String())
		if h.Prim == nil || h.Prim.Effect != rules.AssertHeld {
			s.Verb = report.Enters
			s.Target = ""
		}
		t.add(s)
		return
	}
	for h.From != nil && !t.r.inWrapper(h.From.Func) {
		t.add(t.call(h.Func, h.Pos, h.From.Func, ""))
		h = h.From
	}
	t.held = append(t.held, class.String())
	s := t.step(h.Func, h.Pos, report.Takes, class.String())
	if h.Try {
		s.Verb = report.Tries
	}
	if h.Prim.Duty() {
		s.Verb = report.Owes
	}
	s.Mode = mode(h.Mode)
	s.Quote = true
	t.add(s)
}

// inner adds the steps down to an event.
func (t *tracer) inner(e *summary.Event, class rules.Class) {
	last := t.r.taker(e)
	for e.Next != nil && !(t.r.opt.Outermost && e.Func == last) {
		t.add(t.call(e.Func, e.Pos, e.Next.Func, e.Via))
		e = e.Next
	}
	t.held = append(t.held, class.String())
	s := t.step(e.Func, e.Pos, report.Takes, class.String())
	if e.Try {
		s.Verb = report.Tries
	}
	if e.Kind == summary.Wait || awaits(e) {
		s.Verb = report.Waits
	}
	s.Mode = mode(e.Mode)
	s.Quote = true
	t.add(s)
}

// awaits reports whether an event waits for what others have to do, not for a lock.
func awaits(e *summary.Event) bool { return e.Prim != nil && e.Prim.Effect == rules.Await }

func (t *tracer) call(fn *ir.Func, pos ir.Pos, callee *ir.Func, via string) report.Step {
	s := t.step(fn, pos, report.Calls, callee.Name)
	if via != "function pointer" {
		s.Via = via
	}
	return s
}

func (t *tracer) add(s report.Step) {
	s.Held = slices.Clone(t.held)
	if !s.Quote {
		s.Source, s.Caret = "", [2]int{}
	}
	t.steps = append(t.steps, s)
}

// step makes a step at pos of fn, with the source line.
func (t *tracer) step(fn *ir.Func, pos ir.Pos, verb report.Verb, target string) report.Step {
	s := report.Step{
		Pos: t.r.at(fn, pos), Function: fn.Name, Verb: verb, Target: target,
	}
	if pos.Line == 0 || t.r.opt.Line == nil {
		return s
	}
	if text, ok := t.r.opt.Line(fn.File, s.Pos.Line); ok {
		s.Source = text
		if pos.EndCol > pos.Col && int(pos.EndCol)-1 <= len(text) {
			s.Caret = [2]int{int(pos.Col) - 1, int(pos.EndCol) - 1}
		}
	}
	return s
}

func mode(m rules.Mode) report.Mode {
	switch m {
	case rules.Shared:
		return report.Shared
	case rules.RecursiveShared:
		return report.Recursive
	}
	return report.Exclusive
}

// via is the list of callees from an event down to its leaf, as
// groundtruth/pairs.csv spells it: "direct", or "f>g>h".
func via(e *summary.Event) string {
	if e.Next == nil {
		return "direct"
	}
	out := ""
	for e = e.Next; e != nil; e = e.Next {
		if out != "" {
			out += ">"
		}
		out += e.Func.Name
	}
	return out
}
