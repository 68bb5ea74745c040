package scc

import (
	"reflect"
	"testing"
)

func TestComponents(t *testing.T) {
	for _, c := range []struct {
		name string
		next [][]int
		want [][]int
	}{
		{"empty", nil, nil},
		{"a chain, and a node that leads to itself", [][]int{{1}, {2}, {2}}, [][]int{{2}, {1}, {0}}},
		{"two circles, one leads to the other", [][]int{{1}, {0, 3}, {3}, {2}}, [][]int{{2, 3}, {0, 1}}},
		{"a circle of circles", [][]int{{1}, {2, 0}, {3}, {0}}, [][]int{{0, 1, 2, 3}}},
		{"two parts", [][]int{{}, {2}, {1}}, [][]int{{0}, {1, 2}}},
	} {
		for range 5 { // the same each time
			if got := Components(c.next); !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestDirected(t *testing.T) {
	g := successors[int32]{{1}, {0, 2}, {}}
	if g.Node(3) != nil || g.Node(2).ID() != 2 || g.Nodes().Len() != 3 || g.From(1).Len() != 2 || g.To(0).Len() != 1 {
		t.Error("nodes")
	}
	if g.Edge(0, 2) != nil || g.Edge(1, 2).To().ID() != 2 || !g.HasEdgeBetween(2, 1) || g.HasEdgeBetween(0, 2) {
		t.Error("edges")
	}
}
