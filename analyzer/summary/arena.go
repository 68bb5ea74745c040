package summary

import "github.com/lockorder/lockorder/analyzer/ir"

// exprKey is the identity of an expression whose operands are interned.
type exprKey struct {
	op          ir.ExprOp
	name, owner string
	n           int64
	x, y        *ir.Expr
}

// An arena interns the expressions of one function's analysis: equal values
// are the same pointer.
type arena struct {
	m map[exprKey]*ir.Expr
	// alts holds, for a value that stands for several (a Phi, a Result), the
	// values that it may be; at most maxAlts, none of them a Phi.
	alts map[*ir.Expr][]*ir.Expr
}

const maxAlts = 4

func newArena() *arena { return &arena{m: map[exprKey]*ir.Expr{}} }

func (a *arena) mk(op ir.ExprOp, name, owner string, n int64, x, y *ir.Expr) *ir.Expr {
	k := exprKey{op, name, owner, n, x, y}
	if e, ok := a.m[k]; ok {
		return e
	}
	size, has := 1, uint32(1)<<op
	for _, z := range [2]*ir.Expr{x, y} {
		if z != nil {
			size += int(z.Size)
			has |= z.Has
		}
	}
	e := &ir.Expr{Op: op, Name: name, Owner: owner, Int: n, X: x, Y: y, Seq: int32(len(a.m)), Size: uint16(size), Has: has}
	if size > maxSize && op == ir.Index && int(x.Size)+2 <= maxSize { // some element of a table that is known
		e = a.mk(op, name, owner, n, x, a.mk(ir.Unknown, "", "", -2<<40-int64(y.Seq), nil, nil))
		a.m[k] = e
		return e
	}
	if size > maxSize { // nobody can tell what it is any more
		e.Op, e.Name, e.Owner, e.Int, e.X, e.Y = ir.Unknown, "", "", -1<<40-int64(len(a.m)), nil, nil
		e.Size, e.Has = 1, 1<<ir.Unknown
	}
	a.m[k] = e
	return e
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
