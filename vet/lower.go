package vet

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
	"golang.org/x/tools/go/ssa"
)

// A lowerer holds what is known while one function is lowered.
type lowerer struct {
	*program
	src    *ssa.Function
	fn     *ir.Func
	cur    *ir.Block
	blocks []*ir.Block // where each block of src begins

	exprs   map[ssa.Value]*ir.Expr // values that are expressions over others
	cells   map[ssa.Value]int      // locals that hold the other values
	results map[*ssa.Call][]int    // locals that a call leaves its further results in
	defers  []*deferred            // in the order in which they run last
	flags   map[*ssa.Defer]int
	status  int // the result that the function returns in the ir, -1 if there is none
	outs    int // number of the first parameter for the further results
	tmps    int
	sites   int // calls by interfaces so far
	duties  []*duty
	dead    *ir.Block // where paths end that do not return, nil if there are none
}

// lower lowers one function that has a body.
func (p *program) lower(src *ssa.Function) *ir.Func {
	l := &lowerer{
		program: p, src: src, exprs: map[ssa.Value]*ir.Expr{}, cells: map[ssa.Value]int{},
		results: map[*ssa.Call][]int{}, flags: map[*ssa.Defer]int{},
	}
	l.fn = &ir.Func{ID: funcID(src), Name: funcName(src), Bound: len(src.FreeVars)}
	l.fn.File, l.fn.Pos = p.place(src.Pos())
	if l.fn.File == "" && src.Parent() != nil {
		l.fn.File, l.fn.Pos = p.place(src.Parent().Pos())
	}
	l.fn.Static = src.Parent() != nil || !token.IsExported(src.Name())
	if recv := src.Signature.Recv(); recv != nil {
		l.fn.Wraps = p.wrapper(deref(recv.Type()))
	}
	l.parameters()
	l.cur = l.block()
	l.findDefers()
	for _, b := range src.Blocks {
		at := l.cur
		if b.Index > 0 {
			at = l.block()
		}
		l.blocks = append(l.blocks, at)
	}
	l.owe()
	for _, b := range l.order() {
		l.cur = l.blocks[b.Index]
		for _, in := range b.Instrs {
			l.instr(in)
		}
	}
	l.fn.Contracts = p.contracts(l)
	l.fn.Check()
	return l.fn
}

// order lists the blocks so that values are seen before they are used: each
// block after the one that dominates it, and those that run the deferred calls,
// which are ways out, behind all defer statements. The block that recovers is
// reached by panics alone, and is left out.
func (l *lowerer) order() []*ssa.BasicBlock {
	var out, last []*ssa.BasicBlock
	var walk func(b *ssa.BasicBlock)
	walk = func(b *ssa.BasicBlock) {
		if len(b.Succs) == 0 {
			last = append(last, b)
		} else {
			out = append(out, b)
		}
		for _, d := range b.Dominees() {
			walk(d)
		}
	}
	walk(l.src.Blocks[0])
	return append(out, last...)
}

// parameters numbers the values that a caller gives: the variables that a
// closure was bound to, the parameters, and cells for the results that do not
// fit into the return value.
func (l *lowerer) parameters() {
	add := func(v ssa.Value) {
		l.exprs[v] = &ir.Expr{Op: ir.Param, Int: int64(len(l.fn.Params))}
		l.fn.Params = append(l.fn.Params, ir.Parameter{Name: v.Name(), Type: ownerName(v.Type())})
	}
	for _, v := range l.src.FreeVars {
		add(v)
	}
	for _, v := range l.src.Params {
		add(v)
	}
	l.outs = len(l.fn.Params)
	res := l.src.Signature.Results()
	l.status = statusResult(res)
	for i := range max(0, res.Len()-1) {
		_ = i
		l.fn.Params = append(l.fn.Params, ir.Parameter{Name: "result"})
	}
	l.fn.ErrResult = l.status >= 0 && isError(res.At(l.status).Type())
}

