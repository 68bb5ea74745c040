package vet

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"golang.org/x/tools/go/ssa"
)

// funcID is the identity of a function in the whole program: that of its
// generic origin, so that all instances are one.
func funcID(fn *ssa.Function) string {
	if o := fn.Origin(); o != nil {
		fn = o
	}
	if p := fn.Parent(); p != nil {
		for i, a := range p.AnonFuncs {
			if a == fn {
				return fmt.Sprintf("%s$%d", funcID(p), i+1)
			}
		}
	}
	if o, ok := fn.Object().(*types.Func); ok && fn.Synthetic == "" {
		return methodID(o)
	}
	return fn.RelString(nil)
}

// methodID is funcID by the declaration.
func methodID(o *types.Func) string { return o.Origin().FullName() }

// funcName is how reports call a function: package.Type.Method.
func funcName(fn *ssa.Function) string {
	if p := fn.Parent(); p != nil {
		for i, a := range p.AnonFuncs {
			if a == fn {
				return fmt.Sprintf("%s.func%d", funcName(p), i+1)
			}
		}
	}
	name := fn.Name()
	if o, ok := fn.Object().(*types.Func); ok {
		name = methodName(o)
	} else if fn.Pkg != nil {
		name = fn.Pkg.Pkg.Path() + "." + name
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}

// ruleName is what the rules know a function by: the import path of its
// package, its type and its name.
func ruleName(fn *ssa.Function) string {
	if o, ok := fn.Object().(*types.Func); ok {
		return methodName(o)
	}
	return funcName(fn)
}

func methodName(o *types.Func) string {
	name := o.Name()
	if recv := o.Signature().Recv(); recv != nil {
		if n := named(recv.Type()); n != nil {
			name = n.Obj().Name() + "." + name
		}
	}
	if o.Pkg() != nil {
		name = o.Pkg().Path() + "." + name
	}
	return name
}

// named is the type with a name that t is, or points to; nil if there is none.
func named(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	if n != nil {
		n = n.Origin()
	}
	return n
}

// ownerName is the record type of the ir that t is, or points to: "" for a
// struct without a name.
func ownerName(t types.Type) string {
	n := named(t)
	switch {
	case n == nil:
		return ""
	case n.Obj().Pkg() == nil:
		return n.Obj().Name()
	}
	return n.Obj().Pkg().Path() + "." + n.Obj().Name()
}

func globalName(g *ssa.Global) string { return g.Pkg.Pkg.Path() + "." + g.Name() }

// place is where pos is, as reports say it.
func (p *program) place(pos token.Pos) (string, ir.Pos) {
	if !pos.IsValid() {
		return "", ir.Pos{}
	}
	at := p.fset.Position(pos)
	return p.file(at.Filename), ir.Pos{Line: int32(at.Line), Col: int32(at.Column)}
}

func (p *program) pos(pos token.Pos) ir.Pos {
	_, at := p.place(pos)
	return at
}

// callPos is the place of a call, with its end if that is on the same line.
func (p *program) callPos(c *ssa.CallCommon) ir.Pos {
	call, ok := p.calls[c.Pos()]
	if !ok {
		return p.pos(c.Pos())
	}
	at, end := p.fset.Position(call.from), p.fset.Position(call.to)
	out := ir.Pos{Line: int32(at.Line), Col: int32(at.Column)}
	if end.Line == at.Line {
		out.EndCol = int32(end.Column)
	}
	return out
}

// wrapper notes whether the struct t only wraps a lock: such a lock is named
// by where it stands. It does if it can be locked itself and holds a lock
// beside little else.
func (p *program) wrapper(t types.Type) bool {
	n := named(t)
	if n == nil {
		return false
	}
	name := ownerName(n)
	if known, ok := p.wrappers[name]; ok {
		return known
	}
	p.wrappers[name] = false // for a type that contains itself
	p.wrappers[name] = p.wraps(n)
	return p.wrappers[name]
}

// maxBeside is how many fields a type that wraps a lock may have beside it.
const maxBeside = 1

func (p *program) wraps(n *types.Named) bool {
	s, ok := n.Underlying().(*types.Struct)
	if !ok || p.rules.LockType(ownerName(n)) {
		return false
	}
	locks, beside, embedded := 0, 0, false
	for f := range s.Fields() {
		switch _, ptr := types.Unalias(f.Type()).(*types.Pointer); {
		case !ptr && (p.rules.LockType(ownerName(f.Type())) || p.wrapper(f.Type())):
			locks++
			embedded = embedded || f.Embedded()
		case f.Name() != "_":
			beside++
		}
	}
	if locks == 0 {
		return false
	}
	declared := 0
	for m := range n.Methods() {
		if m.Name() == "Lock" || m.Name() == "Unlock" {
			declared++
		}
	}
	return embedded && beside == 0 || declared == 2 && beside <= maxBeside
}
