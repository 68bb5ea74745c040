package lower

import (
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// callName is the name that a call is made by, "" for an indirect call.
func callName(e *cparse.Expr) string {
	x := e.X
	for x != nil && x.Op == cparse.Unary && x.Name == "*" {
		x = x.X
	}
	if x != nil && x.Op == cparse.Ident {
		return x.Name
	}
	return ""
}

// call lowers a call, or what looks like one.
func (l *lowerer) call(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	name := callName(e)
	if name == "" || l.lookup(name) != nil {
		return l.indirect(e)
	}
	for _, p := range l.rules.Also(name) {
		l.also(e, p)
	}
	if arg, p := l.assumption(e); p != nil {
		if p.Success != rules.NonPositive {
			return l.value(arg) // who asks for the result goes on either way
		}
		if arg.Op == cparse.Ident { // which may be read once more
			zero := &cparse.Expr{Op: cparse.IntLit, Pos: e.Pos}
			l.claim(&cparse.Expr{Op: cparse.Binary, Name: ">", X: arg, Y: zero, Pos: e.Pos}, false)
		}
	} else if p := l.rules.Primitive(name); p != nil {
		return l.primitive(e, p)
	}
	if i, ok := l.rules.SameObject(name); ok && i < len(e.Args) {
		var v *ir.Expr
		var t *cparse.Type
		for j, a := range e.Args {
			if j == i {
				v, t = l.value(a)
			} else {
				l.effect(a)
			}
		}
		if r := l.resultType(name); isPointer(r) && recordOf(r) != "" {
			t = r
		}
		return v, t
	}
	if l.isMacro(name) {
		if x, ok := l.expand(e); ok {
			l.depth++
			defer func() { l.depth-- }()
			return l.value(x)
		}
	}
	if _, ok := l.file.Global(name); ok && len(l.resolve(name)) == 0 {
		return l.indirect(e)
	}
	return l.direct(e, name, l.args(e))
}

// direct lowers a call of a function by its name.
func (l *lowerer) direct(e *cparse.Expr, name string, args []*ir.Expr) (*ir.Expr, *cparse.Type) {
	dst := l.newTmp()
	l.emit(ir.Op{Kind: ir.Call, Dst: dst, Pos: l.exprPos(e), Callee: l.callee(name), Args: args})
	return &ir.Expr{Op: ir.Tmp, Int: int64(dst)}, l.resultType(name)
}

func (l *lowerer) args(e *cparse.Expr) []*ir.Expr {
	args := make([]*ir.Expr, len(e.Args))
	for i, a := range e.Args {
		if a.Op == cparse.TypeArg {
			args[i] = l.unknown()
			continue
		}
		args[i], _ = l.value(a)
	}
	return args
}

func (l *lowerer) newTmp() int {
	l.tmps++
	return l.tmps
}

// primitive lowers a lock primitive.
func (l *lowerer) primitive(e *cparse.Expr, p *rules.Primitive) (*ir.Expr, *cparse.Type) {
	args := l.args(e)
	if i := p.Minus; i > 0 && (i >= len(args) || args[i].Op != ir.Const || args[i].Int >= 0) {
		return l.direct(e, p.Name, args)
	}
	dst := l.newTmp()
	tmp := &ir.Expr{Op: ir.Tmp, Int: int64(dst)}
	op := ir.Op{Kind: ir.Lock, Dst: dst, Pos: l.exprPos(e), Prim: p, Args: args}
	if p.With != "" {
		end := l.block()
		if p.FlagsArg >= len(args) || !l.flagged(p, args[p.FlagsArg], end) {
			l.jump(end)
			l.cur = end
			return l.unknown(), l.resultType(p.Name)
		}
		defer func() {
			l.jump(end)
			l.cur = end
		}()
	}
	switch {
	case p.Arg >= 0 && p.Arg < len(args):
		op.Lock = args[p.Arg]
	case p.Arg >= 0: // called with fewer arguments than the rule says
		return l.unknown(), nil
	case p.Arg == rules.ArgResult:
		op.Lock = tmp
	}
	if op.Lock != nil && p.Member != "" {
		op.Lock = &ir.Expr{Op: ir.Field, Name: p.Member, X: op.Lock}
	}
	op.Sub = l.subclass(p, args)
	if i := p.TryArg; i > 0 && i < len(args) && args[i].Op == ir.Const && args[i].Int != 0 {
		try := *p
		try.Try = true
		op.Prim = &try
	}
	l.emit(op)
	return tmp, l.resultType(p.Name)
}

// also lowers what a call does beside what its body does: an order edge, where
// its flags say so.
func (l *lowerer) also(e *cparse.Expr, p *rules.Primitive) {
	op := ir.Op{Kind: ir.Lock, Dst: -1, Pos: l.exprPos(e), Prim: p}
	if p.Arg >= len(e.Args) || p.With != "" && p.FlagsArg >= len(e.Args) {
		return
	}
	if p.Arg >= 0 {
		op.Lock, _ = l.value(e.Args[p.Arg])
	}
	if p.With == "" {
		l.emit(op)
		return
	}
	end := l.block()
	flags, _ := l.value(e.Args[p.FlagsArg])
	if l.flagged(p, flags, end) {
		l.emit(op)
	}
	l.jump(end)
	l.cur = end
}

// flagged branches to end where one of the constants of p.With is not in flags,
// and reports whether the other way is open at all.
func (l *lowerer) flagged(p *rules.Primitive, flags *ir.Expr, end *ir.Block) bool {
	mask := int64(0)
	for name := range strings.SplitSeq(p.With, "&") {
		n, ok := l.file.Constant(name)
		if !ok {
			return false // a kernel without it
		}
		mask |= n
	}
	if n, ok := constant(flags); ok {
		return n&mask == mask
	}
	on := l.block()
	b := l.here()
	// One condition, so that what it excludes is known too.
	b.Cond = &ir.Expr{Op: ir.Binary, Name: "==", X: &ir.Expr{Op: ir.Binary, Name: "&", X: flags, Y: konst(mask)}, Y: konst(mask)}
	b.Succs = []int{on.Index, end.Index}
	l.cur = on
	return true
}

// constant evaluates what is made of constants.
func constant(e *ir.Expr) (int64, bool) {
	switch {
	case e.Op == ir.Const:
		return e.Int, true
	case e.Op == ir.Binary && (e.Name == "|" || e.Name == "&"):
		x, ok := constant(e.X)
		y, ok2 := constant(e.Y)
		if e.Name == "|" {
			return x | y, ok && ok2
		}
		return x & y, ok && ok2
	case e.Op == ir.Unary && e.Name == "~":
		x, ok := constant(e.X)
		return ^x, ok
	}
	return 0, false
}

// assumption returns the argument of which the call e claims something, and the
// primitive that says what; nil if it claims nothing.
func (l *lowerer) assumption(e *cparse.Expr) (*cparse.Expr, *rules.Primitive) {
	name := callName(e)
	if e.Op != cparse.Call || name == "" || l.lookup(name) != nil {
		return nil, nil
	}
	p := l.rules.Primitive(name)
	if p == nil || p.Effect != rules.Assume || p.Arg < 0 || p.Arg >= len(e.Args) {
		return nil, nil
	}
	return e.Args[p.Arg], p
}

// claim lowers the claim that e is true, or false: the path on which it is not
// ends. That a lock is held is a claim about the caller.
func (l *lowerer) claim(e *cparse.Expr, is bool) {
	switch {
	case e.Op == cparse.Unary && e.Name == "!":
		l.claim(e.X, !is)
		return
	case e.Op == cparse.Binary && (e.Name == "&&" && is || e.Name == "||" && !is):
		l.claim(e.X, is)
		l.claim(e.Y, is)
		return
	}
	if name := callName(e); e.Op == cparse.Call && name != "" && l.lookup(name) == nil {
		if i, ok := l.rules.SameObject(name); ok && i < len(e.Args) {
			l.claim(e.Args[i], is)
			return
		}
		if p := l.rules.Primitive(name); p != nil && p.Effect == rules.TestHeld && is == (p.Success != rules.Zero) {
			held := *p
			held.Effect, held.Mode = rules.AssertHeld, rules.Shared
			l.primitive(e, &held)
			return
		}
	}
	if l.dead == nil {
		l.dead = l.block()
		l.dead.Succs = []int{l.dead.Index}
	}
	next := l.block()
	if is {
		l.cond(e, next, l.dead)
	} else {
		l.cond(e, l.dead, next)
	}
	l.cur = next
}

// indirect lowers a call through a pointer.
func (l *lowerer) indirect(e *cparse.Expr) (*ir.Expr, *cparse.Type) {
	x := e.X
	for x != nil && x.Op == cparse.Unary && x.Name == "*" {
		x = x.X
	}
	ptr, t := l.value(x)
	args := l.args(e)
	dst := l.newTmp()
	c := ir.Callee{Ptr: ptr}
	if ptr.Op == ir.Load && ptr.X.Op == ir.Field {
		c.Owner, c.Field = ptr.X.Owner, ptr.X.Name
	}
	l.emit(ir.Op{Kind: ir.Call, Dst: dst, Pos: l.exprPos(e), Callee: c, Args: args})
	return &ir.Expr{Op: ir.Tmp, Int: int64(dst)}, funcResult(t)
}

// resultType is the type that a function returns.
func (l *lowerer) resultType(name string) *cparse.Type {
	sig, file, ok := l.file.FuncSig(name)
	if !ok || sig.Result == nil {
		return nil
	}
	return file.Type(sig.Result)
}
