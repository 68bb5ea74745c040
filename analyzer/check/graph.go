package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/internal/scc"
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
// class, classes by name.
func (g graph) components() [][]rules.Class {
	byName := func(a, b rules.Class) int { return strings.Compare(a.String(), b.String()) }
	number := map[rules.Class]int{}
	var nodes []rules.Class
	node := func(c rules.Class) int {
		n, ok := number[c]
		if !ok {
			n = len(nodes)
			number[c] = n
			nodes = append(nodes, c)
		}
		return n
	}
	for _, c := range slices.SortedFunc(maps.Keys(g), byName) {
		node(c)
	}
	var next [][]int
	for i := 0; i < len(nodes); i++ { // which grow
		var to []int
		for _, d := range g[nodes[i]] {
			to = append(to, node(d))
		}
		next = append(next, to)
	}
	var out [][]rules.Class
	for _, component := range scc.Components(next) {
		if len(component) < 2 {
			continue
		}
		var classes []rules.Class
		for _, n := range component {
			classes = append(classes, nodes[n])
		}
		slices.SortFunc(classes, byName)
		out = append(out, classes)
	}
	slices.SortFunc(out, func(a, b []rules.Class) int { return byName(a[0], b[0]) })
	return out
}
