package vet

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"golang.org/x/tools/go/ssa"
)

// value is the expression for v. A struct or an array stands for the place
// that it was read from: its address.
func (l *lowerer) value(v ssa.Value) *ir.Expr {
	if e := l.exprs[v]; e != nil {
		return e
	}
	switch v := v.(type) {
	case *ssa.Const:
		return l.constant(v)
	case *ssa.Global:
		return &ir.Expr{Op: ir.Global, Name: globalName(v)}
	case *ssa.Function:
		l.reachable(v)
		return &ir.Expr{Op: ir.FuncAddr, Name: funcID(v)}
	case *ssa.Builtin:
		return l.unknown()
	}
	return localValue(l.cell(v)) // set where it is defined, which may come later: a phi
}

func (l *lowerer) constant(c *ssa.Const) *ir.Expr {
	if c.Value == nil {
		if compound(c.Type()) {
			return l.unknown()
		}
		return konst(0)
	}
	switch c.Value.Kind() {
	case constant.Bool:
		if constant.BoolVal(c.Value) {
			return konst(1)
		}
		return konst(0)
	case constant.Int:
		if n, ok := constant.Int64Val(c.Value); ok {
			return konst(n)
		}
	case constant.String:
		return &ir.Expr{Op: ir.Str, Name: constant.StringVal(c.Value)}
	}
	return l.unknown()
}

// compound reports whether values of type t stand for their address.
func compound(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return true
	}
	return false
}

// countable reports whether the engine can calculate with values of type t.
func countable(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsInteger|types.IsBoolean) != 0
}

// alloc makes the cell of a variable. A parameter that is a struct lives
// where the caller has it.
func (l *lowerer) alloc(a *ssa.Alloc) {
	if compound(deref(a.Type())) {
		if p := l.spilled(a); p != nil {
			l.exprs[a] = l.value(p)
			return
		}
	}
	if a.Heap && a.Comment != "" && inLoop(a.Block()) {
		// An object of each round.
		l.exprs[a] = l.made(a, ir.New)
		return
	}
	l.exprs[a] = localAddr(l.local(a.Comment))
}

// spilled returns the parameter that a is the variable of, nil if a is none.
func (l *lowerer) spilled(a *ssa.Alloc) (p *ssa.Parameter) {
	for _, r := range *a.Referrers() {
		if s, ok := r.(*ssa.Store); ok && s.Addr == a {
			q, ok := s.Val.(*ssa.Parameter)
			if !ok || p != nil {
				return nil
			}
			p = q
		}
	}
	return p
}

// inLoop reports whether b can be executed again after itself.
func inLoop(b *ssa.BasicBlock) bool {
	return slices.ContainsFunc(b.Succs, func(s *ssa.BasicBlock) bool { return reaches(s, b) })
}

// made is the result of something that makes a value of its own each time.
func (l *lowerer) made(v ssa.Value, what string) *ir.Expr {
	l.tmps++
	l.emit(ir.Op{Kind: ir.Call, Dst: l.tmps, Pos: l.pos(v.Pos()), Callee: ir.Callee{Name: what}})
	return &ir.Expr{Op: ir.Tmp, Int: int64(l.tmps)}
}

// define lowers an instruction that makes a value.
func (l *lowerer) define(v ssa.Value) {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		l.exprs[v] = l.field(l.value(v.X), v.X.Type(), v.Field)
	case *ssa.Field:
		l.read(v, l.field(l.value(v.X), v.X.Type(), v.Field))
	case *ssa.IndexAddr:
		l.exprs[v] = &ir.Expr{Op: ir.Index, X: l.value(v.X), Y: l.value(v.Index)}
	case *ssa.Index:
		l.read(v, &ir.Expr{Op: ir.Index, X: l.value(v.X), Y: l.value(v.Index)})
	case *ssa.Lookup:
		l.read(v, &ir.Expr{Op: ir.Index, X: l.value(v.X), Y: l.value(v.Index)})
	case *ssa.UnOp:
		l.unary(v)
	case *ssa.BinOp:
		l.exprs[v] = l.binary(v)
	case *ssa.ChangeType:
		l.exprs[v] = l.value(v.X)
	case *ssa.ChangeInterface:
		l.exprs[v] = l.value(v.X)
	case *ssa.MakeInterface:
		l.exprs[v] = l.value(v.X)
		if isError(v.Type()) || compound(v.X.Type()) && l.exprs[v].Op != ir.Param {
			// Whatever is in it, it is not nil.
			if l.exprs[v].Op == ir.Load || l.exprs[v].Op == ir.Tmp || l.exprs[v].Op == ir.Const {
				l.exprs[v] = &ir.Expr{Op: ir.Str, Name: "error " + v.Name()}
			}
		}
	case *ssa.Convert:
		if countable(v.Type()) && countable(v.X.Type()) || pointer(v.Type()) && pointer(v.X.Type()) {
			l.exprs[v] = l.value(v.X)
		} else {
			l.forget(v)
		}
	case *ssa.Slice:
		l.exprs[v] = l.value(v.X)
	case *ssa.SliceToArrayPointer:
		l.exprs[v] = l.value(v.X)
	case *ssa.TypeAssert:
		if !v.CommaOk {
			l.exprs[v] = l.value(v.X)
		}
	case *ssa.Extract:
		l.extract(v)
	case *ssa.MakeClosure:
		l.exprs[v] = l.closure(v)
	case *ssa.MakeMap, *ssa.MakeChan, *ssa.MakeSlice:
		l.exprs[v] = l.made(v, "make")
	case *ssa.Select, *ssa.Next, *ssa.Range:
		// Their parts are unknown where they are extracted.
	default:
		l.forget(v)
	}
}

