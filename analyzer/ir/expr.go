package ir

import (
	"fmt"
	"strings"
)

// Op says what an Expr is.
type ExprOp uint8

const (
	Unknown  ExprOp = iota // a value nothing is known of; Int tells unknowns apart
	Const                  // Int
	Str                    // Name; a string literal
	Param                  // Int: the value of the Int-th parameter at entry
	Local                  // Int: the address of a local variable's cell
	Global                 // Name: the address of a global variable
	FuncAddr               // Name: a function's ID, as a value; X the values that it is bound to: App(Bind) nodes
	Field                  // the address of member Name of the record Owner at X
	Index                  // the address of element Y of the array at X
	Load                   // the content of the cell at X
	Unary                  // Name one of - ! ~
	Binary                 // Name one of the C binary operators; ">=u" and "<u" compare as unsigned
	Tmp                    // Int: the result of the call whose Dst is Int

	// The following are made by the engine, never by a front end.

	App    // Name(X, Y...): the result of a function that only depends on its arguments
	Result // Int: what the call at site Int returned; Name the callee
	Out    // what the call at site Int left in the cell that argument Y (Const) points to
	Phi    // the value of cell X where paths met in block Int
	Old    // a value X from an earlier round of a loop
	Ret    // in a summary: the function's return value
)

// Bind is the name of the App nodes that list what a function is bound to: X is
// the value of the first parameter, Y the rest of the list.
const Bind = "bind"

// Record is the name of the App nodes that stand for the address of a record that a
// call has returned by value: X is the result.
const Record = "record"

// Subclass is the name of the App nodes that stand for the address of a cell with the
// subclass of a lock: X is the address of the lock.
const Subclass = "subclass"

// New is the name of a callee that makes an object which nobody else knows.
const New = "new"

// An Expr is a node of an immutable expression tree. Engine-made nodes are
// interned within one arena, so that pointer equality is equality of values.
type Expr struct {
	Op    ExprOp
	Name  string
	Owner string // Field: the record type that holds Name
	Int   int64
	X, Y  *Expr

	// Set by the engine on the nodes that it interns, zero elsewhere.

	Seq  int32  // number of the node within its arena
	Size uint16 // nodes in the tree
	Has  uint32 // set of the ExprOps in the tree, as 1<<Op
}

// Equal reports whether two expressions, perhaps of two arenas, say the same; nil is equal to
// nil alone.
func (e *Expr) Equal(o *Expr) bool {
	return e == o || e != nil && o != nil && e.Op == o.Op && e.Name == o.Name && e.Owner == o.Owner && e.Int == o.Int &&
		e.X.Equal(o.X) && e.Y.Equal(o.Y)
}

// String prints the expression in a C-like form, for dumps and tests.
func (e *Expr) String() string {
	if e == nil {
		return "nil"
	}
	switch e.Op {
	case Unknown:
		return fmt.Sprintf("?%d", e.Int)
	case Const:
		return fmt.Sprint(e.Int)
	case Str:
		return fmt.Sprintf("%q", e.Name)
	case Param:
		return fmt.Sprintf("arg%d", e.Int)
	case Local:
		return fmt.Sprintf("&v%d", e.Int)
	case Global:
		return "&" + e.Name
	case FuncAddr:
		if e.X != nil {
			return e.Name + "{" + e.X.String() + "}"
		}
		return e.Name
	case Field:
		if e.X != nil && (e.X.Op == Field || e.X.Op == Index || e.X.Op == Global || e.X.Op == Local) {
			return e.X.String() + "." + e.Name
		}
		return "&" + e.X.String() + "->" + e.Name
	case Index:
		return e.X.String() + "[" + e.Y.String() + "]"
	case Load:
		if s := e.X.String(); strings.HasPrefix(s, "&") {
			return s[1:]
		} else {
			return "*" + s
		}
	case Unary:
		return e.Name + e.X.String()
	case Binary:
		return "(" + e.X.String() + " " + e.Name + " " + e.Y.String() + ")"
	case Tmp:
		return fmt.Sprintf("t%d", e.Int)
	case App:
		if e.Y != nil {
			return e.Name + "(" + e.X.String() + ", " + e.Y.String() + ")"
		}
		return e.Name + "(" + e.X.String() + ")"
	case Result:
		return fmt.Sprintf("%s()@%d", e.Name, e.Int)
	case Out:
		return fmt.Sprintf("%s(out %s)@%d", e.Name, e.Y.String(), e.Int)
	case Phi:
		return fmt.Sprintf("phi%d(%s)", e.Int, e.X.String())
	case Old:
		if e.X == nil {
			return "some object"
		}
		return "old(" + e.X.String() + ")"
	case Ret:
		return "ret"
	}
	return fmt.Sprintf("op%d", e.Op)
}

// Root follows an access path to the expression that it starts from: a
// Param, Global, Local, Result, ...
func (e *Expr) Root() *Expr {
	for e != nil {
		switch e.Op {
		case Field, Index, Load, Old:
			e = e.X
		default:
			return e
		}
	}
	return e
}
