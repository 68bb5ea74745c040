package check

import (
	"slices"
	"strings"

	"github.com/lockorder/lockorder/rules"
)

// A graph is the lock-order graph: the classes that are taken under each.
type graph map[rules.Class][]rules.Class

func (g graph) add(e edge) { g[e.outer] = append(g[e.outer], e.inner) }

func (g graph) has(e edge) bool { return slices.Contains(g[e.outer], e.inner) }

func (g graph) remove(e edge) {
	g[e.outer] = slices.DeleteFunc(g[e.outer], func(c rules.Class) bool { return c == e.inner })
}

// Bounds on the loops that are looked for.
const (
	maxLoop  = 5  // classes in one
	maxLoops = 24 // of each strongly connected component
)

// cycles takes the shortest loops out of g, each edge once, until none are
// left: in order of their components' first class, then of length.
func (g graph) cycles() [][]edge {
	var out [][]edge
	for _, scc := range g.components() {
		for range maxLoops {
			c := g.shortest(scc)
			if c == nil {
				break
			}
			out = append(out, c)
			for _, e := range c {
				g.remove(e)
			}
		}
	}
	return out
}

// shortest finds the shortest loop within a component, nil if there is none.
func (g graph) shortest(scc []rules.Class) []edge {
	inside := map[rules.Class]bool{}
	for _, c := range scc {
		inside[c] = true
	}
	var best []edge
	for _, start := range scc {
		limit := maxLoop
		if best != nil {
			limit = len(best) - 1
		}
		if c := g.loopFrom(start, inside, limit); c != nil {
			best = c
		}
	}
	return best
}

// loopFrom finds the shortest way from start back to it, of at most limit
// edges.
func (g graph) loopFrom(start rules.Class, inside map[rules.Class]bool, limit int) []edge {
	from := map[rules.Class]rules.Class{}
	level := []rules.Class{start}
	for n := 1; n <= limit && len(level) > 0; n++ {
		var next []rules.Class
		for _, c := range level {
			for _, d := range g[c] {
				if d == start {
					loop := []edge{{c, start}}
					for c != start {
						loop = append(loop, edge{from[c], c})
						c = from[c]
					}
					slices.Reverse(loop)
					return loop
				}
				if _, seen := from[d]; !seen && inside[d] {
					from[d] = c
					next = append(next, d)
				}
			}
		}
		level = next
	}
	return nil
}

// components returns the strongly connected components of more than one
// class, classes by name (Tarjan 1972).
func (g graph) components() [][]rules.Class {
	var nodes []rules.Class
	for c := range g {
		nodes = append(nodes, c)
	}
	byName := func(a, b rules.Class) int { return strings.Compare(a.String(), b.String()) }
	slices.SortFunc(nodes, byName)
	index, low := map[rules.Class]int{}, map[rules.Class]int{}
	on := map[rules.Class]bool{}
	var stack []rules.Class
	var out [][]rules.Class
	var visit func(c rules.Class)
	visit = func(c rules.Class) {
		index[c] = len(index) + 1
		low[c] = index[c]
		stack = append(stack, c)
		on[c] = true
		for _, d := range g[c] {
			if index[d] == 0 {
				visit(d)
				low[c] = min(low[c], low[d])
			} else if on[d] {
				low[c] = min(low[c], index[d])
			}
		}
		if low[c] != index[c] {
			return
		}
		i := slices.Index(stack, c)
		scc := slices.Clone(stack[i:])
		for _, d := range scc {
			on[d] = false
		}
		stack = stack[:i]
		if len(scc) > 1 {
			slices.SortFunc(scc, byName)
			out = append(out, scc)
		}
	}
	for _, c := range nodes {
		if index[c] == 0 {
			visit(c)
		}
	}
	slices.SortFunc(out, func(a, b []rules.Class) int { return byName(a[0], b[0]) })
	return out
}
