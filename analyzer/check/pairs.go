package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// edge is a pair of classes.
type edge struct{ outer, inner rules.Class }

// pairIndex finds the pairs of a program by their classes.
type pairIndex struct {
	edges   map[edge][]*summary.Pair // best first
	sorted  []edge
	classes map[rules.Class]bool
}

func indexPairs(r *Result) *pairIndex {
	ix := &pairIndex{edges: map[edge][]*summary.Pair{}, classes: map[rules.Class]bool{}}
	type ranked struct {
		edge, seq int32
		rank      uint64
		pair      *summary.Pair
	}
	var all []ranked
	numbers := map[edge]int32{}
	var counts []int32 // by edge
	for _, fn := range r.funcs {
		s := r.sums.Of(fn.ID)
		for _, p := range s.Pairs {
			e := edge{p.OuterClass, p.InnerClass}
			n, known := numbers[e]
			if !known {
				n = int32(len(counts))
				numbers[e] = n
				counts, ix.sorted = append(counts, 0), append(ix.sorted, e)
			}
			counts[n]++
			all = append(all, ranked{n, int32(len(all)), quality(p), p})
		}
		var last rules.Class // events of one class follow each other
		for _, e := range s.Events {
			if e.Next == nil || len(e.Next.Classes) == 0 { // the first to know the class
				for _, c := range e.Classes {
					if c != last {
						ix.classes[c], last = true, c
					}
				}
			}
		}
	}
	at := make([]int32, len(counts)) // where the next pair of an edge goes
	for n := 1; n < len(counts); n++ {
		at[n] = at[n-1] + counts[n-1]
	}
	parted, pairs := make([]ranked, len(all)), make([]*summary.Pair, len(all))
	for _, p := range all {
		parted[at[p.edge]] = p
		at[p.edge]++
	}
	for n, e := range ix.sorted {
		from, to := at[n]-counts[n], at[n]
		slices.SortFunc(parted[from:to], func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.seq, b.seq)) })
		for i, p := range parted[from:to] {
			pairs[int(from)+i] = p.pair
		}
		ix.edges[e] = pairs[from:to:to]
	}
	sortEdges(ix.sorted)
	return ix
}

// sortEdges sorts edges by the names of their classes.
func sortEdges(es []edge) {
	names := map[rules.Class]string{}
	type named struct {
		outer, inner string
		edge         edge
	}
	name := func(c rules.Class) string {
		s, known := names[c]
		if !known {
			s = c.String()
			names[c] = s
		}
		return s
	}
	list := make([]named, len(es))
	for i, e := range es {
		list[i] = named{name(e.outer), name(e.inner), e}
	}
	slices.SortFunc(list, func(a, b named) int {
		return cmp.Or(strings.Compare(a.outer, b.outer), strings.Compare(a.inner, b.inner))
	})
	for i := range list {
		es[i] = list[i].edge
	}
}

func compareEdges(a, b edge) int {
	return cmp.Or(strings.Compare(a.outer.String(), b.outer.String()), strings.Compare(a.inner.String(), b.inner.String()))
}

// quality is less for a pair that needs less to be believed: one that is feasible,
// blocks, has few calls through pointers, is short.
func quality(p *summary.Pair) (q uint64) {
	for _, flaw := range []bool{p.Infeasible, p.Inner.Try, p.Outer.Entry} {
		q <<= 1
		if flaw {
			q |= 1
		}
	}
	for _, n := range []int{p.Inner.Indirect, p.Inner.Puts, p.Inner.Depth + heldDepth(p.Outer)} {
		q = q<<16 | uint64(n)
	}
	return q
}

