package lower

import (
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// maxExpand bounds macro expansion within expansion.
const maxExpand = 40

// unknown makes a value that nothing is known of.
func (l *lowerer) unknown() *ir.Expr {
	l.tmps++
	return &ir.Expr{Op: ir.Unknown, Int: int64(l.tmps)}
}

// temp makes a cell of the lowerer's own.
func (l *lowerer) temp() *ir.Expr {
	l.fn.Locals = append(l.fn.Locals, "")
	return localAddr(len(l.fn.Locals) - 1)
}

func (l *lowerer) store(addr, val *ir.Expr, pos ir.Pos) {
	l.emit(ir.Op{Kind: ir.Store, Dst: -1, Addr: addr, Val: val, Pos: pos})
}

func loadOf(addr *ir.Expr) *ir.Expr { return &ir.Expr{Op: ir.Load, X: addr} }

func konst(n int64) *ir.Expr { return &ir.Expr{Op: ir.Const, Int: n} }

// effect lowers an expression for its side effects.
func (l *lowerer) effect(e *cparse.Expr) {
	if e == nil {
		return
	}
	if arg, p := l.assumption(e); p != nil && p.Success != rules.NonPositive {
		l.claim(arg, p.Success == rules.NonZero)
		return
	}
	l.value(e)
}

// value lowers e and returns its value and type; the type is nil where it is
// unknown.
func (l *lowerer) value(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	if e == nil {
		return l.unknown(), nil
	}
	switch e.Op {
	case cparse.BadExpr:
		l.fn.Incomplete++
		for _, a := range e.Args {
			l.effect(a)
		}
		return l.unknown(), nil
	case cparse.Ident:
		return l.ident(e)
	case cparse.IntLit:
		return konst(e.Int), nil
	case cparse.StrLit:
		return &ir.Expr{Op: ir.Str, Name: e.Name}, nil
	case cparse.Call:
		return l.call(e)
	case cparse.Member, cparse.Arrow, cparse.Index:
		a, t := l.addr(e)
		return decay(a, t)
	case cparse.Unary:
		return l.unary(e)
	case cparse.IncDec:
		a, t := l.addr(e.X)
		v := loadOf(a)
		op := e.Name[:1]
		sum := &ir.Expr{Op: ir.Binary, Name: op, X: v, Y: konst(1)}
		if e.Int == 1 {
			l.store(a, sum, l.exprPos(e))
			return loadOf(a), t
		}
		old := l.temp()
		l.store(old, v, l.exprPos(e))
		l.store(a, sum, l.exprPos(e))
		return loadOf(old), t
	case cparse.Binary:
		return l.binary(e)
	case cparse.Assign:
		return l.assign(e)
	case cparse.Cond:
		return l.choice(e)
	case cparse.Cast:
		v, vt := l.value(e.X)
		t := l.typeName(e.Type)
		if isUnsigned(e.Type) {
			if v.Op == ir.Const && v.Int < 0 {
				return v, t
			}
		}
		if !known(t) {
			t = vt
		}
		return v, t
	case cparse.Comma:
		l.effect(e.X)
		return l.value(e.Y)
	case cparse.StmtExpr:
		return l.stmtExpr(e)
	case cparse.Compound:
		t := l.typeName(e.Type)
		a := l.temp()
		if e.X != nil {
			l.initList(a, t, e.X)
		}
		return loadOf(a), t
	case cparse.InitList:
		for _, a := range e.Args {
			l.effect(a)
		}
	case cparse.Designated:
		l.effect(e.X)
	case cparse.Generic:
		if len(e.Args) > 0 {
			return l.value(e.Args[0])
		}
	case cparse.Sizeof:
		if n, ok := l.file.ConstEval(e); ok {
			return konst(n), nil
		}
	}
	return l.unknown(), nil
}

// decay turns an lvalue into its value; arrays and functions are their
// addresses.
func decay(a *ir.Expr, t *cparse.Type) (*ir.Expr, *cparse.Type) {
	if isArray(t) {
		return a, t
	}
	if a.Op == ir.FuncAddr {
		return a, t
	}
	return loadOf(a), t
}

// ident lowers a name in value position.
func (l *lowerer) ident(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	if v := l.lookup(e.Name); v != nil {
		return decay(v.addr(), v.typ)
	}
	if m := l.file.Macro(e.Name); m != nil {
		if n, ok := l.file.ConstEval(e); ok {
			return konst(n), nil
		}
		if x, ok := l.expand(e); ok {
			l.depth++
			defer func() { l.depth-- }()
			return l.value(x)
		}
	}
	if g, ok := l.file.Global(e.Name); ok {
		return decay(globalAddr(g), g.Type())
	}
	if n, ok := l.file.ConstEval(e); ok {
		return konst(n), nil
	}
	if fns := l.resolve(e.Name); len(fns) > 0 {
		return &ir.Expr{Op: ir.FuncAddr, Name: ID(fns[0])}, nil
	}
	if _, _, ok := l.file.FuncSig(e.Name); ok {
		return &ir.Expr{Op: ir.FuncAddr, Name: e.Name}, nil
	}
	return loadOf(&ir.Expr{Op: ir.Global, Name: e.Name}), nil
}

// expand expands a macro, unless expansion is too deep already.
func (l *lowerer) expand(e *cparse.Expr) (*cparse.Expr, bool) {
	if l.depth >= maxExpand {
		return nil, false
	}
	return l.file.Expand(e)
}

// addr lowers an lvalue to its address.
func (l *lowerer) addr(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	switch e.Op {
	case cparse.Ident:
		if v := l.lookup(e.Name); v != nil {
			return v.addr(), v.typ
		}
		if m := l.file.Macro(e.Name); m != nil {
			if x, ok := l.expand(e); ok {
				l.depth++
				defer func() { l.depth-- }()
				return l.addr(x)
			}
		}
		if g, ok := l.file.Global(e.Name); ok {
			return globalAddr(g), g.Type()
		}
		if fns := l.resolve(e.Name); len(fns) > 0 {
			return &ir.Expr{Op: ir.FuncAddr, Name: ID(fns[0])}, nil
		}
		return &ir.Expr{Op: ir.Global, Name: e.Name}, nil
	case cparse.Member:
		a, t := l.addr(e.X)
		return l.member(a, t, e.Name)
	case cparse.Arrow:
		v, t := l.value(e.X)
		return l.member(v, pointee(t), e.Name)
	case cparse.Index:
		v, t := l.value(e.X)
		i, _ := l.value(e.Y)
		if i.Op == ir.Const && i.Int == 0 && !isArray(t) {
			return v, pointee(t) // p[0] is *p
		}
		return &ir.Expr{Op: ir.Index, X: v, Y: i}, pointee(t)
	case cparse.Unary:
		if e.Name == "*" {
			v, t := l.value(e.X)
			return v, pointee(t)
		}
	case cparse.Cast:
		a, _ := l.addr(e.X)
		return a, l.typeName(e.Type)
	case cparse.Comma:
		l.effect(e.X)
		return l.addr(e.Y)
	case cparse.Call:
		if name := callName(e); name != "" && l.lookup(name) == nil && l.isMacro(name) {
			if x, ok := l.expand(e); ok {
				l.depth++
				defer func() { l.depth-- }()
				return l.addr(x)
			}
		}
	case cparse.StmtExpr:
		return l.stmtExprAddr(e)
	case cparse.Cond:
		v, t := l.choiceAddr(e)
		return v, t
	}
	v, t := l.value(e)
	if v.Op == ir.Load {
		return v.X, t
	}
	a := l.temp()
	l.store(a, v, l.exprPos(e))
	return a, t
}

// isMacro reports whether a call of name is to be expanded: it names a
// macro, and the rules do not know it.
func (l *lowerer) isMacro(name string) bool {
	if l.rules.Primitive(name) != nil {
		return false
	}
	if _, ok := l.rules.SameObject(name); ok {
		return false
	}
	if _, ok := l.rules.Predicate(name); ok {
		return false
	}
	return l.file.Macro(name) != nil
}

// member is the address of a member of the record at a.
func (l *lowerer) member(a *ir.Expr, t *cparse.Type, name string) (*ir.Expr, *cparse.Type) {
	if f, ok := l.file.Field(t, name); ok {
		return l.fieldAddr(a, f, name), f.Type
	}
	if m := l.file.Macro(name); known(t) && m != nil && !m.FuncLike { // #define d_lock d_lockref.lock
		b, bt := a, t
		for part := range strings.SplitSeq(m.Text, ".") {
			f, ok := l.file.Field(bt, strings.TrimSpace(part))
			if !ok {
				b = nil
				break
			}
			b, bt = l.fieldAddr(b, f, f.Name), f.Type
		}
		if b != nil {
			return b, bt
		}
	}
	return &ir.Expr{Op: ir.Field, X: a, Name: name}, nil
}

func (l *lowerer) unary(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	switch e.Name {
	case "&":
		a, t := l.addr(e.X)
		return a, pointerTo(t)
	case "*":
		a, t := l.addr(e)
		return decay(a, t)
	case "+":
		return l.value(e.X)
	}
	v, t := l.value(e.X)
	if v.Op == ir.Const {
		switch e.Name {
		case "-":
			return konst(-v.Int), t
		case "~":
			return konst(^v.Int), t
		}
	}
	return &ir.Expr{Op: ir.Unary, Name: e.Name, X: v}, t
}

func (l *lowerer) binary(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	if e.Name == "&&" || e.Name == "||" {
		return l.truthValue(e), nil
	}
	x, xt := l.value(e.X)
	y, yt := l.value(e.Y)
	op := e.Name
	if (op == ">=" || op == "<") && (unsignedCast(e.X) || unsignedCast(e.Y)) {
		op += "u"
	}
	if !isPointer(xt) && isPointer(yt) {
		xt = yt
	}
	return &ir.Expr{Op: ir.Binary, Name: op, X: x, Y: y}, xt
}

// truthValue lowers a condition in value position to 0 or 1.
func (l *lowerer) truthValue(e *cparse.Expr) *ir.Expr {
	cell := l.temp()
	yes, no, end := l.block(), l.block(), l.block()
	l.cond(e, yes, no)
	l.cur = yes
	l.store(cell, konst(1), l.exprPos(e))
	l.jump(end)
	l.cur = no
	l.store(cell, konst(0), l.exprPos(e))
	l.jump(end)
	l.cur = end
	return loadOf(cell)
}

func (l *lowerer) assign(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	v, vt := l.value(e.Y)
	a, t := l.addr(e.X)
	if e.Name != "=" {
		v = &ir.Expr{Op: ir.Binary, Name: e.Name[:len(e.Name)-1], X: loadOf(a), Y: v}
	}
	l.store(a, v, l.exprPos(e))
	if !known(t) {
		t = vt
	}
	return loadOf(a), t
}

// choice lowers x ? y : z.
func (l *lowerer) choice(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	cell := l.temp()
	yes, no, end := l.block(), l.block(), l.block()
	var t, u *cparse.Type
	var v *ir.Expr
	if e.Y == nil {
		v, t = l.value(e.X)
		l.store(cell, v, l.exprPos(e))
		l.branch(loadOf(cell), end, no, l.exprPos(e))
	} else {
		l.cond(e.X, yes, no)
		l.cur = yes
		v, t = l.value(e.Y)
		l.store(cell, v, l.exprPos(e))
		l.jump(end)
	}
	l.cur = no
	v, u = l.value(e.Z)
	l.store(cell, v, l.exprPos(e))
	l.jump(end)
	l.cur = end
	if !isPointer(t) && known(u) {
		t = u
	}
	return loadOf(cell), t
}

// choiceAddr lowers *(x ? &y : &z) written as x ? y : z.
func (l *lowerer) choiceAddr(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	if e.Y == nil {
		return l.addr(e.X)
	}
	cell := l.temp()
	yes, no, end := l.block(), l.block(), l.block()
	l.cond(e.X, yes, no)
	l.cur = yes
	a, t := l.addr(e.Y)
	l.store(cell, a, l.exprPos(e))
	l.jump(end)
	l.cur = no
	a, _ = l.addr(e.Z)
	l.store(cell, a, l.exprPos(e))
	l.jump(end)
	l.cur = end
	return loadOf(cell), t
}

// stmtExpr lowers ({ ... }); its value is that of the last statement.
func (l *lowerer) stmtExpr(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	return l.inStmtExpr(e, func(last *cparse.Expr) (*ir.Expr, *cparse.Type) {
		v, t := l.value(last)
		cell := l.temp() // the scope's cleanups come after the value
		l.store(cell, v, l.exprPos(e))
		return loadOf(cell), t
	})
}

func (l *lowerer) stmtExprAddr(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	return l.inStmtExpr(e, l.addr)
}

func (l *lowerer) inStmtExpr(e *cparse.Expr, last func(*cparse.Expr) (*ir.Expr, *cparse.Type)) (v *ir.Expr, t *cparse.Type) {
	if e.Body == nil {
		return l.unknown(), nil
	}
	// Labels of a statement expression, or of an expanded macro, are its own.
	outer := l.labels
	l.labels = make(map[string]*label, len(outer))
	l.findLabels(e.Body, nil)
	for name, lb := range outer {
		if l.labels[name] == nil {
			l.labels[name] = lb
		}
	}
	defer func() { l.labels = outer }()
	l.enter()
	l.scopes[len(l.scopes)-1].stmt = e.Body
	list := e.Body.List
	for i, s := range list {
		if i == len(list)-1 {
			for s.Kind == cparse.Label && s.Body != nil {
				if lb := l.labels[s.Label]; lb != nil {
					l.jump(lb.block)
					l.cur = lb.block
				}
				s = s.Body
			}
			if s.Kind == cparse.ExprStmt && s.X != nil {
				v, t = last(s.X)
				break
			}
		}
		l.stmt(s)
	}
	l.leave()
	if v == nil {
		v = l.unknown()
	}
	return v, t
}

// cond lowers e as a condition: control goes to yes or no.
func (l *lowerer) cond(e *cparse.Expr, yes, no *ir.Block) {
	switch {
	case e == nil:
		l.branch(l.unknown(), yes, no, l.lastPos())
		return
	case e.Op == cparse.Binary && e.Name == "&&":
		mid := l.block()
		l.cond(e.X, mid, no)
		l.cur = mid
		l.cond(e.Y, yes, no)
		return
	case e.Op == cparse.Binary && e.Name == "||":
		mid := l.block()
		l.cond(e.X, yes, mid)
		l.cur = mid
		l.cond(e.Y, yes, no)
		return
	case e.Op == cparse.Unary && e.Name == "!":
		l.cond(e.X, no, yes)
		return
	case e.Op == cparse.Comma:
		l.effect(e.X)
		l.cond(e.Y, yes, no)
		return
	case e.Op == cparse.Call:
		name := callName(e)
		if name != "" && l.lookup(name) == nil {
			if arg, p := l.assumption(e); p != nil && p.Success != rules.NonPositive {
				l.cond(arg, yes, no)
				return
			}
			if i, ok := l.rules.SameObject(name); ok && i < len(e.Args) {
				l.cond(e.Args[i], yes, no)
				return
			}
			if l.isMacro(name) {
				if x, ok := l.expand(e); ok {
					l.depth++
					l.cond(x, yes, no)
					l.depth--
					return
				}
			}
		}
	}
	v, _ := l.value(e)
	if v.Op == ir.Const {
		if v.Int != 0 {
			l.jump(yes)
		} else {
			l.jump(no)
		}
		l.cur = nil
		return
	}
	l.branch(v, yes, no, l.exprPos(e))
}

// lockAddr lowers an annotation's lock: the lock itself or a pointer to it.
func (l *lowerer) lockAddr(e *cparse.Expr) *ir.Expr {
	if e.Op == cparse.Unary && e.Name == "&" {
		v, _ := l.value(e)
		return v
	}
	if e.Op == cparse.Unary && e.Name == "*" {
		v, _ := l.value(e.X)
		return v
	}
	a, t := l.addr(e)
	if isPointer(t) {
		return loadOf(a)
	}
	return a
}

func globalAddr(g *cparse.Var) *ir.Expr {
	name := g.Name
	if g.Static {
		name = g.File.Name + ":" + g.Name
	}
	return &ir.Expr{Op: ir.Global, Name: name}
}

// subclass lowers the lockdep subclass argument of a primitive.
func (l *lowerer) subclass(p *rules.Primitive, args []*ir.Expr) *ir.Expr {
	if p.Subclass >= 0 && p.Subclass < len(args) {
		return args[p.Subclass]
	}
	return nil
}
