package vet

import (
	"go/token"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
	"golang.org/x/tools/go/ssa"
)

// spawn lowers a go statement. The goroutine begins with nothing held, as if
// nobody called it; a lock that it releases and does not take was handed to it.
func (l *lowerer) spawn(in *ssa.Go) {
	s := l.evaluate(&in.Call)
	fn := in.Call.StaticCallee()
	if fn == nil {
		return
	}
	h := &handed{lowerer: l, fn: fn, site: s}
	if c, ok := in.Call.Value.(*ssa.MakeClosure); ok {
		h.made = c
	}
	taken := map[member]bool{}
	type release struct {
		lock *ssa.FieldAddr
		prim *rules.Primitive
	}
	var released []release
	for c, callee := range staticCalls(fn) {
		if len(c.Common().Args) == 0 {
			continue
		}
		p := l.rules.Primitive(ruleName(callee))
		a, ok := c.Common().Args[0].(*ssa.FieldAddr)
		if p == nil || !ok || p.Arg != 0 {
			continue
		}
		switch p.Effect {
		case rules.Release:
			released = append(released, release{a, p})
		case rules.Acquire:
			taken[fieldOf(a)] = true
		}
	}
	for _, r := range released {
		if !taken[fieldOf(r.lock)] {
			taken[fieldOf(r.lock)] = true // once
			if lock := h.value(r.lock); lock != nil {
				l.tmps++
				l.emit(ir.Op{Kind: ir.Lock, Dst: l.tmps, Pos: s.pos, Prim: r.prim, Lock: lock, Args: []*ir.Expr{lock}})
			}
		}
	}
}

// handed tells what values of a function that is started as a goroutine are for the
// one that starts it.
type handed struct {
	*lowerer
	fn   *ssa.Function
	made *ssa.MakeClosure // nil: not a closure
	site *callSite
}

// value is v in the terms of the lowerer, nil where there are none.
func (h *handed) value(v ssa.Value) *ir.Expr {
	switch v := v.(type) {
	case *ssa.FieldAddr:
		if x := h.value(v.X); x != nil {
			return h.field(x, v.X.Type(), v.Field)
		}
	case *ssa.UnOp:
		if v.Op != token.MUL {
			return nil
		}
		if fv, ok := v.X.(*ssa.FreeVar); ok && h.byValue(fv) {
			return h.value(fv)
		}
		if x := h.value(v.X); x != nil {
			return load(x)
		}
	case *ssa.FreeVar:
		for i, fv := range h.fn.FreeVars {
			if fv == v && h.made != nil {
				return h.captured(h.made, i)
			}
		}
	case *ssa.Parameter:
		bound := len(h.site.args) - len(h.fn.Params)
		for i, p := range h.fn.Params {
			if p == v && bound >= 0 {
				return h.site.args[bound+i]
			}
		}
	}
	return nil
}
