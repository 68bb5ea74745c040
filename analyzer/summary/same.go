package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A part is what one summary refers to in another one: an event that one of its own goes on
// with, a lock that one stems from, a requirement. The others are nil.
type part struct {
	event       *Event
	held        *Held
	requirement *Requirement
}

// same reports whether nobody can tell two parts apart. Events are where they say the same all
// the way down, of the same functions. A lock that was left held is looked for among what its
// function leaves, a requirement among those of its function: they must be one.
func (p part) same(q part) bool {
	return p.held == q.held && p.requirement == q.requirement && sameEvent(p.event, q.event)
}

func sameEvent(a, b *Event) bool {
	for ; a != b; a, b = a.Next, b.Next {
		if a == nil || b == nil || a.Func != b.Func || a.Pos != b.Pos || !sameRef(a.LockRef, b.LockRef) ||
			a.Kind != b.Kind || a.Mode != b.Mode || a.Try != b.Try || a.Prim != b.Prim || a.Qual != b.Qual ||
			a.Depth != b.Depth || a.Indirect != b.Indirect || a.Puts != b.Puts || a.Via != b.Via || a.Handed != b.Handed || a.Again != b.Again ||
			!slices.EqualFunc(a.Dropped, b.Dropped, sameRef) || !slices.EqualFunc(a.Guard, b.Guard, sameFact) ||
			!sameExpr(a.Ptr, b.Ptr) || !slices.EqualFunc(a.Args, b.Args, sameExpr) || !slices.EqualFunc(a.Under, b.Under, sameHold) {
			return false
		}
	}
	return true
}

func sameHold(a, b *Held) bool {
	for ; a != b; a, b = a.From, b.From {
		if a == nil || b == nil || a.Func != b.Func || a.Pos != b.Pos || !sameRef(a.LockRef, b.LockRef) ||
			a.Mode != b.Mode || a.Try != b.Try || a.Entry != b.Entry || a.Prim != b.Prim || a.Qual != b.Qual {
			return false
		}
	}
	return true
}

func sameRef(a, b LockRef) bool {
	return sameExpr(a.Val, b.Val) && slices.Equal(a.Classes, b.Classes) && sameExpr(a.Sub, b.Sub) &&
		a.Loose == b.Loose && a.Shared == b.Shared && a.By == b.By
}

func sameFact(a, b Fact) bool {
	same := sameExpr(a.Val, b.Val)
	a.Val, b.Val = nil, nil
	return same && a == b
}

// sameExpr reports whether two expressions, perhaps of two arenas, say the same.
func sameExpr(a, b *ir.Expr) bool {
	return a == b || a != nil && b != nil && a.Op == b.Op && a.Name == b.Name && a.Owner == b.Owner && a.Int == b.Int &&
		sameExpr(a.X, b.X) && sameExpr(a.Y, b.Y)
}
