package ir

import (
	"fmt"
	"io"
	"strings"

	"github.com/lockorder/lockorder/rules"
)

// A Pos is a place in the file of the function that holds it.
type Pos struct {
	Line, Col int32 // 1-based; Col counts bytes
	EndCol    int32 // column behind the text on the same line; 0 if it ends on another
}

// A Func is one function as the engine sees it.
type Func struct {
	ID     string // unique in the program: the name, or "file:name" where the name is not unique (static functions)
	Name   string
	File   string // relative to the tree
	Pos    Pos
	Static bool // not callable by name from other files
	Params []Parameter
	Bound  int      // the first parameters, those that a FuncAddr is bound to: a closure's variables
	Locals []string // names, for dumps and for the classes of local locks
	Blocks []*Block // Blocks[0] is the entry
	// Contracts are requirements stated on the declaration, such as
	// __must_hold(x): the operations run before the entry block.
	Contracts []Op
	// Wraps: it is an operation of a type that only wraps a lock, and as good
	// as a primitive.
	Wraps bool
	// ErrResult: the result is an error, nil (0) if all went well.
	ErrResult bool
	// Synthetic marks a function that a macro defined.
	Synthetic  bool
	Incomplete int // statements that did not parse and are missing
}

// A Parameter is one parameter.
type Parameter struct {
	Name string
	Type string // the record that it points to, "" if none
}

// A Block is a basic block.
type Block struct {
	Index int
	Ops   []Op
	Cond  *Expr // nil: unconditional
	Succs []int // none: return; one; or true, false
	Ret   *Expr // value returned, nil if none; only where Succs is empty
	Pos   Pos   // of the condition or return
}

// OpKind says what an Op does.
type OpKind uint8

const (
	Store  OpKind = iota // *Addr = Val
	Call                 // Dst = Callee(Args)
	Lock                 // the lock operation Prim on Lock; Dst is its result
	Forget               // the cell at Addr holds an unknown value from now on
	Nop
)

// An Op is one operation.
type Op struct {
	Kind OpKind
	Pos  Pos
	Addr *Expr // Store, Forget
	Val  *Expr // Store
	Dst  int   // Call, Lock: number of the Tmp, -1 if unused
	Args []*Expr

	Callee Callee // Call

	Prim *rules.Primitive // Lock
	Lock *Expr            // Lock: address of the lock object; nil where Prim names a fixed class
	Sub  *Expr            // Lock: subclass or nil
}

// A Callee names what a Call calls.
type Callee struct {
	Name    string   // as written, "" for an indirect call
	Targets []string // IDs of the definitions that Name can mean, nearest first; empty: unknown
	Ptr     *Expr    // indirect: the function pointer
	Owner   string   // indirect through a member: the record type
	Field   string   // and the member
}

// Indirect reports whether the call goes through a pointer.
func (c *Callee) Indirect() bool { return c.Ptr != nil }

// String prints the callee for dumps.
func (c *Callee) String() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Owner != "":
		return fmt.Sprintf("(*%s.%s)", c.Owner, c.Field)
	default:
		return "(*" + c.Ptr.String() + ")"
	}
}

// Print writes f in a readable form: the IR's disassembly.
func (f *Func) Print(w io.Writer) {
	fmt.Fprintf(w, "func %s  # %s:%d\n", f.ID, f.File, f.Pos.Line)
	for i, p := range f.Params {
		fmt.Fprintf(w, "  param %d %s %s\n", i, p.Name, p.Type)
	}
	for i, l := range f.Locals {
		fmt.Fprintf(w, "  local v%d %s\n", i, l)
	}
	for _, op := range f.Contracts {
		fmt.Fprintf(w, "  contract %s\n", op.String())
	}
	for _, b := range f.Blocks {
		fmt.Fprintf(w, "b%d:\n", b.Index)
		for i := range b.Ops {
			fmt.Fprintf(w, "  %4d  %s\n", b.Ops[i].Pos.Line, b.Ops[i].String())
		}
		switch {
		case b.Cond != nil:
			fmt.Fprintf(w, "  if %s goto b%d else b%d\n", b.Cond, b.Succs[0], b.Succs[1])
		case len(b.Succs) == 1:
			fmt.Fprintf(w, "  goto b%d\n", b.Succs[0])
		case b.Ret != nil:
			fmt.Fprintf(w, "  return %s\n", b.Ret)
		default:
			fmt.Fprintf(w, "  return\n")
		}
	}
}

// String prints one operation.
func (op *Op) String() string {
	dst := ""
	if op.Dst >= 0 {
		dst = fmt.Sprintf("t%d = ", op.Dst)
	}
	args := func() string {
		var b strings.Builder
		for i, a := range op.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(a.String())
		}
		return b.String()
	}
	switch op.Kind {
	case Store:
		return fmt.Sprintf("*(%s) = %s", op.Addr, op.Val)
	case Call:
		return fmt.Sprintf("%scall %s(%s)", dst, op.Callee.String(), args())
	case Lock:
		l := op.Prim.Class
		if op.Lock != nil {
			l = op.Lock.String()
		}
		return fmt.Sprintf("%s%s %s", dst, op.Prim.Name, l)
	case Forget:
		return fmt.Sprintf("forget %s", op.Addr)
	}
	return "nop"
}

// Check panics where f breaks an invariant of the package: a bug of the front
// end that made it.
func (f *Func) Check() {
	if len(f.Blocks) == 0 {
		panic("ir: " + f.ID + ": no entry block")
	}
	for i, b := range f.Blocks {
		if b.Index != i {
			panic(fmt.Sprintf("ir: %s: block %d has index %d", f.ID, i, b.Index))
		}
		want := 1
		if b.Cond != nil {
			want = 2
		}
		if len(b.Succs) > want || b.Cond != nil && len(b.Succs) != 2 {
			panic(fmt.Sprintf("ir: %s: block %d has %d successors", f.ID, i, len(b.Succs)))
		}
		for _, s := range b.Succs {
			if s < 0 || s >= len(f.Blocks) {
				panic(fmt.Sprintf("ir: %s: block %d goes to %d", f.ID, i, s))
			}
		}
		for j := range b.Ops {
			op := &b.Ops[j]
			if op.Kind == Lock && op.Prim == nil {
				panic(fmt.Sprintf("ir: %s: lock operation without a primitive at line %d", f.ID, op.Pos.Line))
			}
		}
	}
}
