package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// Bounds on the calls between a function that holds a lock and one that takes
// another. They are wider than those of the summaries, because here no
// conditions are followed.
const (
	reachDepth    = 24
	reachIndirect = 3 // calls through pointers
	indirectCost  = 6 // calls that one through a pointer counts as
)

// A Reach tells which classes can be taken under a lock, by calls alone.
type Reach struct {
	r     *Result
	outer rules.Class
	hops  map[string]*hop // by function, the nearest way to it
}

// A hop is a call on the way from the function that holds the lock.
type hop struct {
	from     *hop // nil: the function holds the lock
	fn       *ir.Func
	callee   string
	held     *summary.Held
	pos      ir.Pos
	via      string
	depth    int
	indirect int
	cost     int
}

// Reach finds the functions that are called while a lock of the class is held,
// at whatever distance, whatever the conditions on the way: wider than the
// lock-order graph, and weaker. Subclass and qualifier do not count. The
// handlers are functions that run under the class from the start.
func (r *Result) Reach(outer rules.Class, handlers []string) *Reach {
	a := &Reach{r: r, outer: outer.Base(), hops: map[string]*hop{}}
	var queue [reachDepth + indirectCost*reachIndirect + 2][]*hop // by cost
	add := func(h *hop) {
		if h.via != "" {
			h.indirect++
			h.cost += indirectCost
		}
		h.depth++
		h.cost++
		if h.depth > reachDepth || h.indirect > reachIndirect || r.sums.Of(h.callee) == nil {
			return
		}
		if old := a.hops[h.callee]; old == nil || h.cost < old.cost {
			a.hops[h.callee] = h
			queue[h.cost] = append(queue[h.cost], h)
		}
	}
	for _, fn := range r.funcs {
		for i := range r.sums.Of(fn.ID).Contexts {
			c := &r.sums.Of(fn.ID).Contexts[i]
			for _, h := range c.Held {
				if !h.Entry && slices.ContainsFunc(h.Classes, func(k rules.Class) bool { return k.Base() == a.outer }) {
					add(&hop{fn: fn, callee: c.Callee, held: h, pos: c.Pos, via: c.Via})
				}
			}
		}
	}
	for _, id := range handlers {
		if s := r.sums.Of(id); s != nil {
			h := &hop{fn: s.Func, callee: id}
			a.hops[id] = h
			queue[0] = append(queue[0], h)
		}
	}
	for cost := 0; cost < len(queue); cost++ {
		for i := 0; i < len(queue[cost]); i++ { // add appends to later lists only
			h := queue[cost][i]
			if a.hops[h.callee] != h {
				continue
			}
			fn := r.sums.Of(h.callee).Func
			for j := range r.sums.Of(h.callee).Contexts {
				c := &r.sums.Of(h.callee).Contexts[j]
				if !dropsClass(c.Dropped, a.outer) {
					add(&hop{from: h, fn: fn, callee: c.Callee, pos: c.Pos, via: c.Via, depth: h.depth, indirect: h.indirect, cost: h.cost})
				}
			}
		}
	}
	return a
}

// Inner is the nearest way to an acquisition of the class under the lock.
func (a *Reach) Inner(inner rules.Class) (report.Trace, bool) {
	inner = inner.Base()
	var best *hop
	var event *summary.Event
	for _, fn := range a.r.funcs { // in order, so that of equals the first counts
		h := a.hops[fn.ID]
		if h == nil {
			continue
		}
		for _, e := range a.r.sums.Of(fn.ID).Events {
			if e.Kind != summary.Acquire || e.Try || best != nil && h.cost+e.Depth >= best.cost+event.Depth {
				continue
			}
			if slices.ContainsFunc(e.Classes, func(k rules.Class) bool { return k.Base() == inner }) && !dropsClass(e.Dropped, a.outer) {
				best, event = h, e
			}
		}
	}
	if best == nil {
		return report.Trace{}, false
	}
	t := &tracer{r: a.r}
	var way []*hop
	for h := best; h != nil; h = h.from {
		way = append(way, h)
	}
	slices.Reverse(way)
	if h := way[0]; h.held == nil { // a handler
		way = way[1:]
		t.enter(h.fn, a.outer)
	} else {
		t.outer(h.fn, h.held, a.outer)
	}
	for _, h := range way {
		t.add(t.call(h.fn, h.pos, a.r.sums.Of(h.callee).Func, h.via))
	}
	t.inner(event, inner)
	return report.Trace{
		Title: fmt.Sprintf("%s, then %s", a.outer, inner), Outer: a.outer.String(), Inner: inner.String(), Steps: t.steps,
	}, true
}

// enter adds the step that begins a handler.
func (t *tracer) enter(fn *ir.Func, outer rules.Class) {
	t.held = append(t.held, outer.String())
	t.add(t.step(fn, fn.Pos, report.Enters, ""))
}

// Handled lists the edges from a class to what a function takes that runs under
// it: the function of a work item, under the item.
func (r *Result) Handled(id string, outer rules.Class) []Edge {
	s := r.sums.Of(id)
	if s == nil {
		return nil
	}
	var out []Edge
	seen := map[rules.Class]bool{}
	for _, e := range s.Events {
		for _, c := range e.Classes {
			if e.Kind != summary.Acquire || e.Try || seen[c] {
				continue
			}
			seen[c] = true
			out = append(out, Edge{
				Outer: outer, Inner: c, Ways: 1, InPath: r.inPath(s.Func.File), Depth: e.Depth, Indirect: e.Indirect, Handler: id,
			})
		}
	}
	slices.SortFunc(out, func(a, b Edge) int { return strings.Compare(a.Inner.String(), b.Inner.String()) })
	return out
}

// handledTrace is the shortest path of an edge from Handled.
func (r *Result) handledTrace(e Edge) (report.Trace, bool) {
	s := r.sums.Of(e.Handler)
	if s == nil {
		return report.Trace{}, false
	}
	var best *summary.Event
	for _, v := range s.Events {
		if v.Kind == summary.Acquire && !v.Try && slices.Contains(v.Classes, e.Inner) && (best == nil || v.Depth < best.Depth) {
			best = v
		}
	}
	if best == nil {
		return report.Trace{}, false
	}
	t := &tracer{r: r}
	t.enter(s.Func, e.Outer)
	t.inner(best, e.Inner)
	return report.Trace{Title: fmt.Sprintf("%s, then %s", e.Outer, e.Inner), Outer: e.Outer.String(), Inner: e.Inner.String(), Steps: t.steps}, true
}
