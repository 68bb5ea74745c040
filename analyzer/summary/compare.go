package summary

import (
	"cmp"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

func comparePos(a, b ir.Pos) int {
	if c := cmp.Compare(a.Line, b.Line); c != 0 {
		return c
	}
	return cmp.Compare(a.Col, b.Col)
}

func compareClasses(a, b []rules.Class) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			if c := strings.Compare(a[i].String(), b[i].String()); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(len(a), len(b))
}

// compareExpr orders values of one arena.
func compareExpr(a, b *ir.Expr) int {
	return int(seqOf(a) - seqOf(b))
}

// compareEvents orders by meaning: class first, so that the order does not
// depend on how the events were found.
func compareEvents(a, b *Event) int {
	if c := cmp.Compare(a.Kind, b.Kind); c != 0 {
		return c
	}
	if c := compareClasses(a.Classes, b.Classes); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Indirect, b.Indirect); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Depth, b.Depth); c != 0 {
		return c
	}
	if c := comparePos(a.Pos, b.Pos); c != 0 {
		return c
	}
	if c := compareExpr(a.Val, b.Val); c != 0 {
		return c
	}
	if c := compareExpr(a.Ptr, b.Ptr); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Mode, b.Mode); c != 0 {
		return c
	}
	if a.Try != b.Try {
		if b.Try {
			return -1
		}
		return 1
	}
	if c := strings.Compare(a.Qual, b.Qual); c != 0 {
		return c
	}
	if c := compareRefs(a.Dropped, b.Dropped); c != 0 {
		return c
	}
	return compareFacts(a.Guard, b.Guard)
}

func compareRefs(a, b []LockRef) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := compareExpr(a[i].Val, b[i].Val); c != 0 {
			return c
		}
		if c := compareClasses(a[i].Classes, b[i].Classes); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func compareFacts(a, b []Fact) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if c := strings.Compare(a[i].String(), b[i].String()); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func comparePairs(a, b *Pair) int {
	if c := comparePos(a.Inner.Pos, b.Inner.Pos); c != 0 {
		return c
	}
	if c := strings.Compare(a.OuterClass.String(), b.OuterClass.String()); c != 0 {
		return c
	}
	if c := strings.Compare(a.InnerClass.String(), b.InnerClass.String()); c != 0 {
		return c
	}
	if c := comparePos(a.Outer.Pos, b.Outer.Pos); c != 0 {
		return c
	}
	if c := compareEvents(a.Inner, b.Inner); c != 0 {
		return c
	}
	if c := compareExpr(a.Outer.Val, b.Outer.Val); c != 0 {
		return c
	}
	if a.Infeasible != b.Infeasible {
		if b.Infeasible {
			return -1
		}
		return 1
	}
	return 0
}
