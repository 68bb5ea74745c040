package vet

import (
	"go/types"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
	"golang.org/x/tools/go/ssa"
)

// A callSite is a call with its operands lowered: they keep their values until
// a deferred call runs.
type callSite struct {
	common *ssa.CallCommon
	name   string // what the rules know the callee by
	callee ir.Callee
	args   []*ir.Expr
	pos    ir.Pos
}

// evaluate lowers the operands of a call.
func (l *lowerer) evaluate(c *ssa.CallCommon) *callSite {
	s := &callSite{common: c, pos: l.callPos(c)}
	switch fn := c.Value.(type) {
	case *ssa.Function:
		s.name = ruleName(fn)
		s.callee = ir.Callee{Name: s.name, Targets: []string{funcID(fn)}}
		l.reachable(fn)
	case *ssa.MakeClosure:
		callee := fn.Fn.(*ssa.Function)
		l.reachable(callee)
		s.name = funcName(callee)
		s.callee = ir.Callee{Name: s.name, Targets: []string{funcID(callee)}}
		for i := range fn.Bindings {
			s.args = append(s.args, l.captured(fn, i))
		}
	case *ssa.Builtin:
		s.name = fn.Name()
		s.callee = ir.Callee{Name: s.name}
	default:
		if c.IsInvoke() {
			s.name = methodName(c.Method)
			recv := l.value(c.Value)
			s.args = append(s.args, recv)
			if shared, ok := readerLocks[s.name]; ok && fromRLocker(c.Value) {
				s.name = shared
			}
			s.callee = ir.Callee{Ptr: l.unknown()} // callers know no better
			s.callee.Owner, s.callee.Field = l.invoked(c)
			break
		}
		s.callee = ir.Callee{Ptr: l.value(c.Value)}
		s.callee.Owner, s.callee.Field = l.holder(c.Value)
	}
	for _, a := range c.Args {
		s.args = append(s.args, l.value(a))
	}
	return s
}

// readerLocks are the methods of what RLocker returns.
var readerLocks = map[string]string{
	"sync.Locker.Lock": "sync.RWMutex.RLock", "sync.Locker.Unlock": "sync.RWMutex.RUnlock",
}

// fromRLocker reports whether v comes from a call of RWMutex.RLocker in the function.
func fromRLocker(v ssa.Value) bool {
	c, ok := v.(*ssa.Call)
	if !ok {
		return false
	}
	fn := c.Call.StaticCallee()
	return fn != nil && ruleName(fn) == "sync.RWMutex.RLocker"
}

// holder names the variable or the field that a function value was read from.
func (l *lowerer) holder(v ssa.Value) (owner, field string) {
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return "", ""
	}
	switch a := load.X.(type) {
	case *ssa.FieldAddr:
		t := deref(a.X.Type())
		return ownerName(t), t.Underlying().(*types.Struct).Field(a.Field).Name()
	case *ssa.Global:
		return variables, globalName(a)
	}
	return "", ""
}

// variables is the owner of bindings to package-level variables.
const variables = "var"

func (l *lowerer) call(in *ssa.Call) {
	s := l.evaluate(&in.Call)
	l.exprs[in] = l.perform(s, in)
}

// perform calls, and returns the value of the status result. in is nil for a
// call whose results nobody has.
func (l *lowerer) perform(s *callSite, in *ssa.Call) *ir.Expr {
	if p := l.rules.Primitive(s.name); p != nil {
		return l.primitive(s, p)
	}
	if i, ok := l.rules.SameObject(s.name); ok && i < len(s.args) {
		return s.args[i]
	}
	if b, ok := s.common.Value.(*ssa.Builtin); ok {
		return l.builtin(s, b)
	}
	res := s.common.Signature().Results()
	args := s.args
	var outs []int
	if n := res.Len(); n > 1 {
		for range n - 1 {
			outs = append(outs, l.local(""))
			args = append(args[:len(args):len(args)], localAddr(outs[len(outs)-1]))
		}
	}
	if in != nil && outs != nil {
		l.results[in] = outs
	}
	l.tmps++
	l.emit(ir.Op{Kind: ir.Call, Dst: l.tmps, Pos: s.pos, Callee: s.callee, Args: args})
	l.calleeDone(s)
	if l.rules.NonNil(s.name) {
		return &ir.Expr{Op: ir.Str, Name: s.name}
	}
	return &ir.Expr{Op: ir.Tmp, Int: int64(l.tmps)}
}

