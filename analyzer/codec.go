package analyzer

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// The form in which lowered functions are kept. Strings are numbers in a table of the
// file, expressions numbers in one of the function. A slice is written as its length and
// one, so that none and empty stay apart: functions are compared by value.

// A writer writes functions of a file.
type writer struct {
	cache.Encoder
	strings *stringTable
	rules   *rules.Set
	exprs   map[*ir.Expr]int
	fail    bool // something has no form
}

// A stringTable numbers strings.
type stringTable struct {
	list  []string
	index map[string]int
}

func (t *stringTable) number(s string) int {
	n, ok := t.index[s]
	if !ok {
		if t.index == nil {
			t.index = map[string]int{}
		}
		n = len(t.list)
		t.list = append(t.list, s)
		t.index[s] = n
	}
	return n
}

func (w *writer) str(s string) { w.Uint(uint64(w.strings.number(s))) }

func (w *writer) pos(p ir.Pos) {
	w.Int(int64(p.Line))
	w.Int(int64(p.Col))
	w.Int(int64(p.EndCol))
}

// put writes a slice.
func put[T any](w *writer, list []T, each func(T)) {
	if list == nil {
		w.Uint(0)
		return
	}
	w.Uint(uint64(len(list)) + 1)
	for _, v := range list {
		each(v)
	}
}

// expr writes the number of an expression, 0 for nil; one that is new stands behind its
// own number.
func (w *writer) expr(e *ir.Expr) {
	if e == nil {
		w.Uint(0)
		return
	}
	n, known := w.exprs[e]
	if !known {
		n = len(w.exprs) + 1
		w.exprs[e] = n
	}
	w.Uint(uint64(n))
	if known {
		return
	}
	w.fail = w.fail || e.Seq != 0 || e.Size != 0 || e.Has != 0
	w.Uint(uint64(e.Op))
	w.str(e.Name)
	w.str(e.Owner)
	w.Int(e.Int)
	w.expr(e.X)
	w.expr(e.Y)
}

func (w *writer) prim(p *rules.Primitive) {
	if p == nil {
		w.Uint(0)
		return
	}
	at, ok := w.rules.Locate(p)
	w.fail = w.fail || !ok
	w.Uint(1 + uint64(at.Kind))
	switch at.Kind {
	case rules.PlaceVaried:
		w.Uint(uint64(at.Effect))
		w.Uint(uint64(at.Mode))
		w.Bool(at.Try)
	case rules.PlaceAlso:
		w.Uint(uint64(at.Also))
	}
	w.str(at.Name)
}

func (w *writer) op(o *ir.Op) {
	w.Uint(uint64(o.Kind))
	w.pos(o.Pos)
	w.expr(o.Addr)
	w.expr(o.Val)
	w.Int(int64(o.Dst))
	put(w, o.Args, w.expr)
	w.str(o.Callee.Name)
	put(w, o.Callee.Targets, w.str)
	w.expr(o.Callee.Ptr)
	w.str(o.Callee.Owner)
	w.str(o.Callee.Field)
	w.prim(o.Prim)
	w.expr(o.Lock)
	w.expr(o.Sub)
}

func (w *writer) function(l lowered) {
	f := l.fn
	w.fail = w.fail || f.ID != f.File+":"+f.Name || f.Bound != 0
	w.str(f.Name)
	w.str(f.File)
	w.pos(f.Pos)
	w.Bool(f.Static)
	w.Bool(f.Wraps)
	w.Bool(f.ErrResult)
	w.Bool(f.Synthetic)
	w.Uint(uint64(f.Incomplete))
	put(w, f.Params, func(p ir.Parameter) { w.str(p.Name); w.str(p.Type) })
	put(w, f.Locals, w.str)
	put(w, f.Contracts, func(o ir.Op) { w.op(&o) })
	put(w, f.Blocks, func(b *ir.Block) {
		put(w, b.Ops, func(o ir.Op) { w.op(&o) })
		w.expr(b.Cond)
		put(w, b.Succs, func(n int) { w.Uint(uint64(n)) })
		w.expr(b.Ret)
		w.pos(b.Pos)
	})
	w.refs(l.refs)
	w.problems(l.problems)
}

func (w *writer) refs(refs []funcRef) {
	put(w, refs, func(r funcRef) {
		w.fail = w.fail || r.part != nil
		w.str(r.file)
		w.str(r.name)
		w.Int(int64(r.pos))
		w.Bool(r.header)
	})
}

func (w *writer) problems(ps []cparse.Problem) {
	put(w, ps, func(p cparse.Problem) {
		w.str(p.File)
		w.Int(int64(p.Pos))
		w.Int(int64(p.Line))
		w.Int(int64(p.Col))
		w.str(p.Msg)
	})
}

func (w *writer) bindings(b bindings) {
	put(w, b.list, func(x callgraph.Binding) {
		w.str(x.Owner)
		w.str(x.Field)
		w.str(x.Func)
		w.str(x.File)
		w.Int(int64(x.Line))
		w.str(x.Via)
		w.str(x.Table)
		w.Bool(x.Const)
	})
	w.refs(b.refs)
	w.problems(b.problems)
	w.Int(b.bytes)
	w.Int(int64(b.inactive))
}

// A reader reads what a writer has written.
type reader struct {
	*cache.Decoder
	strings []string
	rules   *rules.Set
	exprs   []*ir.Expr
	depth   int
}

