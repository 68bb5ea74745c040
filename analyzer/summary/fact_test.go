package summary

import (
	"math"
	"testing"

	"github.com/lockorder/lockorder/analyzer/ir"
)

func TestAssume(t *testing.T) {
	a := newArena()
	x := a.mk(ir.Param, "", "", 0, nil, nil)
	bin := func(op string, n int64) *ir.Expr { return a.binary(op, x, a.konst(n)) }
	for _, c := range []struct {
		assume *ir.Expr
		is     bool
		ask    *ir.Expr
		want   tri
	}{
		{bin("==", 0), true, x, no},
		{bin("!=", 0), true, x, yes},
		{bin("<", 0), true, bin("<", 1), yes},
		{bin("<", 0), true, bin(">", 5), no},
		{bin("<", 0), false, bin("<", 0), no},
		{bin(">=", 3), true, x, yes},
		{bin("==", 3), true, bin("!=", 4), yes},
		{x, true, bin("==", 0), no},
		{x, true, bin("==", 1), unknown},
		// IS_ERR(): an address is none, a negative value in range is
		{bin(">=u", -4095), true, bin("<", 0), yes},
		{bin(">=u", -4095), false, bin("<", 0), no},
		// one bit says nothing of another
		{bin("&", 4), true, bin("&", 2), unknown},
		{bin("&", 4), true, bin("&", 4), yes},
	} {
		st := &state{pool: newPool()}
		if !st.assume(c.assume, c.is) {
			t.Errorf("%s = %t cannot be assumed of an unknown value", c.assume, c.is)
		}
		if got := st.decide(c.ask); got != c.want {
			t.Errorf("after %s = %t, %s is %d, want %d", c.assume, c.is, c.ask, got, c.want)
		}
		if st.assume(c.assume, !c.is) {
			t.Errorf("%s is assumed both ways", c.assume)
		}
	}
}

func TestFold(t *testing.T) {
	a := newArena()
	x := a.mk(ir.Param, "", "", 0, nil, nil)
	flags := a.binary("|", x, a.konst(6))
	if got := a.binary("&", flags, a.konst(8)); got != a.binary("&", x, a.konst(8)) {
		t.Errorf("(x | 6) & 8 is %s, want x & 8", got)
	}
	if got := a.binary("&", a.binary("&", x, a.konst(^int64(8))), a.konst(8)); got != a.konst(0) {
		t.Errorf("(x & ~8) & 8 is %s, want 0", got)
	}
	if b := (&state{pool: newPool()}).bound(a.binary("&", flags, a.konst(2))); !b.nonZero() {
		t.Errorf("(x | 6) & 2 may be zero: %s", b)
	}
	if got := a.binary("/", a.konst(math.MinInt64), a.konst(-1)); got.Op == ir.Const {
		t.Errorf("the one quotient that overflows is folded to %s", got)
	}
	// A value of bounded size: doubling it for ever ends in an unknown.
	v := x
	for range 100 {
		v = a.binary("+", v, a.fold(ir.Load, "", "", 0, v, nil))
	}
	if v.Op != ir.Unknown && v.Size > maxSize {
		t.Errorf("a value of %d nodes", v.Size)
	}
}
