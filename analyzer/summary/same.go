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

// same reports whether two parts say the same all the way down, of the same functions: nobody
// can tell them apart, but by where they are in memory.
func (p part) same(q part) bool {
	return sameEvent(p.event, q.event) && sameHold(p.held, q.held) && sameRequirement(p.requirement, q.requirement)
}

func sameEvent(a, b *Event) bool {
	for ; a != b; a, b = a.Next, b.Next {
		if a == nil || b == nil || a.Func != b.Func || a.Pos != b.Pos || !sameRef(a.LockRef, b.LockRef) ||
			a.Kind != b.Kind || a.Mode != b.Mode || a.Try != b.Try || a.Prim != b.Prim || a.Qual != b.Qual ||
			a.Depth != b.Depth || a.Indirect != b.Indirect || a.Puts != b.Puts || a.Via != b.Via || a.Handed != b.Handed || a.Again != b.Again ||
			!slices.EqualFunc(a.Dropped, b.Dropped, sameRef) || !slices.EqualFunc(a.Guard, b.Guard, sameFact) ||
			!a.Ptr.Equal(b.Ptr) || !slices.EqualFunc(a.Args, b.Args, (*ir.Expr).Equal) || !slices.EqualFunc(a.Under, b.Under, sameHold) {
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

func sameRequirement(a, b *Requirement) bool {
	for ; a != b; a, b = a.Next, b.Next {
		if a == nil || b == nil || a.num != b.num || a.Func != b.Func || a.Pos != b.Pos || !sameRef(a.LockRef, b.LockRef) ||
			a.Mode != b.Mode || a.Prim != b.Prim || a.Depth != b.Depth || a.Maybe != b.Maybe || !slices.EqualFunc(a.Guard, b.Guard, sameFact) {
			return false
		}
	}
	return true
}

func sameRef(a, b LockRef) bool {
	return a.Val.Equal(b.Val) && slices.Equal(a.Classes, b.Classes) && a.Sub.Equal(b.Sub) &&
		a.Loose == b.Loose && a.Shared == b.Shared && a.By == b.By
}

func sameFact(a, b Fact) bool {
	same := a.Val.Equal(b.Val)
	a.Val, b.Val = nil, nil
	return same && a == b
}