func boolRank(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func heldDepth(h *summary.Held) (n int) {
	for ; h.From != nil; h = h.From {
		n++
	}
	return n
}

// sites counts the places that take the inner class of e, or call what does, while they
// hold the outer one.
func (r *Result) sites(e edge) int {
	type site struct {
		fn   string
		line int32
	}
	seen := map[site]bool{}
	for _, p := range r.pairs().edges[e] {
		if ordering(p) {
			seen[site{p.Func.ID, p.Inner.Pos.Line}] = true
		}
	}
	return len(seen)
}

// traffic counts the places at which an order is seen, and those of the reverse.
type traffic struct{ here, there int }

func (r *Result) traffic(e edge) traffic { return traffic{r.sites(e), r.sites(edge{e.inner, e.outer})} }

// weigh says how often the order is seen, and how often the reverse is. Where both
// are common, chances are that they are of different objects: a deadlock would have
// shown.
func (t traffic) weigh(v *report.Violation, other string) {
	v.Notes = append(v.Notes, fmt.Sprintf("this order is seen at %s, %s at %d", plural(t.here, "place"), other, t.there))
	if min(t.here, t.there) >= common {
		devalue(v, 15)
		v.Reasons = append(v.Reasons, "both orders are common")
	}
}

const common = 5 // places

// verdict says what the declarations make of a pair, in the words of
// groundtruth/pairs.csv.
func (r *Result) verdict(outer, inner rules.Class, try, infeasible bool, file string) string {
	suffix := func(v string) string {
		if infeasible {
			return "ok-conditional"
		}
		return v
	}
	if outer.Base() == inner.Base() {
		if try {
			return "nested-same-class-trylock"
		}
		return suffix("nested-same-class")
	}
	forward := r.rules.WhyAt(outer, inner, file)
	switch {
	case len(forward) > 0:
		return "ok"
	case len(r.rules.WhyAt(inner, outer, file)) > 0:
		if try {
			return "ok-trylock"
		}
		return suffix("violation")
	case try:
		return "ok-trylock"
	}
	return "ok-undeclared"
}

// Edges lists one pair for each pair of classes: the one that needs the least to
// be believed. Those that cannot block, or whose conditions contradict each
// other, are left out. One whose outer lock is known from its release alone has
// ReleasedOnly as its note: no caller is known to hold it. The list is not to be changed.
func (r *Result) Edges() []report.Pair { return r.list() }

// ReleasedOnly is a note of Edges.
const ReleasedOnly = "the function releases the outer lock"

func (r *Result) listEdges() []report.Pair {
	var out []report.Pair
	for _, e := range r.pairs().sorted {
		p := r.follows(e)
		if p == nil {
			continue
		}
		note := ""
		if h := p.Outer; h.Entry && (h.Prim == nil || h.Prim.Effect != rules.AssertHeld) {
			note = ReleasedOnly
		}
		var v report.Violation
		r.score(&v, p)
		out = append(out, report.Pair{
			File: p.Func.File, Line: r.line(p.Func, p.Inner.Pos), Function: p.Func.Name, Outer: e.outer.String(), Inner: e.inner.String(),
			Via: via(p.Inner), Verdict: r.verdict(e.outer, e.inner, p.Inner.Try, p.Infeasible, p.Func.File), Note: note, Confidence: v.Confidence,
		})
	}
	return out
}

// Requires lists the classes that a function needs held when it is called, sorted.
func (r *Result) Requires(id string) []string {
	s := r.sums.Of(id)
	if s == nil {
		return nil
	}
	var out []string
	for _, q := range s.Requires {
		if len(q.Guard) > 0 || q.Maybe {
			continue // on a condition
		}
		for _, c := range q.Classes {
			out = append(out, c.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Leaves lists the classes that a function may return with and was not called with,
// sorted.
func (r *Result) Leaves(id string) []string {
	s := r.sums.Of(id)
	if s == nil {
		return nil
	}
	var out []string
	for i := range s.Outcomes {
		for _, h := range s.Outcomes[i].Acquired {
			for _, c := range h.Classes {
				out = append(out, c.String())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Pairs lists every pair of the functions on the configured paths: the inner
// acquisition, or the call that leads to it, stands in the function, and the
// outer lock is held by it or by one of its callers.
func (r *Result) Pairs() []report.Pair {
	entry, given := r.entryLocks(), r.givenLocks()
	var out []report.Pair
	for _, fn := range r.funcs {
		if !r.inPath(fn.File) {
			continue
		}
		s := r.sums.Of(fn.ID)
		type key struct {
			outer, inner rules.Class
			line         int32
		}
		rows := map[key]report.Pair{}
		rank := map[key]int{}
		add := func(oc, ic rules.Class, e *summary.Event, infeasible bool, note, holder string, cost int) {
			k := key{oc, ic, e.Pos.Line}
			cost = cost*64 + e.Depth + 16*e.Indirect
			if infeasible {
				cost += 1 << 20
			}
			if e.Try {
				cost += 1 << 19
			}
			if old, ok := rank[k]; ok && old <= cost {
				return
			}
			rank[k] = cost
			rows[k] = report.Pair{
				File: fn.File, Line: r.line(fn, e.Pos), Function: fn.Name, Outer: oc.String(), Inner: ic.String(),
				Via: via(e), Verdict: r.verdict(oc, ic, e.Try, infeasible, fn.File), Note: note, Holder: holder,
			}
		}
		for _, p := range s.Pairs {
			if p.Inner.Try && p.Inner.Depth > contextEventDepth {
				continue // waits for nobody, and is hardly this function's doing
			}
			note := ""
			if p.Outer.Entry {
				note = "held by the caller"
			}
			add(p.OuterClass, p.InnerClass, p.Inner, p.Infeasible, note, "", 0)
		}
		for _, g := range given[fn.ID] {
			add(g.pair.OuterClass, g.pair.InnerClass, g.event, g.pair.Infeasible, "the lock is given by "+g.pair.Func.Name, g.pair.Func.Name, 1+g.event.Depth)
		}
		for _, h := range entry.of(fn.ID) {
			oc, holder, cost := entry.classes[h.class], entry.taker(h), 1+int(h.depth)
			for _, e := range s.Events {
				if e.Kind == summary.Callback || e.Depth > contextEventDepth || len(e.Classes) == 0 || dropsClass(e.Dropped, oc) {
					continue
				}
				for _, ic := range e.Classes {
					if e.Qual != "" && !strings.HasPrefix(e.Qual, "!") && r.rules.Qualified(ic.Name(), e.Qual) {
						ic = ic.WithQual(e.Qual)
					}
					add(oc, ic, e, false, "held by "+holder, holder, cost)
					if q := oc.Qual(); ic.Qual() == "" && e.Val != nil && r.rules.Qualified(ic.Name(), q) {
						// Reached through the parameters, as the caller's lock is.
						add(oc, ic.WithQual(q), e, false, "held by "+holder+", if both are of one object", holder, cost)
					}
				}
			}
		}
		var list []report.Pair
		for _, p := range rows {
			list = append(list, p)
		}
		slices.SortFunc(list, func(a, b report.Pair) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Outer, b.Outer), strings.Compare(a.Inner, b.Inner), strings.Compare(a.Via, b.Via))
		})
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b report.Pair) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// A givenLock is an acquisition of a lock that only a caller can name.
type givenLock struct {
	event *summary.Event // in the function
	pair  *summary.Pair  // in the caller
}

// givenLocks finds, for each function, the pairs of its callers whose inner lock
// the function takes without knowing its class: a parameter.
func (r *Result) givenLocks() map[string][]givenLock {
	out := map[string][]givenLock{}
	for _, e := range r.pairs().sorted {
		for _, p := range r.pairs().edges[e] {
			for i := p.Inner.Next; i != nil; i = i.Next {
				if len(i.Classes) == 0 {
					out[i.Func.ID] = append(out[i.Func.ID], givenLock{i, p})
				}
			}
		}
	}
	return out
}

// Bounds on the listing of locks that callers hold.
const (
	contextDepth      = 8 // calls between the holder and the function
	contextEventDepth = 6 // calls between the function and the acquisition
)
