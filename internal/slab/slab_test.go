package slab

import (
	"slices"
	"testing"
)

// TestSlab grows several slices by turns, beyond what the slab has, and resets it.
func TestSlab(t *testing.T) {
	s := New[int](16, 64)
	for round := range 4 {
		var got, want [5][]int
		for i := range 60 {
			for k := range got {
				if i%(k+1) == 0 {
					got[k], want[k] = s.Append(got[k], 100*k+i), append(want[k], 100*k+i)
				}
			}
		}
		for k := range got {
			if !slices.Equal(got[k], want[k]) {
				t.Errorf("round %d: slice %d is %v, not %v", round, k, got[k], want[k])
			}
		}
		s.Reset()
		if n := len(s.buf); n > 64 {
			t.Fatalf("the slab has grown to %d elements", n)
		}
		if slices.ContainsFunc(s.buf, func(v int) bool { return v != 0 }) {
			t.Errorf("round %d: something is left in the slab", round)
		}
	}
	a, b := s.Make(3), s.Make(3)
	if a = append(a, 1, 2, 3, 4); len(b) != 0 || len(append(b, 9)) != 1 || a[3] != 4 {
		t.Error("a slice that outgrew its room ran into the next one")
	}
	if cap(s.Make(1000)) < 1000 {
		t.Error("what does not fit is not allocated")
	}
}
