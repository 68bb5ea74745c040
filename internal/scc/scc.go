// Package scc finds what leads back to itself in a directed graph: its strongly connected
// components, by Tarjan's algorithm (1972) as gonum has it. Graphs are lists of successors,
// and the result follows from them alone: the same lists give the same components in the
// same order.
package scc

import (
	"slices"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
)

// Components returns the strongly connected components of the graph with the nodes 0 to
// len(next)-1, of which next lists the successors. What a component leads to comes before
// it; the nodes of each are sorted.
func Components[N ~int | ~int32](next [][]N) [][]N {
	var out [][]N
	for _, nodes := range topo.TarjanSCC(successors[N](next)) {
		component := make([]N, len(nodes))
		for i, n := range nodes {
			component[i] = N(n.ID())
		}
		slices.Sort(component)
		out = append(out, component)
	}
	return out
}

// successors is a graph.Directed.
type successors[N ~int | ~int32] [][]N

func (s successors[N]) Node(id int64) graph.Node {
	if id < 0 || id >= int64(len(s)) {
		return nil
	}
	return simple.Node(id)
}

func (s successors[N]) Nodes() graph.Nodes {
	return iterator.NewImplicitNodes(0, len(s), func(id int) graph.Node { return simple.Node(id) })
}

func (s successors[N]) From(id int64) graph.Nodes {
	nodes := make([]graph.Node, len(s[id]))
	for i, n := range s[id] {
		nodes[i] = simple.Node(n)
	}
	return iterator.NewOrderedNodes(nodes)
}

func (s successors[N]) To(id int64) graph.Nodes {
	var nodes []graph.Node
	for from := range s {
		if s.HasEdgeFromTo(int64(from), id) {
			nodes = append(nodes, simple.Node(from))
		}
	}
	return iterator.NewOrderedNodes(nodes)
}

func (s successors[N]) HasEdgeFromTo(from, to int64) bool { return slices.Contains(s[from], N(to)) }

func (s successors[N]) HasEdgeBetween(x, y int64) bool {
	return s.HasEdgeFromTo(x, y) || s.HasEdgeFromTo(y, x)
}

func (s successors[N]) Edge(from, to int64) graph.Edge {
	if !s.HasEdgeFromTo(from, to) {
		return nil
	}
	return simple.Edge{F: simple.Node(from), T: simple.Node(to)}
}
