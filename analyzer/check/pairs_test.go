package check

import (
	"testing"

	"github.com/lockorder/lockorder/analyzer/summary"
)

// What needs more to be believed comes later, however good the rest is.
func TestQuality(t *testing.T) {
	pair := func(infeasible, try, entry bool, indirect, puts, depth, from int) *summary.Pair {
		h := &summary.Held{Entry: entry}
		for range from {
			h.From = &summary.Held{From: h.From}
		}
		return &summary.Pair{Infeasible: infeasible, Outer: h, Inner: &summary.Event{Try: try, Indirect: indirect, Puts: puts, Depth: depth}}
	}
	list := []*summary.Pair{
		pair(false, false, false, 0, 0, 0, 0),
		pair(false, false, false, 0, 0, 0, 2),
		pair(false, false, false, 0, 0, 3, 0),
		pair(false, false, false, 0, 1, 0, 0),
		pair(false, false, false, 1, 0, 0, 0),
		pair(false, false, true, 0, 0, 0, 0),
		pair(false, true, false, 0, 0, 0, 0),
		pair(false, true, true, 2, 7, 9, 1),
		pair(true, false, false, 0, 0, 0, 0),
	}
	for i, p := range list[1:] {
		if a, b := quality(list[i]), quality(p); a >= b {
			t.Errorf("pairs %d and %d: %#x, not below %#x", i, i+1, a, b)
		}
	}
}
