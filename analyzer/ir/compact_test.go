package ir

import (
	"strings"
	"testing"
)

func TestCompact(t *testing.T) {
	local := func() *Expr { return &Expr{Op: Local, Int: 1} }
	load := func() *Expr { return &Expr{Op: Load, X: local()} }
	f := &Func{ID: "f", Name: "f", File: "a.c", Locals: []string{"x", "y"}, Blocks: []*Block{
		{Index: 0, Cond: load(), Succs: []int{1, 2}},
		{Index: 1, Succs: []int{3}}, // empty
		{Index: 2, Ops: []Op{{Kind: Store, Dst: -1, Addr: local(), Val: load()}}, Succs: []int{1}},
		{Index: 3, Succs: []int{5}},                                  // empty too
		{Index: 4, Ops: []Op{{Kind: Nop, Dst: -1}}, Succs: []int{5}}, // unreachable
		{Index: 5, Cond: load(), Succs: []int{6, 7}},
		{Index: 6, Succs: []int{6}}, // for (;;);
		{Index: 7, Ret: load()},
	}}
	f.Check()
	f.Compact()
	f.Check()
	var b strings.Builder
	f.Print(&b)
	want := `func f  # a.c:0
  local v0 x
  local v1 y
b0:
  if v1 goto b2 else b1
b1:
     0  *(&v1) = v1
  goto b2
b2:
  if v1 goto b3 else b4
b3:
  goto b3
b4:
  return v1
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if f.Blocks[0].Cond != f.Blocks[4].Ret || f.Blocks[1].Ops[0].Addr != f.Blocks[0].Cond.X {
		t.Error("equal expressions are not shared")
	}
}
