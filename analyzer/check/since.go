package check

import (
	"fmt"
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// A change is more than a program. That a function returns an error with a lock
// held may be what it is for; that it does so since a patch, which changed none of
// its callers to release the lock, is not. So the books of both programs are kept:
// who leaves a lock to its callers, who releases one of theirs, and whether what is
// new on one side has its counterpart on the other.

// books compares a program with the one that it was made of.
type books struct {
	r, before *Result
	byName    map[string][]*ir.Func // functions before; nil: not asked for yet
	callers   map[string][]*ir.Func // see callersOf; nil: not asked for yet
	entry     *entryLocks           // what their callers hold; nil: not asked for yet
	handed    map[account]bool      // whether it is handed over; false while that is looked at
}

// An account is a class with which a function comes back to its callers, or that
// it takes from them.
type account struct {
	fn    string // ID
	class rules.Class
}

// imbalanceSince finds the functions that were balanced, as far as a lock class
// goes, and are not any more, where nobody makes up for it.
func (r *Result) imbalanceSince(before *Result) []*report.Violation {
	b := r.booksSince(before)
	var out []*report.Violation
	for _, fn := range r.funcs {
		out = append(out, b.kept(fn)...)
		out = append(out, b.given(fn)...)
	}
	return out
}

// unheldSince finds the functions that held a lock which a callee requires, and
// do not any more, where none of their callers holds it for them.
func (r *Result) unheldSince(before *Result) []*report.Violation {
	b := r.booksSince(before)
	var out []*report.Violation
	for _, fn := range r.funcs {
		out = append(out, b.missed(fn)...)
	}
	return out
}

func (r *Result) booksSince(before *Result) *books {
	if r.since != nil && r.since.before == before {
		return r.since
	}
	b := &books{r: r, before: before, handed: map[account]bool{}}
	r.since = b
	return b
}

// named lists the functions of that name before.
func (b *books) named(name string) []*ir.Func {
	if b.byName == nil {
		b.byName = map[string][]*ir.Func{}
		for _, fn := range b.before.funcs {
			b.byName[fn.Name] = append(b.byName[fn.Name], fn)
		}
	}
	return b.byName[name]
}

// callersOf lists who calls a function by name.
func (b *books) callersOf(fn *ir.Func) []*ir.Func {
	if b.callers == nil {
		b.callers = map[string][]*ir.Func{}
		for _, g := range b.r.funcs {
			for _, id := range callees(g) {
				b.callers[id] = append(b.callers[id], g)
			}
		}
	}
	return b.callers[fn.ID]
}

// callees lists whom fn calls by name, each once.
func callees(fn *ir.Func) []string {
	var out []string
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			out = append(out, b.Ops[i].Callee.Targets...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// was is the summary of fn before, nil if there was no such function.
func (b *books) was(fn *ir.Func) *summary.Summary {
	if s := b.before.sums.Of(fn.ID); s != nil {
		return s
	}
	if fs := b.named(fn.Name); len(fs) == 1 && b.r.sums.Of(fs[0].ID) == nil { // moved
		return b.before.sums.Of(fs[0].ID)
	}
	return nil
}

// kept reports the locks that fn may return with, and did not.
func (b *books) kept(fn *ir.Func) []*report.Violation {
	s, was := b.r.sums.Of(fn.ID), b.was(fn)
	if was == nil || was == s || len(was.Outcomes) == 0 || calls(s, summary.Callback) && !calls(was, summary.Callback) {
		return nil
	}
	var out []*report.Violation
	done := map[rules.Class]bool{}
	for _, x := range exits(s) {
		for _, h := range x.Acquired {
			if len(h.Classes) == 0 || done[h.Classes[0]] || !b.newlyLeft(fn, h) || h.Prim != nil && h.Prim.Scope || h.Prim.Duty() {
				continue
			}
			if h.Func != fn || h.From != nil && b.isNews(h.From) {
				continue // told of where it begins
			}
			done[h.Classes[0]] = true
			if b.handedOver(fn, h) {
				continue
			}
			v := b.r.leak(fn, x, h)
			switch why := b.r.doubt(h); {
			case why != "" && !doubted(was, why):
				doubtful(v, why)
			case slices.Contains(x.Varies, h.Pos) && !takes(was, h.Classes):
				doubtful(v, "each round of a loop takes it")
			case s.Stats.StatesCut+s.Stats.StepsCut > was.Stats.StatesCut+was.Stats.StepsCut:
				doubtful(v, fn.Name+" has more paths than can be followed")
			case !b.r.taken(fn, h) && !takes(was, h.Classes):
				doubtful(v, "whether it is taken at all is not sure")
			}
			v.Notes = append(v.Notes, fmt.Sprintf("before, %s did not return with it, and nobody is seen to release it in its place now", fn.Name))
			out = append(out, v)
		}
	}
	return out
}

// given reports the locks of its callers that fn releases, and did not.
func (b *books) given(fn *ir.Func) []*report.Violation {
	s, was := b.r.sums.Of(fn.ID), b.was(fn)
	if was == nil || was == s || len(was.Outcomes) == 0 || calls(s, summary.Callback) {
		return nil
	}
	var out []*report.Violation
	done := map[rules.Class]bool{}
	for _, x := range exits(s) {
		for _, l := range x.Released {
			if len(l.Classes) == 0 || l.Loose || done[l.Classes[0]] || releasedBy(was, l.Classes) || !takes(was, l.Classes) {
				continue
			}
			done[l.Classes[0]] = true
			if b.calleeGives(fn, l.Classes) || b.received(fn, l.Classes) {
				continue
			}
			v := b.r.unbalanced(fn, x.Pos, l.Classes[0].String(), "released but not held", report.Returns)
			v.Notes = append(v.Notes, fmt.Sprintf("before, %s took it, and none of its callers is seen to hold it now", fn.Name))
			out = append(out, v)
		}
	}
	return out
}

// missed reports the requirements that fn met, and does not.
func (b *books) missed(fn *ir.Func) []*report.Violation {
	s, was := b.r.sums.Of(fn.ID), b.was(fn)
	if was == nil || was == s || len(was.Met) == 0 {
		return nil
	}
	has := func(qs []*summary.Requirement, k metKey) bool {
		return slices.ContainsFunc(qs, func(q *summary.Requirement) bool { return keyOf(q) == k })
	}
	var out []*report.Violation
	done := map[metKey]bool{}
	for _, l := range s.Lacks {
		class, ok := lacking(l)
		k := keyOf(l.Req)
		if !ok || done[k] || !has(was.Met, k) || has(s.Met, k) || states(s, class) || b.heldFor(fn, []rules.Class{class}) {
			continue
		}
		done[k] = true
		v := b.r.lack(l, class)
		v.Notes = append(v.Notes, fmt.Sprintf("before, %s held it, and none of its callers is seen to hold it now", fn.Name))
		out = append(out, v)
	}
	return out
}

// states reports whether a function says itself that its callers hold a lock of the class.
func states(s *summary.Summary, class rules.Class) bool {
	return slices.ContainsFunc(s.Requires, func(q *summary.Requirement) bool {
		return q.Next == nil && sharesBase(q.Classes, []rules.Class{class})
	})
}

// newlyLeft reports whether fn leaves h to its callers, and did not leave them a lock of
// its class. What is new altogether is made for it.
func (b *books) newlyLeft(fn *ir.Func, h *summary.Held) bool {
	was := b.was(fn)
	return was != nil && len(was.Outcomes) > 0 && !leftBy(was, h.Classes)
}

// isNews reports whether h, which a callee left, is told of there.
func (b *books) isNews(h *summary.Held) bool {
	return b.newlyLeft(h.Func, h) && !b.handedOver(h.Func, h)
}

// handedOver reports whether somebody has come to release what fn has come to
// leave: a caller, or where none is seen, anybody.
func (b *books) handedOver(fn *ir.Func, h *summary.Held) bool {
	a := account{fn.ID, h.Classes[0].Base()}
	if yes, known := b.handed[a]; known {
		return yes
	}
	b.handed[a] = false
	b.handed[a] = b.released(fn, h)
	return b.handed[a]
}

func (b *books) released(fn *ir.Func, h *summary.Held) bool {
	callers := b.callersOf(fn)
	for _, g := range callers {
		now := b.releases(b.r, g, h)
		then := 0
		if s := b.was(g); s != nil {
			then = b.releases(b.before, s.Func, h)
		}
		if now > then {
			return true
		}
		for _, x := range exits(b.r.sums.Of(g.ID)) {
			for _, k := range x.Acquired {
				if k.Func == g && k.From != nil && k.From.Func == fn && len(k.Classes) > 0 && sharesBase(k.Classes, h.Classes) && b.newlyLeft(g, k) && b.handedOver(g, k) {
					return true
				}
			}
		}
	}
	if len(callers) > 0 {
		return false
	}
	return slices.ContainsFunc(b.r.funcs, func(g *ir.Func) bool {
		was := b.was(g)
		return releasedBy(b.r.sums.Of(g.ID), h.Classes) && (was == nil || !releasedBy(was, h.Classes))
	})
}

// releases counts the places at which g releases a lock of the kind of h, less
// those at which it takes one; a call that leaves it one since the change is none
// of those.
func (b *books) releases(r *Result, g *ir.Func, h *summary.Held) (n int) {
	for _, blk := range g.Blocks {
		for i := range blk.Ops {
			op := &blk.Ops[i]
			switch {
			case op.Kind == ir.Lock && op.Prim.Kind == primOf(h).Kind && op.Prim.Effect == rules.Release:
				n++
			case op.Kind == ir.Lock && op.Prim.Kind == primOf(h).Kind && op.Prim.Effect == rules.Acquire:
				n--
			case op.Kind == ir.Call:
				for _, id := range op.Callee.Targets {
					s := r.sums.Of(id)
					if s == nil {
						continue
					}
					if releasedBy(s, h.Classes) {
						n++
					} else if was := b.was(s.Func); leftBy(s, h.Classes) && was != nil && leftBy(was, h.Classes) {
						n--
					}
				}
			}
		}
	}
	return n
}

// primOf is what takes h in the end.
func primOf(h *summary.Held) *rules.Primitive {
	for h.From != nil {
		h = h.From
	}
	if h.Prim == nil {
		return &rules.Primitive{}
	}
	return h.Prim
}

// calleeGives reports whether a callee of fn releases it for its callers, and did not.
func (b *books) calleeGives(fn *ir.Func, classes []rules.Class) bool {
	return slices.ContainsFunc(callees(fn), func(id string) bool {
		s := b.r.sums.Of(id)
		if s == nil || !releasedBy(s, classes) {
			return false
		}
		was := b.was(s.Func)
		return was != nil && !releasedBy(was, classes)
	})
}

// received reports whether a lock that fn releases comes from somewhere: a caller
// that holds it, or where none is seen, who has come to leave it.
func (b *books) received(fn *ir.Func, classes []rules.Class) bool {
	if len(b.callersOf(fn)) > 0 {
		return b.heldFor(fn, classes)
	}
	return slices.ContainsFunc(b.r.funcs, func(g *ir.Func) bool {
		was := b.was(g)
		return leftBy(b.r.sums.Of(g.ID), classes) && (was == nil || !leftBy(was, classes))
	})
}

// heldFor reports whether some caller of fn, or one of its, holds a lock of one of the
// classes.
func (b *books) heldFor(fn *ir.Func, classes []rules.Class) bool {
	if b.entry == nil {
		b.entry = b.r.entryLocks()
	}
	return slices.ContainsFunc(classes, func(c rules.Class) bool { return b.entry.holds(fn.ID, c) })
}

// exits are the ways out of a function. Where all of them leave the same behind,
// the summary does not list them.
func exits(s *summary.Summary) []*summary.Exit {
	var out []*summary.Exit
	for i := range s.Exits {
		out = append(out, &s.Exits[i])
	}
	if len(s.Exits) > 0 || len(s.Outcomes) != 1 {
		return out
	}
	for _, b := range s.Func.Blocks {
		if len(b.Succs) == 0 {
			out = append(out, &summary.Exit{Pos: b.Pos, Acquired: s.Outcomes[0].Acquired, Released: s.Outcomes[0].Released})
		}
	}
	return out
}

// leftBy reports whether a function may return with a lock of one of the classes.
func leftBy(s *summary.Summary, classes []rules.Class) bool {
	return slices.ContainsFunc(s.Outcomes, func(o summary.Outcome) bool {
		return slices.ContainsFunc(o.Acquired, func(h *summary.Held) bool { return sharesBase(h.Classes, classes) })
	})
}

// releasedBy reports whether a function may release such a lock of its callers.
func releasedBy(s *summary.Summary, classes []rules.Class) bool {
	return slices.ContainsFunc(s.Outcomes, func(o summary.Outcome) bool {
		return slices.ContainsFunc(o.Released, func(l summary.LockRef) bool { return sharesBase(l.Classes, classes) })
	})
}

// takes reports whether a function takes such a lock, itself or by a callee.
func takes(s *summary.Summary, classes []rules.Class) bool {
	return slices.ContainsFunc(s.Events, func(e *summary.Event) bool {
		return e.Kind == summary.Acquire && sharesBase(e.Classes, classes)
	})
}

func calls(s *summary.Summary, kind summary.EventKind) bool {
	return slices.ContainsFunc(s.Events, func(e *summary.Event) bool { return e.Kind == kind && e.Next == nil })
}

// doubted reports whether a function gave the same reason to doubt before.
func doubted(s *summary.Summary, why string) bool {
	for _, w := range s.Doubts {
		if w == why {
			return true
		}
	}
	return false
}

func sharesBase(a, b []rules.Class) bool {
	return slices.ContainsFunc(a, func(c rules.Class) bool {
		return slices.ContainsFunc(b, func(d rules.Class) bool { return c.Base() == d.Base() })
	})
}