// primitive lowers what a row of the rules describes.
func (l *lowerer) primitive(s *callSite, p *rules.Primitive) *ir.Expr {
	switch p.Effect {
	case rules.Neutral:
		return l.unknown()
	case rules.Stop:
		l.stop()
		return l.unknown()
	case rules.Calls:
		return l.callback(s, p)
	case rules.Begin, rules.Done, rules.Spawn:
		l.duty(s, p)
		return l.unknown()
	}
	l.tmps++
	tmp := &ir.Expr{Op: ir.Tmp, Int: int64(l.tmps)}
	op := ir.Op{Kind: ir.Lock, Dst: l.tmps, Pos: s.pos, Prim: p, Args: s.args}
	if p.Arg >= 0 {
		if p.Arg >= len(s.args) {
			return l.unknown()
		}
		op.Lock = s.args[p.Arg]
	}
	if p.Effect == rules.Await {
		l.await(&op, s.common.Args[p.Arg])
	}
	if p.Effect == rules.Retake {
		if op.Lock = l.condLock(s.common); op.Lock == nil {
			return l.unknown()
		}
	}
	l.emit(op)
	return tmp
}

// callback lowers a call of what calls its argument.
func (l *lowerer) callback(s *callSite, p *rules.Primitive) *ir.Expr {
	if p.Func >= len(s.args) {
		return l.unknown()
	}
	around := func(effect rules.Effect) {
		if p.Arg < 0 {
			return
		}
		q := *p
		q.Effect = effect
		l.emit(ir.Op{Kind: ir.Lock, Dst: -1, Pos: s.pos, Prim: &q, Lock: s.args[p.Arg]})
	}
	around(rules.Acquire)
	c := ir.Callee{Ptr: s.args[p.Func]}
	l.tmps++
	l.emit(ir.Op{Kind: ir.Call, Dst: l.tmps, Pos: s.pos, Callee: c})
	around(rules.Release)
	return l.unknown()
}

func (l *lowerer) builtin(s *callSite, b *ssa.Builtin) *ir.Expr {
	switch b.Name() {
	case "append":
		return s.args[0]
	case "ssa:wrapnilchk":
		return s.args[0]
	case "len", "cap", "min", "max": // a value that conditions may ask for twice
		l.tmps++
		l.emit(ir.Op{Kind: ir.Call, Dst: l.tmps, Pos: s.pos, Callee: ir.Callee{Name: s.name}})
		return &ir.Expr{Op: ir.Tmp, Int: int64(l.tmps)}
	}
	return l.unknown()
}

// deferred is a defer statement.
type deferred struct {
	in   *ssa.Defer
	site *callSite
}

// findDefers gives each defer statement that a path may miss a flag that says
// whether it was executed.
func (l *lowerer) findDefers() {
	for _, b := range l.src.Blocks {
		for _, in := range b.Instrs {
			if d, ok := in.(*ssa.Defer); ok {
				l.flags[d] = -1
			}
		}
	}
	if len(l.flags) == 0 {
		return
	}
	for _, b := range l.src.Blocks {
		for _, in := range b.Instrs {
			run, ok := in.(*ssa.RunDefers)
			if !ok {
				continue
			}
			for _, c := range l.src.Blocks {
				for _, in := range c.Instrs {
					if d, ok := in.(*ssa.Defer); ok && l.flags[d] < 0 && !c.Dominates(run.Block()) && reaches(c, run.Block()) {
						l.flags[d] = l.local("defer")
						l.store(localAddr(l.flags[d]), konst(0), ir.Pos{})
					}
				}
			}
		}
	}
}

func reaches(a, b *ssa.BasicBlock) bool {
	seen := map[*ssa.BasicBlock]bool{}
	work := []*ssa.BasicBlock{a}
	for len(work) > 0 {
		n := work[len(work)-1]
		work = work[:len(work)-1]
		if n == b {
			return true
		}
		if !seen[n] {
			seen[n] = true
			work = append(work, n.Succs...)
		}
	}
	return false
}

// deferCall evaluates a deferred call. What is evaluated is kept by the cells
// that it consists of.
func (l *lowerer) deferCall(in *ssa.Defer) {
	l.defers = append(l.defers, &deferred{in: in, site: l.evaluate(&in.Call)})
	if f := l.flags[in]; f >= 0 {
		l.store(localAddr(f), konst(1), ir.Pos{})
	}
}

// runDefers calls what was deferred, the last first.
func (l *lowerer) runDefers(in *ssa.RunDefers) {
	for i := len(l.defers) - 1; i >= 0; i-- {
		d := l.defers[i]
		if !reaches(d.in.Block(), in.Block()) {
			continue
		}
		f := l.flags[d.in]
		if f < 0 {
			l.perform(d.site, nil)
			continue
		}
		run, next := l.block(), l.block()
		l.cur.Cond, l.cur.Succs = localValue(f), []int{run.Index, next.Index}
		l.cur = run
		l.perform(d.site, nil)
		l.cur.Succs = []int{next.Index}
		l.cur = next
	}
}
