package analyzer

import (
	"fmt"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
)

var imbalanceCheck = &Check{
	Name: "imbalance", Default: true, run: (*Result).imbalance,
	Doc: `a way out leaves a lock held, or releases one that is not

The function takes the lock itself. On one way out it is still held while
another way out with the same kind of result (an error, a zero, no value) has
released it; or a path releases it without having taken it, while another path
takes it. A function that returns holding a lock on success and without it on
failure is no fault: callers can tell the two apart.`,
}

// imbalance finds functions whose ways out disagree.
func (r *Result) imbalance() []*report.Violation {
	var out []*report.Violation
	for _, fn := range r.prog.funcs {
		s := r.sums.Of(fn.ID)
		for _, u := range s.Unpaired {
			if len(u.Classes) == 0 {
				continue
			}
			out = append(out, r.unbalanced(fn, u.Pos, u.Classes[0].String(), "released but not held", report.Releases))
		}
		for i := range s.Exits {
			out = append(out, r.leaks(fn, s, &s.Exits[i])...)
		}
	}
	return out
}

// leaks compares one way out with the others of its kind.
func (r *Result) leaks(fn *ir.Func, s *summary.Summary, x *summary.Exit) []*report.Violation {
	var out []*report.Violation
	for _, h := range x.Acquired {
		if h.From != nil || h.Func != fn || len(h.Classes) == 0 || !r.balancedElsewhere(s, x, h) {
			continue
		}
		v := r.unbalanced(fn, x.Pos, h.Classes[0].String(), "still held on return", report.Returns)
		t := &tracer{r: r}
		t.outer(fn, h, h.Classes[0])
		step := t.step(fn, x.Pos, report.Returns, "")
		step.Quote = true
		t.add(step)
		v.Paths = []report.Trace{{Title: "leaves it held", Outer: h.Classes[0].String(), Steps: t.steps}}
		out = append(out, v)
	}
	return out
}

// balancedElsewhere reports whether some way out that callers cannot tell
// from x has released h.
func (r *Result) balancedElsewhere(s *summary.Summary, x *summary.Exit, h *summary.Held) bool {
	kind := exitKind(x)
	if kind == "" {
		return false
	}
	found := false
	for i := range s.Exits {
		o := &s.Exits[i]
		if exitKind(o) != kind {
			continue
		}
		holds := false
		for _, a := range o.Acquired {
			if a.Pos == h.Pos || a.Val == h.Val {
				holds = true
			}
		}
		if holds {
			continue
		}
		if exclusive(x.Guard, o.Guard) {
			return false // the parameters tell the two apart
		}
		found = true
	}
	return found
}

// exitKind is what a caller can tell of a way out: "" where nothing is known.
func exitKind(x *summary.Exit) string {
	switch {
	case !x.Value:
		return "void"
	case x.Ret.Lo == 0 && x.Ret.Hi == 0:
		return "zero"
	case x.Ret.Hi < 0:
		return "negative"
	case x.Ret.Lo > 0:
		return "positive"
	}
	return ""
}

// exclusive reports whether two guards cannot both hold.
func exclusive(a, b []summary.Fact) bool {
	for _, f := range a {
		for _, g := range b {
			if f.Val == g.Val && f.Excludes(g) {
				return true
			}
		}
	}
	return false
}

func (r *Result) unbalanced(fn *ir.Func, pos ir.Pos, class, what string, verb report.Verb) *report.Violation {
	t := &tracer{r: r}
	step := t.step(fn, pos, verb, class)
	step.Quote = true
	t.add(step)
	return &report.Violation{
		Check: "imbalance", Pos: report.Position{File: fn.File, Line: int(pos.Line), Col: int(pos.Col)},
		Message: fmt.Sprintf("%s %s", class, what), Inner: class, Function: fn.Name, Root: fn.Name,
		Key:        report.MakeKey("imbalance", []string{class, what}, []string{fn.Name}),
		Paths:      []report.Trace{{Title: what, Inner: class, Steps: t.steps}},
		Confidence: report.Medium, Score: 60,
	}
}
