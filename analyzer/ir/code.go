package ir

import (
	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/rules"
)

// A Writer writes functions, and what they consist of, one after the other, so that equal
// values are equal bytes: what has been written before is a number from then on. Nothing in
// the bytes depends on the run but what the rules say. Reader is the inverse.
type Writer struct {
	cache.Encoder
	Rules *rules.Set
	// Line is where the function that is written begins: places count from there, so
	// that a function that is moved as a whole stays what it is.
	Line int32
	// Table numbers the strings of several texts; nil: they are written where they come
	// first.
	Table *Table
	// Sized: the expressions are those of summaries, which know their size.
	Sized bool
	// Fail is set when something has no form.
	Fail bool

	strings map[string]int
	exprs   map[*Expr]int
	prims   map[*rules.Primitive]int
	seqs    []*Expr // by their numbers within an arena, those that have one there
	numbers []int   // of these
	count   int     // of expressions
}

// Init makes a Writer ready, or ready again.
func (w *Writer) Init(rs *rules.Set) {
	if w.strings == nil {
		w.strings, w.exprs, w.prims = map[string]int{}, map[*Expr]int{}, map[*rules.Primitive]int{}
	}
	w.Reset()
	clear(w.strings)
	clear(w.exprs)
	clear(w.prims)
	clear(w.seqs)
	w.Rules, w.Line, w.Table, w.Sized, w.Fail = rs, 0, nil, false, false
	w.seqs, w.numbers, w.count = w.seqs[:0], w.numbers[:0], 0
}

// A Table numbers strings.
type Table struct {
	List  []string
	index map[string]int // nil: nobody has asked; who only reads does not
}

// NewTable returns the table of a list.
func NewTable(list []string) Table { return Table{List: list} }

// Number is the number of a string, which gets one if it has none.
func (t *Table) Number(s string) int {
	if t.index == nil {
		t.index = make(map[string]int, len(t.List))
		for i, s := range t.List {
			t.index[s] = i
		}
	}
	n, ok := t.index[s]
	if !ok {
		n = len(t.List)
		t.List = append(t.List, s)
		t.index[s] = n
	}
	return n
}

