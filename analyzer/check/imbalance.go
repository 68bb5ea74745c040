package check

import (
	"fmt"
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var imbalanceCheck = &Check{
	Name: "imbalance", Default: true, run: (*Result).imbalance, since: (*Result).imbalanceSince,
	Doc: `a way out leaves a lock held, or releases one that is not

The function takes the lock itself. On one way out it is still held while
another way out with the same kind of result (an error, a zero, no value) has
released it, or it is held where an error is returned and nowhere else; or a
path releases it without having taken it, while another path takes it, or
releases for reading what was taken for writing. A function that returns holding
a lock on success and without it on failure is no fault: callers can tell the
two apart, as they can where a parameter decides, or a flag that is stored. What is no
lock but told to lockdep as one, and what may be a lock that a callee has let go of
and that is taken again, is reported with low confidence.

Of a patch, more is a fault: a function that returned without the lock on every
way out and may return with it now, whatever the result, where no caller has come
to release it; or one that took a lock and now only releases it, where no caller
has come to hold it.`,
}

// imbalance finds functions whose ways out disagree.
func (r *Result) imbalance() []*report.Violation {
	var out []*report.Violation
	for _, fn := range r.funcs {
		s := r.sums.Of(fn.ID)
		for _, u := range s.Unpaired {
			if len(u.Classes) == 0 {
				continue
			}
			what := "released but not held"
			if u.Held != nil {
				what = fmt.Sprintf("released as if taken %s", word(u.Held.Mode != rules.Exclusive))
			}
			v := r.unbalanced(fn, u.Pos, u.Classes[0].String(), what, report.Releases)
			if u.Held != nil {
				t := &tracer{r: r}
				t.outer(fn, u.Held, u.Classes[0])
				v.Paths[0].Steps = append(t.steps, v.Paths[0].Steps...)
			} else if taken, ok := r.takenElsewhere(s, &u); ok {
				v.Paths = append(v.Paths, taken)
			}
			doubtful(v, s.Doubts[u.Pos])
			out = append(out, v)
		}
		for i := range s.Exits {
			out = append(out, r.leaks(fn, s, &s.Exits[i])...)
		}
	}
	return out
}

// takenElsewhere is where the function acquires the lock that it releases
// without holding it, by the fewest calls: the nearest place before the release,
// or else the first.
func (r *Result) takenElsewhere(s *summary.Summary, u *summary.Unpaired) (report.Trace, bool) {
	var best *summary.Event
	for _, e := range s.Events {
		if e.Kind != summary.Acquire || !slices.Contains(e.Classes, u.Classes[0]) {
			continue
		}
		if best == nil || e.Depth < best.Depth || e.Depth == best.Depth && nearer(e.Pos, best.Pos, u.Pos) {
			best = e
		}
	}
	if best == nil {
		return report.Trace{}, false
	}
	t := &tracer{r: r}
	t.inner(best, u.Classes[0])
	return report.Trace{Title: "another path takes it", Inner: u.Classes[0].String(), Steps: t.steps}, true
}

// nearer reports whether a leads to the place at better than b does.
func nearer(a, b, at ir.Pos) bool {
	if before := a.Line < at.Line; before != (b.Line < at.Line) {
		return before
	} else if before {
		return a.Line > b.Line
	}
	return a.Line < b.Line
}

func word(exclusive bool) string {
	if exclusive {
		return "exclusively"
	}
	return "shared"
}

// leaks compares one way out with the others.
func (r *Result) leaks(fn *ir.Func, s *summary.Summary, x *summary.Exit) []*report.Violation {
	var out []*report.Violation
	if slices.ContainsFunc(s.Events, func(e *summary.Event) bool { return e.Kind == summary.Callback && e.Next == nil }) {
		return nil // it calls what its caller passed, which may release the lock
	}
	if len(x.Acquired) == 0 || !r.releases(fn) {
		return nil // the other ways out never had it
	}
	for _, h := range x.Acquired {
		if len(h.Classes) == 0 || h.Prim != nil && (h.Prim.Scope || h.Prim.Effect == rules.Downgrade) || h.Prim.Duty() || !r.taken(fn, h) || slices.Contains(x.Varies, h.Pos) || !forgotten(s, x, h) {
			continue
		}
		v := r.leak(fn, x, h)
		why := r.doubt(h)
		if why == "" && h.Prim != nil && h.Prim.Map {
			why = "it is no lock, but what lockdep is told, which others may end"
		}
		doubtful(v, why)
		out = append(out, v)
	}
	return out
}

// leak reports that fn returns by x with h.
func (r *Result) leak(fn *ir.Func, x *summary.Exit, h *summary.Held) *report.Violation {
	v := r.unbalanced(fn, x.Pos, h.Classes[0].String(), "still held on return", report.Returns)
	t := &tracer{r: r}
	t.outer(fn, h, h.Classes[0])
	step := t.step(fn, x.Pos, report.Returns, "")
	step.Quote = true
	t.add(step)
	v.Paths = []report.Trace{{Title: "leaves it held", Outer: h.Classes[0].String(), Steps: t.steps}}
	return v
}

// doubt says why h may be released all the same, or not have been taken.
func (r *Result) doubt(h *summary.Held) string {
	for ; h != nil; h = h.From {
		if why := r.sums.Of(h.Func.ID).Doubts[h.Pos]; why != "" {
			return why
		}
	}
	return ""
}

// doubtful lowers the confidence of v for a reason, if there is one.
func doubtful(v *report.Violation, why string) {
	if why != "" {
		v.Confidence, v.Score = report.Low, 30
		v.Reasons = append(v.Reasons, why)
	}
}

// releases reports whether fn releases any lock, itself or by a callee.
func (r *Result) releases(fn *ir.Func) bool {
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			op := &b.Ops[i]
			if op.Kind == ir.Lock && op.Prim.Effect == rules.Release {
				return true
			}
			for _, id := range op.Callee.Targets {
				if s := r.sums.Of(id); s != nil && slices.ContainsFunc(s.Outcomes, func(o summary.Outcome) bool { return len(o.Released) > 0 }) {
					return true
				}
			}
		}
	}
	return false
}

