package summary

import (
	"context"
	"runtime"
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
// pass before knew of it.
func All(ctx context.Context, g *callgraph.Graph, o Options) (*Set, error) {
	rs, workers, progress := o.Rules, o.Workers, o.Progress
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	prev := map[string]*Summary{}
	passes := maxIndirect + 1
	total := passes * len(g.SCCs)
	for p := range passes {
		next, err := pass(ctx, g, o, workers, prev, p == passes-1, func(n int) {
			if progress != nil {
				progress(p*len(g.SCCs)+n, total)
			}
		})
		if err != nil {
			return nil, err
		}
		prev = next
	}
	s := &Set{Graph: g, Rules: rs, funcs: prev}
	for _, sum := range prev {
		s.Stats.add(sum.Stats)
	}
	return s, nil
}

// pass summarises every function once; indirect calls reach the summaries
// of prev.
func pass(ctx context.Context, g *callgraph.Graph, o Options, workers int, prev map[string]*Summary, last bool, progress func(int)) (map[string]*Summary, error) {
	n := len(g.SCCs)
	out := make([][]*Summary, n) // by component, parallel to g.SCCs
	waits := make([]int, n)
	users := make([][]int, n)
	for i, scc := range g.SCCs {
		seen := map[int]bool{i: true}
		for _, id := range scc {
			for _, c := range g.Callees[id] {
				if j := g.Index[c]; !seen[j] {
					seen[j] = true
					waits[i]++
					users[j] = append(users[j], i)
				}
			}
		}
	}
	ready := make(chan int, n)
	for i, w := range waits {
		if w == 0 {
			ready <- i
		}
	}
	position := make(map[string]int, len(g.Funcs))
	for _, scc := range g.SCCs {
		for k, id := range scc {
			position[id] = k
		}
	}
	var mu sync.Mutex
	done := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range ready {
				if ctx.Err() == nil {
					out[i] = component(g, o, i, position, prev, last, out)
				}
				mu.Lock()
				done++
				progress(done)
				for _, u := range users[i] {
					if waits[u]--; waits[u] == 0 {
						ready <- u
					}
				}
				if done == n {
					close(ready)
				}
				mu.Unlock()
			}
		}()
	}
	if n == 0 {
		close(ready)
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := make(map[string]*Summary, len(g.Funcs))
	for i, scc := range g.SCCs {
		for k, id := range scc {
			all[id] = out[i][k]
		}
	}
	return all, nil
}

// component summarises the functions of component i.
func component(g *callgraph.Graph, o Options, i int, position map[string]int, prev map[string]*Summary, last bool, out [][]*Summary) []*Summary {
	scc := g.SCCs[i]
	sums := make([]*Summary, len(scc))
	env := &Env{Rules: o.Rules, GlobalName: o.GlobalName, Last: last}
	settled := map[string]bool{} // what pass waited for
	for _, id := range scc {
		for _, c := range g.Callees[id] {
			settled[c] = true
		}
	}
	direct := func(id string) *Summary {
		j, ok := g.Index[id]
		switch {
		case !ok:
			return nil
		case j == i:
			if s := sums[position[id]]; s != nil {
				return s
			}
			return prev[id] // recursion
		case settled[id]:
			return out[j][position[id]]
		}
		return prev[id] // by a pointer that a callee gave
	}
	env.Summary = direct
	env.Previous = func(id string) *Summary { return prev[id] }
	env.Indirect = func(owner, field string, from *ir.Func) []Target {
		bs := g.Indirect(owner, field, from)
		if len(bs) > maxTargets {
			return nil
		}
		ts := make([]Target, len(bs))
		for k, b := range bs {
			ts[k] = Target{ID: b.Func, Via: "ops table " + owner + "." + field}
		}
		return ts
	}
	for k, id := range scc {
		s := Of(g.Funcs[id], env)
		if !last {
			s.Exits, s.Lacks, s.Unpaired, s.Met, s.Doubts = nil, nil, nil, nil, nil
		}
		sums[k] = s
	}
	return sums
}