// Numbered writes the number of v, or has it written and numbered; zero values are
// a number of their own.
func Numbered[T comparable](w *Writer, known map[T]int, v T, write func()) {
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

// Str writes a string.
func (w *Writer) Str(s string) {
	if w.Table != nil {
		w.Uint(uint64(w.Table.Number(s)))
		return
	}
	Numbered(w, w.strings, s, func() { w.String(s) })
}

// Pos writes a place in the function.
func (w *Writer) Pos(p Pos) {
	w.Int(LineFrom(w.Line, p.Line))
	w.Int(int64(p.Col))
	w.Int(int64(p.EndCol))
}

// LineFrom says how far a line is from another one, beginning with 1; 0 is no line.
func LineFrom(base, line int32) int64 {
	n := int64(line) - int64(base)
	switch {
	case line == 0:
		return 0
	case n >= 0:
		return n + 1
	}
	return n
}

// lineAt is the inverse of LineFrom.
func lineAt(base, n int32) int32 {
	switch {
	case n == 0:
		return 0
	case n > 0:
		return base + n - 1
	}
	return base + n
}

// Expr writes an expression or nil.
func (w *Writer) Expr(e *Expr) {
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
	w.Fail = w.Fail || !w.Sized && e.Size != 0
	w.Uint(1)
	w.Uint(uint64(e.Op))
	w.Str(e.Name)
	w.Str(e.Owner)
	w.Int(e.Int)
	w.Expr(e.X)
	w.Expr(e.Y)
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

// Prim writes a primitive or nil.
func (w *Writer) Prim(p *rules.Primitive) {
	Numbered(w, w.prims, p, func() {
		at, ok := w.Rules.Locate(p)
		w.Fail = w.Fail || !ok
		w.Str(at.Name)
		w.Uint(uint64(at.Kind))
		w.Uint(uint64(at.Also))
		w.Uint(uint64(at.Effect))
		w.Uint(uint64(at.Mode))
		w.Bool(at.Try)
	})
}

// WriteList writes a list; none and an empty one stay apart.
func WriteList[T any](w *Writer, list []T, each func(T)) {
	if list == nil {
		w.Uint(0)
		return
	}
	w.Uint(uint64(len(list)) + 1)
	for _, v := range list {
		each(v)
	}
}

func (w *Writer) op(o *Op) {
	w.Uint(uint64(o.Kind))
	w.Pos(o.Pos)
	w.Expr(o.Addr)
	w.Expr(o.Val)
	w.Int(int64(o.Dst))
	WriteList(w, o.Args, w.Expr)
	w.Str(o.Callee.Name)
	WriteList(w, o.Callee.Targets, w.Str)
	w.Expr(o.Callee.Ptr)
	w.Str(o.Callee.Owner)
	w.Str(o.Callee.Field)
	w.Prim(o.Prim)
	w.Expr(o.Lock)
	w.Expr(o.Sub)
}

// Func writes a function, but for the line where it begins.
func (w *Writer) Func(f *Func) {
	w.Line = f.Pos.Line
	w.Str(f.Name)
	w.Str(f.File)
	named := f.ID == f.File+":"+f.Name
	w.Bool(named)
	if !named {
		w.Str(f.ID)
	}
	w.Pos(f.Pos)
	for _, b := range []bool{f.Static, f.Wraps, f.ErrResult, f.Synthetic} {
		w.Bool(b)
	}
	w.Uint(uint64(f.Incomplete))
	w.Uint(uint64(f.Bound))
	WriteList(w, f.Params, func(p Parameter) { w.Str(p.Name); w.Str(p.Type) })
	WriteList(w, f.Locals, w.Str)
	WriteList(w, f.Contracts, func(o Op) { w.op(&o) })
	WriteList(w, f.Blocks, func(b *Block) {
		WriteList(w, b.Ops, func(o Op) { w.op(&o) })
		w.Expr(b.Cond)
		WriteList(w, b.Succs, func(n int) { w.Uint(uint64(n)) })
		w.Expr(b.Ret)
		w.Pos(b.Pos)
	})
}

// A Reader reads what a Writer has written, whatever it is given.
type Reader struct {
	*cache.Decoder
	Rules *rules.Set
	Line  int32
	Table []string // of the Writer's Table; nil if it had none
	// Sized is the Writer's.
	Sized bool

	strings []string
	exprs   []*Expr
	prims   []*rules.Primitive
	depth   int
}

// NumberedOf is the inverse of Numbered.
func NumberedOf[T any](r *Reader, known *[]T, read func() T) T {
	var none T
	n := r.Below(len(*known) + 2)
	switch {
	case n == 0 || r.Err() != nil:
		return none
	case n > 1:
		return (*known)[n-2]
	}
	v := read()
	*known = append(*known, v)
	return v
}

// Str reads a string.
func (r *Reader) Str() string {
	if r.Table == nil {
		return NumberedOf(r, &r.strings, r.String)
	}
	n := r.Below(len(r.Table))
	if r.Err() != nil {
		return ""
	}
	return r.Table[n]
}

// Pos reads a place in the function.
func (r *Reader) Pos() Pos {
	return Pos{Line: lineAt(r.Line, r.Int32()), Col: r.Int32(), EndCol: r.Int32()}
}

// MaxSize bounds the nodes of the expressions of summaries.
const MaxSize = 48

// maxDepth bounds the nesting of other expressions.
const maxDepth = 100_000

// Expr reads an expression or nil.
func (r *Reader) Expr() *Expr {
	if r.depth > maxDepth || r.Sized && r.depth > MaxSize {
		r.Fail()
	}
	r.depth++
	defer func() { r.depth-- }()
	return NumberedOf(r, &r.exprs, func() *Expr {
		e := &Expr{Op: ExprOp(r.Below(int(Ret) + 1)), Name: r.Str(), Owner: r.Str(), Int: r.Int()}
		e.X, e.Y = r.Expr(), r.Expr()
		if !e.wellFormed() {
			r.Fail()
		}
		if r.Sized {
			r.size(e)
		}
		return e
	})
}

// size gives e what an arena would.
func (r *Reader) size(e *Expr) {
	size := 1
	e.Has = 1 << e.Op
	for _, z := range [2]*Expr{e.X, e.Y} {
		if z != nil {
			size += int(z.Size)
			e.Has |= z.Has
		}
	}
	if size > MaxSize {
		r.Fail()
	}
	e.Size, e.Seq = uint16(size), int32(len(r.exprs))
}

// wellFormed reports whether e has the operands that its kind has, and a number that can be.
func (e *Expr) wellFormed() bool {
	switch e.Op {
	case Index, Binary:
		return e.X != nil && e.Y != nil
	case Field, Load, Unary, App:
		return e.X != nil
	case Out:
		return e.Y != nil
	case Param, Local, Tmp:
		return e.Int >= 0
	}
	return true
}

// Prim reads a primitive or nil.
func (r *Reader) Prim() *rules.Primitive {
	return NumberedOf(r, &r.prims, func() *rules.Primitive {
		at := rules.Place{
			Name: r.Str(), Kind: rules.PlaceKind(r.Below(rules.PlaceKinds)), Also: r.Below(1 << 16),
			Effect: rules.Effect(r.Below(int(rules.Put) + 1)), Mode: r.Mode(), Try: r.Bool(),
		}
		p := r.Rules.At(at)
		if p == nil {
			r.Fail()
		}
		return p
	})
}

// Mode reads a mode, written by Uint.
func (r *Reader) Mode() rules.Mode { return rules.Mode(r.Below(int(rules.RecursiveShared) + 1)) }

// ReadList is the inverse of WriteList.
func ReadList[T any](r *Reader, each func() T) []T {
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

func (r *Reader) op() Op {
	o := Op{Kind: OpKind(r.Below(int(Nop) + 1)), Pos: r.Pos(), Addr: r.Expr(), Val: r.Expr(), Dst: int(r.Int32()), Args: ReadList(r, r.Expr)}
	o.Callee = Callee{Name: r.Str(), Targets: ReadList(r, r.Str), Ptr: r.Expr(), Owner: r.Str(), Field: r.Str()}
	o.Prim, o.Lock, o.Sub = r.Prim(), r.Expr(), r.Expr()
	if o.Kind == Lock && o.Prim == nil || o.Kind == Store && (o.Addr == nil || o.Val == nil) || o.Kind == Forget && o.Addr == nil {
		r.Fail()
	}
	return o
}

// maxParts bounds numbers that are counts of parts of a function.
const maxParts = 1 << 20

// Func reads a function that begins at Line.
func (r *Reader) Func() *Func {
	f := &Func{Name: r.Str(), File: r.Str()}
	f.ID = f.File + ":" + f.Name
	if !r.Bool() {
		f.ID = r.Str()
	}
	f.Pos, f.Static, f.Wraps, f.ErrResult, f.Synthetic = r.Pos(), r.Bool(), r.Bool(), r.Bool(), r.Bool()
	f.Incomplete, f.Bound = r.Below(maxParts), r.Below(maxParts)
	f.Params = ReadList(r, func() Parameter { return Parameter{Name: r.Str(), Type: r.Str()} })
	f.Locals = ReadList(r, r.Str)
	f.Contracts = ReadList(r, r.op)
	f.Blocks = ReadList(r, func() *Block {
		return &Block{Ops: ReadList(r, r.op), Cond: r.Expr(), Succs: ReadList(r, func() int { return r.Below(maxParts) }), Ret: r.Expr(), Pos: r.Pos()}
	})
	for i, b := range f.Blocks {
		b.Index = i
		want := 1
		if b.Cond != nil {
			want = 2
		}
		if len(b.Succs) > want || b.Cond != nil && len(b.Succs) != 2 {
			r.Fail()
		}
		for _, s := range b.Succs {
			if s >= len(f.Blocks) {
				r.Fail()
			}
		}
	}
	if len(f.Blocks) == 0 {
		r.Fail()
	}
	return f
}