// taken reports whether fn itself takes h, or has it taken by wrappers that
// do nothing else.
func (r *Result) taken(fn *ir.Func, h *summary.Held) bool {
	if h.Func != fn || heldDepth(h) > maxWrappers || h.From != nil && indirectAt(fn, h.Pos) {
		return false
	}
	for h = h.From; h != nil; h = h.From {
		if !r.hands(h) {
			return false
		}
	}
	return true
}

const maxWrappers = 3 // around one lock

// indirectAt reports whether the call at pos goes through a pointer: who is
// called there has a counterpart that is called the same way.
func indirectAt(fn *ir.Func, pos ir.Pos) bool {
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			if op := &b.Ops[i]; op.Kind == ir.Call && op.Pos == pos && op.Callee.Indirect() {
				return true
			}
		}
	}
	return false
}

// forgotten reports whether way out x keeps h although nobody can want that:
// another way out that callers cannot tell from x has released it, or x
// returns an error and no way out that returns none keeps it.
func forgotten(s *summary.Summary, x *summary.Exit, h *summary.Held) bool {
	kind := exitKind(s.Func, x)
	same, released, kept := false, false, false
	for i := range s.Exits {
		o := &s.Exits[i]
		like := exitKind(s.Func, o) == kind && (kind != "" || o.Pos == x.Pos && o.Ret == x.Ret)
		switch {
		case holds(o, h):
			kept = kept || exitKind(s.Func, o) != "negative"
		case len(o.Acquired) > 0 && (like || kind == "negative"):
			kept = true // it returns with one lock or another
		case exclusive(x, o, like) && !(s.Func.ErrResult && kind == "negative"):
			if like {
				return false // the parameters, or what is stored, tell the two apart
			}
		default:
			same = same || like
			released = true
		}
	}
	return same || kind == "negative" && released && !kept
}

func holds(x *summary.Exit, h *summary.Held) bool {
	return slices.ContainsFunc(x.Acquired, func(a *summary.Held) bool {
		return a.Pos == h.Pos || a.Val == h.Val && (a.Val != nil || slices.Equal(a.Classes, h.Classes))
	})
}

// exitKind is what a caller can tell of a way out: "" where nothing is known.
func exitKind(fn *ir.Func, x *summary.Exit) string {
	switch {
	case !x.Value:
		return "void"
	case fn.ErrResult && x.Ret.Excludes(summary.Fact{}): // as the kernel's -errno
		return "negative"
	case x.Ret.Lo == 0 && x.Ret.Hi == 0:
		return "zero"
	case x.Ret.Hi < 0:
		return "negative"
	case x.Ret.Lo > 0:
		return "positive"
	}
	return ""
}

// exclusive reports whether callers can tell x from y: by what the parameters
// have to be, or by what is stored where callers can see it. What memory held
// on entry counts only where they look there: if memory is set.
func exclusive(x, y *summary.Exit, memory bool) bool {
	for _, f := range x.Guard {
		if !memory && f.Val.Has&(1<<ir.Load) != 0 {
			continue
		}
		for _, g := range y.Guard {
			if f.Val == g.Val && f.Excludes(g) {
				return true
			}
		}
	}
	for _, f := range x.Cells {
		for _, g := range y.Cells {
			if f.Addr == g.Addr && f.Val != g.Val {
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
		Check: "imbalance", Pos: r.at(fn, pos),
		Message: fmt.Sprintf("%s %s", class, what), Inner: class, Function: fn.Name, Root: fn.Name,
		Key:        report.MakeKey("imbalance", []string{class, what}, []string{fn.Name}),
		Paths:      []report.Trace{{Title: what, Inner: class, Steps: t.steps}},
		Confidence: report.Medium, Score: 60,
	}
}
