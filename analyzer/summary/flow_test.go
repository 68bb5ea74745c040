package summary

import (
	"slices"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
)

func graph(succs ...[]int) *ir.Func {
	f := &ir.Func{}
	for i, s := range succs {
		f.Blocks = append(f.Blocks, &ir.Block{Index: i, Succs: s})
	}
	return f
}

func TestMeetings(t *testing.T) {
	for _, c := range []struct {
		name string
		fn   *ir.Func
		want []int
	}{
		{"if", graph([]int{1, 2}, []int{2}, nil), []int{2, 2, -1}},
		{"if else", graph([]int{1, 2}, []int{3}, []int{3}, nil), []int{3, 3, 3, -1}},
		{"two returns", graph([]int{1, 2}, nil, nil), []int{-1, -1, -1}},
		{"while", graph([]int{1, 2}, []int{0}, nil), []int{2, 0, -1}},
		{"no return", graph([]int{1, 2}, []int{1}, nil), []int{2, -1, -1}},
		{"loop with an if", graph([]int{1}, []int{2, 5}, []int{3, 4}, []int{4}, []int{1}, nil), []int{1, 5, 4, 4, 1, -1}},
	} {
		if got := meetings(c.fn); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSteers(t *testing.T) {
	// 1: while; 2: an if whose ways meet at 4; 4: continue or go on to 5, which breaks.
	s := newShape(graph([]int{1}, []int{2, 6}, []int{3, 4}, []int{4}, []int{1, 5}, []int{6, 1}, nil))
	if want := []bool{false, true, false, false, true, true, false}; !slices.Equal(s.steers, want) {
		t.Errorf("steers %v, want %v", s.steers, want)
	}
}
