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

// cycles lists the shortest loops of g, no edge in two of them: in order of their
// components' first class, then of length.
func (g graph) cycles() [][]edge {
	var out [][]edge
	for _, classes := range g.components() {
		c := g.within(classes)
		for range maxLoops {
			loop := c.shortest()
			if loop == nil {
				break
			}
			var edges []edge
			for i, n := range loop {
				to := loop[(i+1)%len(loop)]
				edges = append(edges, edge{classes[n], classes[to]})
				c.next[n] = slices.DeleteFunc(c.next[n], func(m int32) bool { return m == to })
			}
			out = append(out, edges)
		}
	}
	return out
}

// A component has the edges between the classes of a strongly connected one, by number.
type component struct {
	next [][]int32
	from []int32 // of loopFrom: from where each is reached; -1: it is not
}

func (g graph) within(classes []rules.Class) *component {
	number := map[rules.Class]int32{}
	for i, c := range classes {
		number[c] = int32(i)
	}
	out := &component{next: make([][]int32, len(classes)), from: make([]int32, len(classes))}
	for i, c := range classes {
		for _, d := range g[c] {
			if n, inside := number[d]; inside {
				out.next[i] = append(out.next[i], n)
			}
		}
	}
	return out
}

// shortest finds the shortest loop, nil if there is none.
func (c *component) shortest() []int32 {
	var best []int32
	for start := range c.next {
		limit := maxLoop
		if best != nil {
			limit = len(best) - 1
		}
		if loop := c.loopFrom(int32(start), limit); loop != nil {
			best = loop
		}
	}
	return best
}

// loopFrom finds the shortest way from start back to it, of at most limit
// edges.
func (c *component) loopFrom(start int32, limit int) []int32 {
	for i := range c.from {
		c.from[i] = -1
	}
	level := []int32{start}
	for n := 1; n <= limit && len(level) > 0; n++ {
		var next []int32
		for _, at := range level {
			for _, to := range c.next[at] {
				if to == start {
					loop := []int32{at}
					for at != start {
						at = c.from[at]
						loop = append(loop, at)
					}
					slices.Reverse(loop)
					return loop
				}
				if c.from[to] < 0 {
					c.from[to] = at
					next = append(next, to)
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