func (r *reader) str() string {
	n := r.Below(len(r.strings))
	if r.Err() != nil {
		return ""
	}
	return r.strings[n]
}

func (r *reader) pos() ir.Pos { return ir.Pos{Line: r.Int32(), Col: r.Int32(), EndCol: r.Int32()} }

// get reads a slice.
func get[T any](r *reader, each func() T) []T {
	n := r.Count()
	if n == 0 {
		return nil
	}
	out := make([]T, 0, min(n-1, 64))
	for range n - 1 {
		out = append(out, each())
		if r.Err() != nil {
			return nil
		}
	}
	return out
}

// maxExprDepth bounds the nesting of what is read.
const maxExprDepth = 100_000

func (r *reader) expr() *ir.Expr {
	n := r.Below(len(r.exprs) + 2)
	switch {
	case n == 0 || r.Err() != nil:
		return nil
	case n <= len(r.exprs):
		if r.exprs[n-1] == nil { // it would be part of itself
			r.Fail()
		}
		return r.exprs[n-1]
	}
	if r.depth++; r.depth > maxExprDepth {
		r.Fail()
		return nil
	}
	defer func() { r.depth-- }()
	r.exprs = append(r.exprs, nil)
	e := &ir.Expr{Op: ir.ExprOp(r.Below(int(ir.Ret) + 1)), Name: r.str(), Owner: r.str(), Int: r.Int()}
	e.X, e.Y = r.expr(), r.expr()
	r.exprs[n-1] = e
	return e
}

func (r *reader) prim() *rules.Primitive {
	kind := r.Below(1 + rules.PlaceKinds)
	if kind == 0 || r.Err() != nil {
		return nil
	}
	at := rules.Place{Kind: rules.PlaceKind(kind - 1)}
	switch at.Kind {
	case rules.PlaceVaried:
		at.Effect, at.Mode, at.Try = rules.Effect(r.Below(int(rules.Put)+1)), rules.Mode(r.Below(int(rules.RecursiveShared)+1)), r.Bool()
	case rules.PlaceAlso:
		at.Also = r.Below(maxParts)
	}
	at.Name = r.str()
	p := r.rules.At(at)
	if p == nil {
		r.Fail()
	}
	return p
}

func (r *reader) op() ir.Op {
	o := ir.Op{Kind: ir.OpKind(r.Below(int(ir.Nop) + 1)), Pos: r.pos(), Addr: r.expr(), Val: r.expr(), Dst: int(r.Int32()), Args: get(r, r.expr)}
	o.Callee = ir.Callee{Name: r.str(), Targets: get(r, r.str), Ptr: r.expr(), Owner: r.str(), Field: r.str()}
	o.Prim, o.Lock, o.Sub = r.prim(), r.expr(), r.expr()
	if o.Kind == ir.Lock && o.Prim == nil || o.Kind == ir.Store && (o.Addr == nil || o.Val == nil) || o.Kind == ir.Forget && o.Addr == nil {
		r.Fail()
	}
	return o
}

// maxParts bounds numbers that are counts of parts of a function.
const maxParts = 1 << 20

func (r *reader) function() lowered {
	f := &ir.Func{Name: r.str(), File: r.str(), Pos: r.pos(), Static: r.Bool(), Wraps: r.Bool(), ErrResult: r.Bool(), Synthetic: r.Bool()}
	f.ID = f.File + ":" + f.Name
	f.Incomplete = r.Below(maxParts)
	f.Params = get(r, func() ir.Parameter { return ir.Parameter{Name: r.str(), Type: r.str()} })
	f.Locals = get(r, r.str)
	f.Contracts = get(r, r.op)
	f.Blocks = get(r, func() *ir.Block {
		b := &ir.Block{Ops: get(r, r.op), Cond: r.expr(), Succs: get(r, func() int { return r.Below(maxParts) }), Ret: r.expr(), Pos: r.pos()}
		return b
	})
	for i, b := range f.Blocks {
		b.Index = i
		want := 1
		if b.Cond != nil {
			want = 2
		}
		if len(b.Succs) > want || b.Cond != nil && len(b.Succs) != 2 || slices.ContainsFunc(b.Succs, func(s int) bool { return s >= len(f.Blocks) }) {
			r.Fail()
		}
	}
	if len(f.Blocks) == 0 {
		r.Fail()
	}
	return lowered{fn: f, refs: r.refs(), problems: r.problems()}
}

func (r *reader) refs() []funcRef {
	return get(r, func() funcRef { return funcRef{file: r.str(), name: r.str(), pos: r.Int32(), header: r.Bool()} })
}

func (r *reader) problems() []cparse.Problem {
	return get(r, func() cparse.Problem {
		return cparse.Problem{File: r.str(), Pos: r.Int32(), Line: int(r.Int32()), Col: int(r.Int32()), Msg: r.str()}
	})
}

func (r *reader) bindings() bindings {
	list := get(r, func() callgraph.Binding {
		return callgraph.Binding{Owner: r.str(), Field: r.str(), Func: r.str(), File: r.str(), Line: r.Int32(), Via: r.str(), Table: r.str(), Const: r.Bool()}
	})
	return bindings{list: list, refs: r.refs(), problems: r.problems(), bytes: r.Int(), inactive: int(r.Int32())}
}
