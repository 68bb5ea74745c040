package summary

import (
	"math/bits"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// An arena interns the expressions of one function's analysis: equal values
// are the same pointer.
type arena struct {
	table []interned // by open addressing: of 2^n, at most half of them in use
	n     int
	// alts holds, for a value that stands for several (a Phi, a Result), the
	// values that it may be; at most maxAlts, none of them a Phi.
	alts map[*ir.Expr][]*ir.Expr
}

// An interned is an expression under what it was asked for by, which is what it
// is, but for one that has become too large.
type interned struct {
	key  *ir.Expr // nil: free
	expr *ir.Expr
	hash uint32
}

const maxAlts = 4

func newArena() *arena { return &arena{table: newTable(6)} }

// done gives the table back: nothing more is interned.
func (a *arena) done() {
	freeTable(a.table)
	a.table = nil
}

// find returns the place of an expression in the table, or where it would be. The operands
// are interned.
func (a *arena) find(op ir.ExprOp, name, owner string, n int64, x, y *ir.Expr) (at *interned, hash uint32) {
	h := uint64(op) + uint64(n)*0x9e3779b97f4a7c15
	mix := func(v uint64) { h = (h ^ v) * 0xff51afd7ed558ccd; h ^= h >> 32 }
	if x != nil {
		mix(uint64(x.Seq) + 1)
	}
	if y != nil {
		mix(uint64(y.Seq) + 1<<32)
	}
	for _, s := range [2]string{name, owner} {
		if len(s) > 0 { // names differ in length, or where they begin, or end
			mix(uint64(len(s))<<32 | uint64(s[0])<<24 | uint64(s[len(s)/2])<<16 | uint64(s[len(s)*3/4])<<8 | uint64(s[len(s)-1]))
		}
	}
	mix(0)
	hash = uint32(h)
	for i := int(hash) & (len(a.table) - 1); ; i = (i + 1) & (len(a.table) - 1) {
		at = &a.table[i]
		if k := at.key; k == nil || at.hash == hash && k.Op == op && k.X == x && k.Y == y && k.Int == n && k.Name == name && k.Owner == owner {
			return at, hash
		}
	}
}

// add puts e under key into the table.
func (a *arena) add(hash uint32, key, e *ir.Expr) {
	if 2*a.n >= len(a.table) {
		old := a.table
		a.table = newTable(bits.Len(uint(len(old))))
		for _, in := range old {
			if in.key != nil {
				*a.free(in.hash) = in
			}
		}
		freeTable(old)
	}
	*a.free(hash) = interned{key, e, hash}
	a.n++
}

// free finds a free place.
func (a *arena) free(hash uint32) *interned {
	i := int(hash) & (len(a.table) - 1)
	for a.table[i].key != nil {
		i = (i + 1) & (len(a.table) - 1)
	}
	return &a.table[i]
}

func (a *arena) mk(op ir.ExprOp, name, owner string, n int64, x, y *ir.Expr) *ir.Expr {
	in, hash := a.find(op, name, owner, n, x, y)
	if in.key != nil {
		return in.expr
	}
	size, has := 1, uint32(1)<<op
	for _, z := range [2]*ir.Expr{x, y} {
		if z != nil {
			size += int(z.Size)
			has |= z.Has
		}
	}
	e := &ir.Expr{Op: op, Name: name, Owner: owner, Int: n, X: x, Y: y, Seq: int32(a.n), Size: uint16(size), Has: has}
	if size <= maxSize {
		a.add(hash, e, e)
		return e
	}
	if op == ir.Index && int(x.Size)+2 <= maxSize { // some element of a table that is known
		some := a.mk(op, name, owner, n, x, a.mk(ir.Unknown, "", "", -2<<40-int64(y.Seq), nil, nil))
		a.add(hash, e, some)
		return some
	}
	// Nobody can tell what it is any more.
	lost := &ir.Expr{Op: ir.Unknown, Int: -1<<40 - int64(a.n), Seq: int32(a.n), Size: 1, Has: 1 << ir.Unknown}
	a.add(hash, e, lost)
	return lost
}

// maxSize bounds the nodes of a value.
const maxSize = ir.MaxSize

func (a *arena) konst(n int64) *ir.Expr { return a.mk(ir.Const, "", "", n, nil, nil) }

func (a *arena) load(x *ir.Expr) *ir.Expr { return a.mk(ir.Load, "", "", 0, x, nil) }

// intern copies e, which may come from another arena, into a.
func (a *arena) intern(e *ir.Expr) *ir.Expr {
	if e == nil {
		return nil
	}
	return a.fold(e.Op, e.Name, e.Owner, e.Int, a.intern(e.X), a.intern(e.Y))
}

// fold makes an expression and simplifies it.
func (a *arena) fold(op ir.ExprOp, name, owner string, n int64, x, y *ir.Expr) *ir.Expr {
	switch op {
	case ir.Unary:
		if x.Op == ir.Const {
			switch name {
			case "-":
				return a.konst(-x.Int)
			case "~":
				return a.konst(^x.Int)
			case "!":
				return a.konst(b2i(x.Int == 0))
			}
		}
		if name == "!" && x.Op == ir.Unary && x.Name == "!" && isBool(x.X) {
			return x.X
		}
	case ir.Binary:
		return a.binary(name, x, y)
	case ir.Load:
		// A load of the address of a cell is the cell: *&x.
	}
	return a.mk(op, name, owner, n, x, y)
}

func (a *arena) binary(name string, x, y *ir.Expr) *ir.Expr {
	if x.Op == ir.Const && y.Op == ir.Const {
		if v, ok := constBinary(name, x.Int, y.Int); ok {
			return a.konst(v)
		}
	}
	switch name {
	case "==", "!=", "&", "|", "*", "+", "^":
		if x.Op == ir.Const { // constants stand right
			x, y = y, x
		}
	}
	if isStep(name) && y.Op == ir.Const && x.Op == ir.Binary && isStep(x.Name) && x.Y.Op == ir.Const {
		return a.step(x.X, signed(x.Name, x.Y.Int)+signed(name, y.Int))
	}
	switch name {
	case "&":
		if y.Op == ir.Const {
			if y.Int == 0 {
				return y
			}
			if x.Op == ir.Binary && x.Y.Op == ir.Const {
				switch {
				case x.Name == "&":
					return a.binary("&", x.X, a.konst(x.Y.Int&y.Int))
				case x.Name == "|" && x.Y.Int&y.Int == 0:
					return a.binary("&", x.X, y)
				}
			}
		}
	case "|", "+", "-", "<<", ">>", "^":
		if y.Op == ir.Const && y.Int == 0 {
			return x
		}
		if name == "|" && y.Op == ir.Const && x.Op == ir.Binary && x.Name == "|" && x.Y.Op == ir.Const {
			return a.binary("|", x.X, a.konst(x.Y.Int|y.Int))
		}
	case "==", "!=":
		if x == y && !(x.Op == ir.Load && x.X.Op == ir.Global) { // a global may change between two reads
			return a.konst(b2i(name == "=="))
		}
		if y.Op == ir.Const && y.Int == 0 && isBool(x) {
			if name == "!=" {
				return x
			}
			return a.fold(ir.Unary, "!", "", 0, x, nil)
		}
	}
	return a.mk(ir.Binary, name, "", 0, x, y)
}

func isStep(op string) bool { return op == "+" || op == "-" }

// signed is what a step by n adds.
func signed(name string, n int64) int64 {
	if name == "-" {
		return -n
	}
	return n
}

// step is x + n. Where x is the address of an array, it goes on being one of its
// elements.
func (a *arena) step(x *ir.Expr, n int64) *ir.Expr {
	switch {
	case n < 0:
		return a.mk(ir.Binary, "-", "", 0, x, a.konst(-n))
	case n != 0:
		return a.mk(ir.Binary, "+", "", 0, x, a.konst(n))
	case x.Op == ir.Field || x.Op == ir.Global:
		return a.mk(ir.Index, "", "", 0, x, a.konst(0))
	}
	return x
}

// isBool reports whether e is 0 or 1 by its form.
func isBool(e *ir.Expr) bool {
	switch e.Op {
	case ir.Unary:
		return e.Name == "!"
	case ir.Binary:
		switch e.Name {
		case "==", "!=", "<", "<=", ">", ">=", ">=u", "<u", "&&", "||":
			return true
		}
	}
	return false
}

func b2i(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func constBinary(name string, x, y int64) (int64, bool) {
	switch name {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		return x * y, true
	case "/":
		if y != 0 && y != -1 {
			return x / y, true
		}
	case "%":
		if y != 0 && y != -1 {
			return x % y, true
		}
	case "&":
		return x & y, true
	case "|":
		return x | y, true
	case "^":
		return x ^ y, true
	case "<<":
		if y >= 0 && y < 64 {
			return x << uint(y), true
		}
	case ">>":
		if y >= 0 && y < 64 {
			return x >> uint(y), true
		}
	case "==":
		return b2i(x == y), true
	case "!=":
		return b2i(x != y), true
	case "<":
		return b2i(x < y), true
	case "<=":
		return b2i(x <= y), true
	case ">":
		return b2i(x > y), true
	case ">=":
		return b2i(x >= y), true
	case ">=u":
		return b2i(uint64(x) >= uint64(y)), true
	case "<u":
		return b2i(uint64(x) < uint64(y)), true
	}
	return 0, false
}

// mentions reports whether pred holds for e or one of its operands. The size
// of a value is bounded, and so is the walk.
func mentions(e *ir.Expr, pred func(*ir.Expr) bool) bool {
	for e != nil {
		if pred(e) {
			return true
		}
		if e.Y != nil && mentions(e.Y, pred) {
			return true
		}
		e = e.X
	}
	return false
}

// replace substitutes to for from in e.
func (a *arena) replace(e, from, to *ir.Expr) *ir.Expr {
	if e == from {
		return to
	}
	if e == nil || e.X == nil && e.Y == nil {
		return e
	}
	x, y := a.replace(e.X, from, to), a.replace(e.Y, from, to)
	if x == e.X && y == e.Y {
		return e
	}
	return a.fold(e.Op, e.Name, e.Owner, e.Int, x, y)
}

// exportable reports whether a caller can express e: it is made of
// parameters, globals, constants and what can be reached from them.
func exportable(e *ir.Expr) bool { return e != nil && e.Has&inner == 0 }

// inner are the operands that only the function itself can name.
const inner = 1<<ir.Local | 1<<ir.Tmp | 1<<ir.Result | 1<<ir.Out | 1<<ir.Phi | 1<<ir.Old | 1<<ir.Unknown
