package vet

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// contracts reads what the comment of a function says about its caller:
//
//	//lockorder:requires s.mu
//	// +checklocks:s.mu
//	// +checklocksread:s.mu
//
// The last two are gVisor's.
func (p *program) contracts(l *lowerer) []ir.Op {
	decl, ok := l.src.Syntax().(*ast.FuncDecl)
	if !ok || decl.Doc == nil {
		return nil
	}
	var out []ir.Op
	for _, c := range decl.Doc.List {
		path, mode, ok := requirement(c.Text)
		if !ok {
			continue
		}
		pos := p.pos(c.Pos())
		lock := l.path(path)
		if lock == nil {
			p.problem(c.Pos(), "nothing is called "+path+" here")
			continue
		}
		prim := &rules.Primitive{Name: "requires", Effect: rules.AssertHeld, Mode: mode, Kind: "mutex", Subclass: -1, Nest: -1}
		out = append(out, ir.Op{Kind: ir.Lock, Dst: -1, Pos: pos, Prim: prim, Lock: lock})
	}
	return out
}

// requirement reads a comment that requires a lock.
func requirement(text string) (path string, mode rules.Mode, ok bool) {
	text = strings.TrimSpace(strings.TrimPrefix(text, "//"))
	for _, form := range []struct {
		prefix string
		mode   rules.Mode
	}{
		{"lockorder:requires ", rules.Shared}, {"+checklocks:", rules.Exclusive}, {"+checklocksread:", rules.Shared},
	} {
		if rest, ok := strings.CutPrefix(text, form.prefix); ok {
			if f := strings.Fields(rest); len(f) > 0 {
				return f[0], form.mode, true
			}
		}
	}
	return "", 0, false
}

// path is the address of what s.a.b names for the parameters of the function.
func (l *lowerer) path(s string) *ir.Expr {
	parts := strings.Split(s, ".")
	var x *ir.Expr
	var t types.Type
	for _, v := range l.src.Params {
		if v.Name() == parts[0] {
			x, t = l.value(v), v.Type()
		}
	}
	if x == nil {
		g, ok := l.src.Pkg.Pkg.Scope().Lookup(parts[0]).(*types.Var)
		if !ok {
			return nil
		}
		x, t = &ir.Expr{Op: ir.Global, Name: l.src.Pkg.Pkg.Path() + "." + parts[0]}, types.NewPointer(g.Type())
	}
	for _, name := range parts[1:] {
		if _, ok := deref(t).Underlying().(*types.Pointer); ok { // the field before holds a pointer
			x, t = load(x), deref(t)
		}
		obj, index, _ := types.LookupFieldOrMethod(t, true, l.src.Pkg.Pkg, name)
		if _, ok := obj.(*types.Var); !ok {
			return nil
		}
		for n, i := range index {
			if n > 0 {
				if _, ok := deref(t).Underlying().(*types.Pointer); ok {
					x, t = load(x), deref(t)
				}
			}
			f := deref(t).Underlying().(*types.Struct).Field(i)
			x, t = l.field(x, t, i), types.NewPointer(f.Type())
		}
	}
	if _, ok := deref(t).Underlying().(*types.Pointer); ok && len(parts) > 1 {
		x = load(x)
	}
	return x
}
