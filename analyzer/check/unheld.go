package check

import (
	"fmt"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var unheldCheck = &Check{
	Name: "unheld", Default: true, run: (*Result).unheld, since: (*Result).unheldSince,
	Doc: `a required lock is not held

A function states that its caller holds a lock (lockdep_assert_held(),
__must_hold(), a rule). The report shows a call that can be reached without
it: neither the caller nor, as far as they are loaded, any of the caller's
callers take the lock.

Of a patch, a function that held the lock for the call and does not any more is
reported wherever none of its own callers holds it.`,
}

// unheld finds calls that lack a lock which the callee requires.
func (r *Result) unheld() []*report.Violation {
	entry := r.entryLocks()
	met := map[metKey]int{}
	callees := sync.OnceValue(func() map[string]bool { // of whatever calls, on paths or not
		out := map[string]bool{}
		for _, ids := range r.sums.Graph.Callees {
			for _, id := range ids {
				out[id] = true
			}
		}
		return out
	})
	direct := map[*summary.Requirement]int{} // callers that hold it, by the callee's requirement
	for _, fn := range r.funcs {
		for _, q := range r.sums.Of(fn.ID).Met {
			met[keyOf(q)]++
			direct[r.own(q)]++
		}
	}
	blamed := map[metKey][]*report.Violation{}
	callers := map[*summary.Requirement][]*summary.Lack{} // lacks by the callee's requirement
	for _, fn := range r.funcs {
		for _, l := range r.sums.Of(fn.ID).Lacks {
			q := r.own(l.Req)
			callers[q] = append(callers[q], l)
		}
	}
	var out []*report.Violation
	for _, fn := range r.funcs {
		for _, l := range r.sums.Of(fn.ID).Lacks {
			class, ok := lacking(l)
			if !ok || l.Held == nil && entry.holds(fn.ID, class) {
				continue
			}
			// A callee that lacks it for all its callers has its own report.
			if l.Req.Next != nil && !entry.holds(l.Req.Func.ID, class) {
				continue
			}
			for _, l := range r.responsible(l, class, callers, entry, 0) {
				v := r.lack(l, class)
				if l.Maybe && (r.alternatives(l.Req) || slices.Contains(r.sums.Of(l.Func.ID).Met, l.Req)) {
					doubtful(v, "it is required on a condition that is not known here")
				}
				if l.Held == nil {
					own, why := r.own(l.Req), r.unseen(l, callers, callees, 0)
					switch {
					case why != "":
						doubtful(v, why)
					case !l.Under && distance(l.Req) > maxDistance:
						doubtful(v, "its callers may hold it")
					case !l.Under && direct[own] < len(callers[own]), direct[own] == 0 && distance(l.Req) > 3*maxDistance:
						doubtful(v, "few callers of "+l.Req.Func.Name+" are seen to hold it")
					}
				}
				if l.Held == nil {
					blamed[keyOf(l.Req)] = append(blamed[keyOf(l.Req)], v)
				}
				out = append(out, v)
			}
		}
	}
	// Where hardly anybody is seen to hold it, the reading is at fault.
	for k, vs := range blamed {
		for _, v := range vs {
			switch m := met[k]; {
			case m == 0:
				v.Confidence, v.Score = report.Low, 20
				v.Reasons = append(v.Reasons, "no caller is seen to hold it")
			case len(vs) > max(3, m):
				v.Confidence, v.Score = report.Low, 30
				v.Reasons = append(v.Reasons, "most callers are not seen to hold it")
			}
		}
	}
	return out
}

// own is a requirement as its function has it.
func (r *Result) own(q *summary.Requirement) *summary.Requirement {
	return r.sums.Of(q.Func.ID).Own(q)
}

// distance counts the calls between q and who states it, without those
// that only assert.
func distance(q *summary.Requirement) (n int) {
	for ; q.Next != nil; q = q.Next {
		n++
	}
	return n
}

const maxDistance = 1

// alternatives reports whether q is one of several locks, or modes, that the
// function which states it, or the last one on the way, asks for under one
// condition or another.
func (r *Result) alternatives(q *summary.Requirement) bool {
	for q.Next != nil {
		if q.Next.Next == nil && len(q.Guard) > 0 && r.alternative(q) {
			return true
		}
		q = q.Next
	}
	return r.alternative(q)
}

func (r *Result) alternative(q *summary.Requirement) bool {
	q = r.own(q)
	return slices.ContainsFunc(r.sums.Of(q.Func.ID).Requires, func(o *summary.Requirement) bool {
		if o == q {
			return false
		}
		if len(o.Guard) == 0 || len(q.Guard) == 0 {
			return len(o.Classes) == 0 || slices.Equal(o.Classes, q.Classes)
		}
		return excludes(o.Guard, q.Guard)
	})
}

// excludes reports whether two conditions cannot both hold.
func excludes(a, b []summary.Fact) bool {
	for _, f := range a {
		for _, g := range b {
			if f.Val == g.Val && f.Excludes(g) {
				return true
			}
		}
	}
	return false
}

// responsible finds the calls at which the lock of l should have been held: a
// function that takes other locks for the call should have taken this one.
// Those that only pass the call on are not to blame, if there is another.
func (r *Result) responsible(l *summary.Lack, class rules.Class, callers map[*summary.Requirement][]*summary.Lack, entry *entryLocks, depth int) []*summary.Lack {
	if l.Under || l.Held != nil || depth == maxPassed {
		return []*summary.Lack{l}
	}
	var out []*summary.Lack
	for _, q := range r.sums.Of(l.Func.ID).Requires {
		if q.Next == nil || keyOf(q) != keyOf(l.Req) {
			continue
		}
		for _, c := range callers[q] {
			if entry.holds(c.Func.ID, class) {
				continue
			}
			for _, c := range r.responsible(c, class, callers, entry, depth+1) {
				if c.Under || c.Held != nil {
					out = append(out, c)
				}
			}
		}
	}
	if len(out) == 0 {
		return []*summary.Lack{l}
	}
	return out
}

const maxPassed = 4 // calls between a requirement and who is to blame

// unseen says why the lock of l may be held all the same, where nobody is seen to
// take it: a callee may have given it, or every way to the call begins in a function
// that is not seen to be called, or but through pointers. "" if some way does not.
func (r *Result) unseen(l *summary.Lack, callers map[*summary.Requirement][]*summary.Lack, callees func() map[string]bool, depth int) (why string) {
	if l.Given {
		return "a function that " + l.Func.Name + " calls may have returned with it"
	}
	if l.Held != nil || depth == maxPassed {
		return ""
	}
	if how := r.entryLocks().howCalled(l.Func.ID); how != byName {
		if how == byPointer || callees()[l.Func.ID] || !l.Under && (l.Func.Static || r.opt.Library) {
			return "nobody is seen to call " + l.Func.Name + ", but through pointers"
		}
		return ""
	}
	for _, q := range r.sums.Of(l.Func.ID).Requires {
		if q.Next == nil || keyOf(q) != keyOf(l.Req) {
			continue
		}
		for _, c := range callers[q] {
			if why = r.unseen(c, callers, callees, depth+1); why == "" {
				return ""
			}
		}
	}
	return why
}

type metKey struct {
	fn    string
	class rules.Class
}

// keyOf names a requirement by where it is stated in the end.
func keyOf(q *summary.Requirement) metKey {
	for q.Next != nil {
		q = q.Next
	}
	k := metKey{fn: q.Func.ID}
	if len(q.Classes) > 0 {
		k.class = q.Classes[0]
	}
	return k
}

func lacking(l *summary.Lack) (rules.Class, bool) {
	if len(l.Classes) > 0 {
		return l.Classes[0], true
	}
	return rules.Class{}, false
}

func (r *Result) lack(l *summary.Lack, class rules.Class) *report.Violation {
	leaf := l.Req
	t := &tracer{r: r}
	if l.Held != nil {
		t.outer(l.Func, l.Held, class)
	}
	s := t.step(l.Func, l.Pos, report.Calls, l.Req.Func.Name)
	s.Quote = true
	t.add(s)
	for leaf.Next != nil {
		t.add(t.step(leaf.Func, leaf.Pos, report.Calls, leaf.Next.Func.Name))
		leaf = leaf.Next
	}
	s = t.step(leaf.Func, leaf.Pos, report.Requires, class.String())
	s.Quote = true
	t.add(s)
	what := "not held"
	if l.Held != nil && l.Held.Val == l.Val {
		what = "not held exclusively"
	}
	return &report.Violation{
		Check: "unheld", Pos: r.at(l.Func, l.Pos),
		Message: fmt.Sprintf("%s %s, as %s requires", class, what, leaf.Func.Name), Inner: class.String(),
		Function: l.Func.Name, Root: l.Func.Name,
		Key:        report.MakeKey("unheld", []string{class.String()}, []string{l.Func.Name, leaf.Func.Name}),
		Paths:      []report.Trace{{Title: "without the lock", Inner: class.String(), Steps: t.steps}},
		Confidence: report.Medium, Score: 60,
	}
}
