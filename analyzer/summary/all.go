package summary

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A Set holds the summaries of a program.
type Set struct {
	Graph *callgraph.Graph
	Rules *rules.Set
	funcs map[string]*Summary
	Stats Stats
}

// Options say how to summarise a program.
type Options struct {
	Rules   *rules.Set
	Workers int // 0: as many as there are processors
	// GlobalName turns the name of a global in the ir into that of its class.
	GlobalName func(name string) string
	Progress   func(done, total int) // nil: none
	// Methods: calls through pointers are calls of methods, whose targets leave
	// alike behind what they leave behind at all.
	Methods bool
	// Cut: some functions were not read, since they are too far from what is
	// looked at.
	Cut bool
	// Known are the summaries of functions of the graph that have no body.
	Known map[string]*Summary
	Memo  *Memo // of programs before; nil: none
	// Lean: the checks are to be run, and no question will be asked. What neither
	// needs is dropped on the way, the blocks of the functions among it.
	Lean bool
}

// Of returns the summary of the function with this ID, nil if it is unknown.
func (s *Set) Of(id string) *Summary { return s.funcs[id] }

// maxTargets bounds the functions that one indirect call is taken to reach;
// a member with more of them says too little about any.
const maxTargets = 48

// All summarises every function of g, callees first, on the given number of
// workers.
//
// One pass settles direct calls. Calls through ops tables take the summaries
// of the pass before, so that pass n sees paths with n-1 such calls and the
// result does not depend on the order of work. Recursion is bounded the same
// way: a call to a function that the pass has not come to yet takes what the
// pass before knew of it. A function with neither, nor callees with either,
// comes to the same in each pass, and is summarised once. So is one that no such
// call leads to, by the last pass.
func All(ctx context.Context, g *callgraph.Graph, o Options) (*Set, error) {
	s, err := all(ctx, g, o)
	if err == nil && o.Memo != nil && o.Memo.damaged.Load() {
		o.Memo.distrust()
		return all(ctx, g, o)
	}
	return s, err
}

func all(ctx context.Context, g *callgraph.Graph, o Options) (*Set, error) {
	rs, workers, progress := o.Rules, o.Workers, o.Progress
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var prev []*Summary // by rank
	settled := make([]bool, len(g.Order))
	c := newCalls(g)
	passes := maxIndirect + 1
	total := passes * len(g.Order)
	for p := range passes {
		next, err := pass(ctx, g, o, c, workers, prev, settled, func(n int) {
			if progress != nil {
				progress(p*len(g.Order)+n, total)
			}
		})
		if err != nil {
			return nil, err
		}
		prev = next
	}
	s := &Set{Graph: g, Rules: rs, funcs: make(map[string]*Summary, len(prev))}
	for i, sum := range prev {
		s.funcs[g.Order[i]] = sum
		s.Stats.add(sum.Stats)
	}
	return s, nil
}

// pass summarises every function once; indirect calls, and those that close
// a recursion, reach the summaries of prev, which is nil in the first pass. What
// no further pass can change is noted in settled, and taken from prev.
func pass(ctx context.Context, g *callgraph.Graph, o Options, calls *calls, workers int, prev []*Summary, settled []bool, progress func(int)) ([]*Summary, error) {
	n, first := len(g.Order), prev == nil
	out := make([]*Summary, n) // parallel to g.Order
	waits := make([]int, n)    // callees that are not done
	ready := make(chan int, n)
	for i := range waits {
		if waits[i] = len(calls.callees[i]); waits[i] == 0 {
			ready <- i
		}
	}
	shed := newShedder(o, first, calls, settled, out)
	var mu sync.Mutex
	done := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range ready {
				if ctx.Err() == nil && (!first || calls.below[i]) {
					out[i] = function(g, o, calls, i, prev, settled, out)
				}
				mu.Lock()
				done++
				progress(done)
				shed.after(i)
				for _, u := range calls.users[i] {
					if waits[u]--; waits[u] == 0 {
						ready <- u
					}
				}
				if done == n {
					close(ready)
				}
				mu.Unlock()
			}
		})
	}
	if n == 0 {
		close(ready)
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	shed.rest()
	return out, nil
}

