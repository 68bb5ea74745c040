package summary

import (
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// An element of a table stays one, whatever its index has become.
func TestLargeIndex(t *testing.T) {
	a := newArena()
	grow := func(seed int64) *ir.Expr {
		e := a.mk(ir.Param, "", "", seed, nil, nil)
		for n := int64(1); e.Size+2 <= maxSize; n++ {
			e = a.mk(ir.Binary, "^", "", 0, e, a.mk(ir.Param, "", "", seed+n, nil, nil))
		}
		return e
	}
	table := a.load(a.mk(ir.Global, "table", "", 0, nil, nil))
	at := func(y *ir.Expr) *ir.Expr { return a.mk(ir.Index, "", "", 0, table, y) }
	y, z := grow(0), grow(100)
	if y.Op == ir.Unknown || int(y.Size)+int(table.Size)+1 <= maxSize {
		t.Fatalf("the index has %d nodes, want as many as can be", y.Size)
	}
	if e := at(y); e.Op != ir.Index || e.X != table {
		t.Errorf("table[%v] became %v", y, e)
	}
	if e := at(y); e != at(y) || e == at(z) {
		t.Error("equal indices name one element, others another")
	}
}
