package summary

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A coder writes values of the engine one after the other, so that equal values are
// equal bytes: what has been written before is a number from then on. Nothing in the
// bytes depends on the run but what the rules say.
type coder struct {
	cache.Encoder
	rules   *rules.Set
	strings map[string]int
	line    int32 // of the function that is written: lines are told from there
	exprs   map[*ir.Expr]int
	prims   map[*rules.Primitive]int
	classes map[rules.Class]int
	seqs    []*ir.Expr // by their numbers within an arena, those that have one there
	numbers []int      // of these
	count   int        // of expressions
	fail    bool       // something has no form
}

var coders = sync.Pool{New: func() any {
	return &coder{strings: map[string]int{}, exprs: map[*ir.Expr]int{}, prims: map[*rules.Primitive]int{}, classes: map[rules.Class]int{}}
}}

// newCoder returns a coder, which may be given back.
func newCoder(rs *rules.Set) *coder {
	w := coders.Get().(*coder)
	w.rules = rs
	return w
}

// done gives w back. What it has written is not to be read any more.
func (w *coder) done() {
	w.Reset()
	clear(w.strings)
	clear(w.exprs)
	clear(w.prims)
	clear(w.classes)
	clear(w.seqs)
	w.rules, w.line, w.seqs, w.numbers, w.count, w.fail = nil, 0, w.seqs[:0], w.numbers[:0], 0, false
	coders.Put(w)
}

// numbered writes the number of v, or has it written and numbered; zero values are
// a number of their own.
func numbered[T comparable](w *coder, known map[T]int, v T, write func()) {
	var none T
	if v == none {
		w.Uint(0)
		return
	}
	if n, ok := known[v]; ok {
		w.Uint(uint64(n) + 2)
		return
	}
	w.Uint(1)
	write()
	known[v] = len(known) // operands are numbered before
}

func (w *coder) str(s string) { numbered(w, w.strings, s, func() { w.String(s) }) }

// pos writes a place in the function so that a function that is moved as a whole stays what it is.
func (w *coder) pos(p ir.Pos) {
	w.Int(lineFrom(w.line, p.Line))
	w.Int(int64(p.Col))
	w.Int(int64(p.EndCol))
}

// lineFrom says how far a line is from another one, beginning with 1; 0 is no line.
func lineFrom(base, line int32) int64 {
	n := int64(line) - int64(base)
	switch {
	case line == 0:
		return 0
	case n >= 0:
		return n + 1
	}
	return n
}

// lineAt is the inverse of lineFrom.
func lineAt(base, n int32) int32 {
	switch {
	case n == 0:
		return 0
	case n > 0:
		return base + n - 1
	}
	return base + n
}

func (w *coder) expr(e *ir.Expr) {
	if e == nil {
		w.Uint(0)
		return
	}
	// Those of an arena are told by their numbers, which is quicker.
	n := int(e.Seq)
	arena := e.Size != 0 && (n >= len(w.seqs) || w.seqs[n] == nil || w.seqs[n] == e)
	if arena && n < len(w.seqs) && w.seqs[n] == e {
		w.Uint(uint64(w.numbers[n]) + 2)
		return
	}
	if known, ok := w.exprs[e]; !arena && ok {
		w.Uint(uint64(known) + 2)
		return
	}
	w.Uint(1)
	w.Uint(uint64(e.Op))
	w.str(e.Name)
	w.str(e.Owner)
	w.Int(e.Int)
	w.expr(e.X)
	w.expr(e.Y)
	if !arena {
		w.exprs[e] = w.count
	} else {
		for len(w.seqs) <= n {
			w.seqs, w.numbers = append(w.seqs, nil), append(w.numbers, 0)
		}
		w.seqs[n], w.numbers[n] = e, w.count
	}
	w.count++
}

func (w *coder) prim(p *rules.Primitive) {
	numbered(w, w.prims, p, func() {
		at, ok := w.rules.Locate(p)
		w.fail = w.fail || !ok
		w.str(at.Name)
		w.Uint(uint64(at.Kind))
		w.Uint(uint64(at.Also))
		w.Uint(uint64(at.Effect))
		w.Uint(uint64(at.Mode))
		w.Bool(at.Try)
	})
}

func (w *coder) class(c rules.Class) { numbered(w, w.classes, c, func() { w.str(c.String()) }) }

// list writes a list.
func list[T any](w *coder, vs []T, each func(T)) {
	w.Uint(uint64(len(vs)))
	for _, v := range vs {
		each(v)
	}
}

func (w *coder) op(o *ir.Op) {
	w.Uint(uint64(o.Kind))
	w.pos(o.Pos)
	w.expr(o.Addr)
	w.expr(o.Val)
	w.Int(int64(o.Dst))
	list(w, o.Args, w.expr)
	w.str(o.Callee.Name)
	list(w, o.Callee.Targets, w.str)
	w.expr(o.Callee.Ptr)
	w.str(o.Callee.Owner)
	w.str(o.Callee.Field)
	w.prim(o.Prim)
	w.expr(o.Lock)
	w.expr(o.Sub)
}

// function writes all of fn, but for the line where it begins.
func (w *coder) function(fn *ir.Func) {
	w.line = fn.Pos.Line
	w.str(fn.ID)
	w.str(fn.Name)
	w.str(fn.File)
	w.pos(fn.Pos)
	for _, b := range []bool{fn.Static, fn.Wraps, fn.ErrResult, fn.Synthetic} {
		w.Bool(b)
	}
	w.Uint(uint64(fn.Incomplete))
	w.Uint(uint64(fn.Bound))
	list(w, fn.Params, func(p ir.Parameter) { w.str(p.Name); w.str(p.Type) })
	list(w, fn.Locals, w.str)
	list(w, fn.Contracts, func(o ir.Op) { w.op(&o) })
	list(w, fn.Blocks, func(b *ir.Block) {
		w.Uint(uint64(b.Index))
		list(w, b.Ops, func(o ir.Op) { w.op(&o) })
		w.expr(b.Cond)
		list(w, b.Succs, func(n int) { w.Uint(uint64(n)) })
		w.expr(b.Ret)
		w.pos(b.Pos)
	})
}

// A codeInfo is what a Memo knows of a function by its ir.
type codeInfo struct {
	key   cache.Hash // of all of it
	ok    bool       // it has one
	id    uint64     // stands for its ID
	locks []ir.Pos   // of its lock operations, in the order of the text
}

func infoOf(fn *ir.Func, rs *rules.Set) *codeInfo {
	w := newCoder(rs)
	defer w.done()
	w.function(fn)
	c := &codeInfo{key: cache.Sum(w.Bytes()), ok: !w.fail}
	id := cache.SumStrings(fn.ID)
	c.id = binary.LittleEndian.Uint64(id[:])
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			if b.Ops[i].Kind == ir.Lock {
				c.locks = append(c.locks, b.Ops[i].Pos)
			}
		}
	}
	slices.SortFunc(c.locks, compareWhole)
	c.locks = slices.Compact(c.locks)
	return c
}

func compareWhole(a, b ir.Pos) int { return cmp.Or(comparePos(a, b), cmp.Compare(a.EndCol, b.EndCol)) }