// forget gives v a value that nothing is known of, another one each time.
func (l *lowerer) forget(v ssa.Value) {
	if v.Referrers() == nil || len(*v.Referrers()) == 0 {
		return
	}
	n := l.cell(v)
	l.emit(ir.Op{Kind: ir.Forget, Dst: -1, Pos: l.pos(v.Pos()), Addr: localAddr(n)})
	l.exprs[v] = localValue(n)
}

// read loads what is at addr: now, since it may change.
func (l *lowerer) read(v ssa.Value, addr *ir.Expr) {
	if t := v.Type(); compound(t) {
		l.exprs[v] = addr
		return
	}
	n := l.cell(v)
	l.store(localAddr(n), load(addr), l.pos(v.Pos()))
	l.exprs[v] = localValue(n)
}

// field is the address of a field of the struct at x.
func (l *lowerer) field(x *ir.Expr, t types.Type, i int) *ir.Expr {
	t = deref(t)
	owner := ownerName(t)
	f := t.Underlying().(*types.Struct).Field(i)
	l.wrapper(t)
	return &ir.Expr{Op: ir.Field, Name: f.Name(), Owner: owner, X: x}
}

func (l *lowerer) unary(v *ssa.UnOp) {
	switch v.Op {
	case token.MUL:
		if lock := l.condField(v.X); lock != nil {
			l.exprs[v] = lock
			return
		}
		if fv, ok := v.X.(*ssa.FreeVar); ok && l.byValue(fv) {
			l.exprs[v] = l.value(fv)
			return
		}
		addr := l.value(v.X)
		if g, ok := v.X.(*ssa.Global); ok && isError(v.Type()) {
			// A variable that names an error is not nil.
			l.exprs[v] = l.value(g)
			return
		}
		l.read(v, addr)
	case token.NOT:
		l.exprs[v] = &ir.Expr{Op: ir.Unary, Name: "!", X: l.value(v.X)}
	case token.SUB, token.XOR:
		name := map[token.Token]string{token.SUB: "-", token.XOR: "~"}[v.Op]
		if countable(v.Type()) {
			l.exprs[v] = &ir.Expr{Op: ir.Unary, Name: name, X: l.value(v.X)}
			return
		}
		l.forget(v)
	case token.ARROW:
		if !v.CommaOk {
			l.exprs[v] = l.made(v, "receive")
		}
	default:
		l.forget(v)
	}
}

var operators = map[token.Token]string{
	token.ADD: "+", token.SUB: "-", token.MUL: "*", token.QUO: "/", token.REM: "%",
	token.AND: "&", token.OR: "|", token.XOR: "^", token.SHL: "<<", token.SHR: ">>",
	token.EQL: "==", token.NEQ: "!=", token.LSS: "<", token.LEQ: "<=", token.GTR: ">", token.GEQ: ">=",
}

func (l *lowerer) binary(v *ssa.BinOp) *ir.Expr {
	name, ok := operators[v.Op]
	equality := v.Op == token.EQL || v.Op == token.NEQ
	if !ok || !countable(v.X.Type()) && !equality || compound(v.X.Type()) || floating(v.X.Type()) {
		return l.unknown()
	}
	return &ir.Expr{Op: ir.Binary, Name: name, X: l.value(v.X), Y: l.value(v.Y)}
}

func floating(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&(types.IsFloat|types.IsComplex) != 0
}

func pointer(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Pointer:
		return true
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	}
	return false
}

// extract lowers a part of what an instruction gives.
func (l *lowerer) extract(v *ssa.Extract) {
	switch t := v.Tuple.(type) {
	case *ssa.Call:
		status := statusResult(t.Call.Signature().Results())
		switch outs, ok := l.results[t]; {
		case v.Index == status:
			l.exprs[v] = l.exprs[t]
		case ok:
			n := l.cell(v)
			l.store(localAddr(n), localValue(outs[outNumber(v.Index, status)]), ir.Pos{})
			l.exprs[v] = localValue(n)
		}
		if l.exprs[v] != nil {
			return
		}
	case *ssa.TypeAssert:
		if v.Index == 0 {
			l.exprs[v] = l.value(t.X)
			return
		}
	case *ssa.Lookup:
		if v.Index == 0 {
			l.read(v, &ir.Expr{Op: ir.Index, X: l.value(t.X), Y: l.value(t.Index)})
			return
		}
	}
	l.exprs[v] = l.made(v, "part")
}

// closure is the address of a function with what it is bound to.
func (l *lowerer) closure(v *ssa.MakeClosure) *ir.Expr {
	l.reachable(v.Fn.(*ssa.Function))
	e := &ir.Expr{Op: ir.FuncAddr, Name: funcID(v.Fn.(*ssa.Function))}
	for i := len(v.Bindings) - 1; i >= 0; i-- {
		e.X = &ir.Expr{Op: ir.App, Name: ir.Bind, X: l.captured(v, i), Y: e.X}
	}
	return e
}

func deref(t types.Type) types.Type {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}