// calls are the calls by name of a graph, by rank.
type calls struct {
	callees [][]int // that a pass waits for: those before
	users   [][]int // the callers that wait
	closing []bool  // calls one that comes after it, or itself
	// later tells which functions a pass may ask for what the one before has made of them:
	// calls through pointers reach them, or calls that close a recursion.
	later []bool
	below []bool // those, and what they rest on, which is all that a first pass is for
}

func newCalls(g *callgraph.Graph) *calls {
	n := len(g.Order)
	c := &calls{callees: make([][]int, n), users: make([][]int, n), closing: make([]bool, n), later: make([]bool, n)}
	for i, id := range g.Order {
		c.later[i] = c.later[i] || g.Pointed(id)
		for _, callee := range g.Callees[id] {
			if j := g.Rank[callee]; j < i {
				c.callees[i] = append(c.callees[i], j)
				c.users[j] = append(c.users[j], i)
			} else {
				c.closing[i], c.later[j] = true, true
			}
		}
	}
	c.below = slices.Clone(c.later)
	for i, below := range slices.Backward(c.below) {
		if below {
			for _, j := range c.callees[i] {
				c.below[j] = true
			}
		}
	}
	return c
}

// function summarises function i; out holds what its callees came to.
func function(g *callgraph.Graph, o Options, calls *calls, i int, prev []*Summary, settled []bool, out []*Summary) *Summary {
	id, first := g.Order[i], prev == nil
	if s := o.Known[id]; s != nil {
		settled[i] = true
		return s
	}
	if settled[i] {
		return prev[i]
	}
	// Whether another pass may know more.
	open := calls.closing[i] || slices.ContainsFunc(calls.callees[i], func(j int) bool { return !settled[j] })
	// find is the summary of a callee: early, if it is of the pass before, if there
	// was one.
	find := func(callee string, previous bool) (s *Summary, early, dropped bool) {
		// What pass did not wait for may be done or not: a recursion, or a
		// pointer that a callee gave.
		rank, ok := g.Rank[callee]
		if !ok {
			return nil, false, false
		}
		if _, waited := slices.BinarySearch(g.Callees[id], callee); waited && rank < i && !previous {
			return out[rank], false, false
		}
		if first {
			return nil, true, false
		}
		return prev[rank], true, prev[rank] == nil
	}
	opens := func() { open = true }
	answer := func(callee string, previous bool) *Summary {
		s, early, dropped := find(callee, previous)
		if early {
			opens()
		}
		if dropped {
			panic("summary: " + callee + " was dropped, and is asked for by " + id)
		}
		return s
	}
	env := &Env{Rules: o.Rules, GlobalName: o.GlobalName, Last: !first || !open, Methods: o.Methods, Cut: o.Cut}
	env.Summary = func(callee string) *Summary { return answer(callee, false) }
	env.Previous = func(callee string) *Summary { return answer(callee, true) }
	env.Indirect = func(owner, field, table string, from *ir.Func) []Target {
		bs := g.Indirect(owner, field, table, from)
		if len(bs) > maxTargets {
			return nil
		}
		ts := make([]Target, len(bs))
		for k, b := range bs {
			ts[k] = Target{ID: b.Func, Via: b.Via}
			if b.Via == "" {
				ts[k].Via = tableVia + owner + "." + field + ofTable(g, o.Rules.Tables(), owner, field, b.Func)
			}
		}
		return ts
	}
	s := o.Memo.of(g.Funcs[id], first, &asker{env, find, opens}, func(s *Summary) {
		if first && open {
			s.Pairs, s.Contexts = nil, nil
			s.Exits, s.Lacks, s.Unpaired, s.Met, s.Doubts = nil, nil, nil, nil, nil
			s.partial = true
		}
	}, o.Lean)
	settled[i] = first && !open && !s.partial
	return s
}
