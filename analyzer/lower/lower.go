package lower

import (
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A Lowered is one function with what it refers to.
type Lowered struct {
	Func     *ir.Func
	Refs     []*cparse.Func // definitions that it calls or takes the address of
	Ordered  []string       // tags of the records whose members were taken in order
	Problems []cparse.Problem
}

// ID is the program-wide identity of a C function.
func ID(fn *cparse.Func) string { return fn.File.Name + ":" + fn.Name }

// Func lowers one function.
func Func(fn *cparse.Func, rs *rules.Set) Lowered {
	l := &lowerer{file: fn.File, rules: rs, src: fn, refs: map[*cparse.Func]bool{}, tables: map[string][]*cparse.Func{}}
	l.fn = &ir.Func{
		ID: ID(fn), Name: fn.Name, File: fn.File.Name, Pos: l.pos(fn.NamePos, fn.NamePos), Static: fn.Static,
		Synthetic: fn.Macro != "",
	}
	body, problems := fn.Body()
	l.enter()
	l.cur = l.block()
	l.params(fn.Sig())
	l.contracts(fn)
	if body != nil {
		l.findLabels(body, nil)
		l.stmt(body)
	}
	if l.cur != nil {
		l.leaveTo(0)
		if body != nil && body.End > body.Pos {
			l.cur.Pos = l.pos(body.End-1, body.End)
		}
		l.cur = nil
	}
	l.fn.Compact()
	l.fn.Check()
	return Lowered{Func: l.fn, Refs: l.order, Ordered: l.ordered, Problems: problems}
}

// A lowerer holds what is known while one function is lowered.
type lowerer struct {
	file  *cparse.File
	rules *rules.Set
	src   *cparse.Func
	fn    *ir.Func
	cur   *ir.Block // nil after a jump: what follows is unreachable

	scopes []*scope
	labels map[string]*label
	breaks []target // innermost last
	conts  []target
	cases  map[*cparse.Stmt]*ir.Block
	dead   *ir.Block // where paths end that cannot be, nil if there are none

	refs    map[*cparse.Func]bool
	order   []*cparse.Func
	tables  map[string][]*cparse.Func // names already resolved
	ordered []string
	tmps    int
	depth   int // of macro expansion
	sticky  *ir.Pos
}

// A scope is a block of the source.
type scope struct {
	stmt     *cparse.Stmt
	vars     map[string]*variable
	cleanups []*variable // in order of declaration
}

// A variable is a local or a parameter.
type variable struct {
	name    string
	local   int // number of its cell, -1 for a static local
	global  string
	typ     *cparse.Type
	cleanup string
}

// A label is the target of gotos.
type label struct {
	block *ir.Block
	path  []*cparse.Stmt // enclosing blocks, outermost first
}

// A target is where break or continue goes, and how many scopes stay.
type target struct {
	block  *ir.Block
	scopes int
}

func (l *lowerer) block() *ir.Block {
	b := &ir.Block{Index: len(l.fn.Blocks)}
	l.fn.Blocks = append(l.fn.Blocks, b)
	return b
}

// here returns the current block; code behind a jump gets one that nothing
// reaches.
func (l *lowerer) here() *ir.Block {
	if l.cur == nil {
		l.cur = l.block()
	}
	return l.cur
}

func (l *lowerer) emit(op ir.Op) {
	b := l.here()
	b.Ops = append(b.Ops, op)
}

// jump ends the current block with an unconditional jump to b.
func (l *lowerer) jump(b *ir.Block) {
	if l.cur != nil {
		l.cur.Succs = []int{b.Index}
		l.cur = nil
	}
}

func (l *lowerer) pos(from, to int32) ir.Pos {
	p := l.file.Position(from)
	out := ir.Pos{Line: int32(p.Line), Col: int32(p.Column)}
	if to > from {
		if e := l.file.Position(to); e.Line == p.Line {
			out.EndCol = int32(e.Column)
		}
	}
	return out
}

func (l *lowerer) exprPos(e *cparse.Expr) ir.Pos { return l.pos(e.Pos, e.End) }

func (l *lowerer) params(sig *cparse.FuncSig) {
	if sig == nil {
		return
	}
	for i, p := range sig.Params {
		t := l.file.Type(p.Type)
		l.fn.Params = append(l.fn.Params, ir.Parameter{Name: p.Name, Type: recordOf(t)})
		if p.Name == "" {
			continue
		}
		v := l.declare(p.Name, t)
		l.emit(ir.Op{Kind: ir.Store, Dst: -1, Pos: l.pos(p.Pos, p.Pos), Addr: localAddr(v.local), Val: &ir.Expr{Op: ir.Param, Int: int64(i)}})
	}
}

// contracts lowers the annotations that require locks of the caller.
func (l *lowerer) contracts(fn *cparse.Func) {
	for _, a := range fn.Attrs() {
		p := l.rules.Attr(a.Name)
		if p == nil || p.Effect != rules.AssertHeld || p.Arg < 0 || p.Arg >= len(a.Args) {
			continue
		}
		saved := l.cur
		l.cur = &ir.Block{}
		addr := l.lockAddr(a.Args[p.Arg])
		ops := l.cur.Ops
		l.cur = saved
		if addr == nil || len(ops) > 0 {
			continue
		}
		l.fn.Contracts = append(l.fn.Contracts, ir.Op{Kind: ir.Lock, Dst: -1, Pos: l.fn.Pos, Prim: p, Lock: l.entryValue(addr)})
	}
}

// entryValue rewrites an expression over the parameters' cells to one over
// the parameters themselves.
func (l *lowerer) entryValue(e *ir.Expr) *ir.Expr {
	if e == nil {
		return nil
	}
	if e.Op == ir.Load && e.X.Op == ir.Local {
		for _, op := range l.fn.Blocks[0].Ops {
			if op.Kind == ir.Store && op.Addr.Op == ir.Local && op.Addr.Int == e.X.Int && op.Val.Op == ir.Param {
				return op.Val
			}
		}
	}
	c := *e
	c.X, c.Y = l.entryValue(e.X), l.entryValue(e.Y)
	return &c
}

func (l *lowerer) enter() { l.scopes = append(l.scopes, &scope{vars: map[string]*variable{}}) }

// leave ends the innermost scope.
func (l *lowerer) leave() {
	l.leaveTo(len(l.scopes) - 1)
	l.scopes = l.scopes[:len(l.scopes)-1]
}

// leaveTo emits the cleanups of all scopes beyond the first n, innermost
// first, without ending them.
func (l *lowerer) leaveTo(n int) {
	if l.cur == nil {
		return
	}
	for i := len(l.scopes) - 1; i >= n; i-- {
		cs := l.scopes[i].cleanups
		for j := len(cs) - 1; j >= 0; j-- {
			l.cleanup(cs[j])
		}
	}
}

// cleanup calls the cleanup function of v.
func (l *lowerer) cleanup(v *variable) {
	callee := l.callee(v.cleanup)
	l.emit(ir.Op{Kind: ir.Call, Dst: -1, Pos: l.lastPos(), Callee: callee, Args: []*ir.Expr{localAddr(v.local)}})
}

// lastPos is the position of what was lowered last: scope ends have none of
// their own.
func (l *lowerer) lastPos() ir.Pos {
	if l.sticky != nil {
		return *l.sticky
	}
	return l.fn.Pos
}

func (l *lowerer) declare(name string, t *cparse.Type) *variable {
	v := &variable{name: name, local: len(l.fn.Locals), typ: t}
	l.fn.Locals = append(l.fn.Locals, name)
	l.scopes[len(l.scopes)-1].vars[name] = v
	return v
}

func (l *lowerer) lookup(name string) *variable {
	for i := len(l.scopes) - 1; i >= 0; i-- {
		if v := l.scopes[i].vars[name]; v != nil {
			return v
		}
	}
	return nil
}

func localAddr(n int) *ir.Expr { return &ir.Expr{Op: ir.Local, Int: int64(n)} }

func (v *variable) addr() *ir.Expr {
	if v.local < 0 {
		return &ir.Expr{Op: ir.Global, Name: v.global}
	}
	return localAddr(v.local)
}

// callee resolves a function's name.
func (l *lowerer) callee(name string) ir.Callee {
	c := ir.Callee{Name: name}
	for _, fn := range l.resolve(name) {
		c.Targets = append(c.Targets, ID(fn))
	}
	return c
}

// resolve finds the definitions that name can mean, and notes them as
// references.
func (l *lowerer) resolve(name string) []*cparse.Func {
	fns, ok := l.tables[name]
	if !ok {
		fns = l.file.Tree().Resolve(l.file, name)
		l.tables[name] = fns
	}
	for _, fn := range fns {
		if !l.refs[fn] {
			l.refs[fn] = true
			l.order = append(l.order, fn)
		}
	}
	return fns
}