// statusResult picks the result that says how a call went, for the return
// value in the ir: an error or a bool that comes last, else the first one.
func statusResult(res *types.Tuple) int {
	n := res.Len()
	if n == 0 {
		return -1
	}
	if t := res.At(n - 1).Type(); isError(t) || isBool(t) {
		return n - 1
	}
	return 0
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

func isBool(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsBoolean != 0
}

// outNumber is which of the further results, counted without the status, the
// result i is.
func outNumber(i, status int) int {
	if i > status {
		return i - 1
	}
	return i
}

func (l *lowerer) block() *ir.Block {
	b := &ir.Block{Index: len(l.fn.Blocks)}
	l.fn.Blocks = append(l.fn.Blocks, b)
	return b
}

func (l *lowerer) emit(op ir.Op) { l.cur.Ops = append(l.cur.Ops, op) }

func (l *lowerer) store(addr, val *ir.Expr, pos ir.Pos) {
	l.emit(ir.Op{Kind: ir.Store, Dst: -1, Pos: pos, Addr: addr, Val: val})
}

// local makes a cell of the function; only variables have names.
func (l *lowerer) local(name string) int {
	l.fn.Locals = append(l.fn.Locals, name)
	return len(l.fn.Locals) - 1
}

func localAddr(n int) *ir.Expr { return &ir.Expr{Op: ir.Local, Int: int64(n)} }

func localValue(n int) *ir.Expr { return load(localAddr(n)) }

func load(addr *ir.Expr) *ir.Expr { return &ir.Expr{Op: ir.Load, X: addr} }

func konst(n int64) *ir.Expr { return &ir.Expr{Op: ir.Const, Int: n} }

func (l *lowerer) unknown() *ir.Expr {
	l.tmps++
	return &ir.Expr{Op: ir.Unknown, Int: int64(l.tmps)}
}

// cell is the local that holds v.
func (l *lowerer) cell(v ssa.Value) int {
	n, ok := l.cells[v]
	if !ok {
		n = l.local("")
		l.cells[v] = n
	}
	return n
}

// stop ends the current block: nothing behind it is reached.
func (l *lowerer) stop() {
	if l.dead == nil {
		l.dead = l.block()
		l.dead.Succs = []int{l.dead.Index}
	}
	l.cur.Succs = []int{l.dead.Index}
	l.cur = l.block() // not reached
}

// instr lowers one instruction.
func (l *lowerer) instr(in ssa.Instruction) {
	switch in := in.(type) {
	case *ssa.Alloc:
		l.alloc(in)
	case *ssa.Store:
		if a, ok := in.Addr.(*ssa.Alloc); !ok || l.exprs[a] == nil || l.exprs[a].Op != ir.Param {
			l.store(l.value(in.Addr), l.value(in.Val), l.pos(in.Pos()))
		}
	case *ssa.MapUpdate:
		addr := &ir.Expr{Op: ir.Index, X: l.value(in.Map), Y: l.value(in.Key)}
		l.store(addr, l.value(in.Value), l.pos(in.Pos()))
	case *ssa.Call:
		l.call(in)
	case *ssa.Go:
		l.spawn(in)
	case *ssa.Defer:
		l.deferCall(in)
	case *ssa.RunDefers:
		l.runDefers(in)
	case *ssa.Jump:
		l.jump(in.Block(), in.Block().Succs[0], nil)
	case *ssa.If:
		l.branch(in)
	case *ssa.Return:
		l.ret(in)
	case *ssa.Panic:
		l.cur.Pos = l.pos(in.Pos())
		l.stop()
	case *ssa.Phi:
		l.exprs[in] = localValue(l.cell(in))
	case ssa.Value:
		l.define(in)
	}
}

// jump ends the current block with a jump to b, and gives b's phis their
// values. edge is the block to do it in, nil for the current one.
func (l *lowerer) jump(from, to *ssa.BasicBlock, edge *ir.Block) {
	if edge != nil {
		l.cur = edge
	}
	l.phis(from, to)
	l.cur.Succs = []int{l.blocks[to.Index].Index}
}

// phis stores the values that the phis of block to have on the way from from.
func (l *lowerer) phis(from, to *ssa.BasicBlock) {
	i := slices.Index(to.Preds, from)
	type move struct {
		cell int
		val  *ir.Expr
	}
	var moves []move
	mine := map[int64]bool{}
	for _, in := range to.Instrs {
		phi, ok := in.(*ssa.Phi)
		if !ok {
			break
		}
		if len(*phi.Referrers()) == 0 {
			continue
		}
		moves = append(moves, move{l.cell(phi), l.value(phi.Edges[i])})
		mine[int64(l.cell(phi))] = true
	}
	// All happen at once: what reads another phi's old value comes first.
	parallel := false
	for _, m := range moves {
		reads(m.val, func(n int64) { parallel = parallel || mine[n] && n != int64(m.cell) })
	}
	if parallel {
		for j, m := range moves {
			t := l.local("")
			l.store(localAddr(t), m.val, ir.Pos{})
			moves[j].val = localValue(t)
		}
	}
	for _, m := range moves {
		l.store(localAddr(m.cell), m.val, ir.Pos{})
	}
}

// reads calls fn for the locals that e loads.
func reads(e *ir.Expr, fn func(n int64)) {
	for ; e != nil; e = e.X {
		if e.Op == ir.Local {
			fn(e.Int)
		}
		reads(e.Y, fn)
	}
}

func (l *lowerer) branch(in *ssa.If) {
	b := in.Block()
	from := l.cur
	from.Cond, from.Pos = l.value(in.Cond), l.pos(in.Cond.Pos())
	from.Succs = make([]int, 2)
	for i, s := range b.Succs {
		if _, ok := s.Instrs[0].(*ssa.Phi); ok {
			edge := l.block()
			from.Succs[i] = edge.Index
			l.jump(b, s, edge)
		} else {
			from.Succs[i] = l.blocks[s.Index].Index
		}
	}
}

func (l *lowerer) ret(in *ssa.Return) {
	pos := l.pos(in.Pos())
	if !in.Pos().IsValid() && l.src.Syntax() != nil {
		pos = l.pos(l.src.Syntax().End() - 1)
	}
	l.cur.Pos = pos
	l.settle(pos)
	for i, r := range in.Results {
		if i == l.status {
			l.cur.Ret = l.value(r)
			continue
		}
		out := &ir.Expr{Op: ir.Param, Int: int64(l.outs + outNumber(i, l.status))}
		l.store(out, l.value(r), pos)
	}
}
