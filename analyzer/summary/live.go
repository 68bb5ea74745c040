package summary

import "github.com/lockorder/lockorder/analyzer/ir"

// liveness says which locals and results of calls may still be read at the
// entry of each block. What nobody reads again is forgotten there: states
// stay small, and paths that differ in it alone are not told apart.
type liveness struct {
	locals int // the first locals bits are locals, then come the Tmps
	in     []bitset
	given  bitset // locals whose address is taken: always live
}

type bitset []uint64

func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) add(i int)      { b[i>>6] |= 1 << (i & 63) }

// newLiveness solves the usual backward equations over fn, whose blocks
// stand in reverse post order at rpo.
func newLiveness(fn *ir.Func, rpo []int) *liveness {
	l := &liveness{locals: len(fn.Locals)}
	size := l.locals
	for _, b := range fn.Blocks {
		for i := range b.Ops {
			size = max(size, l.locals+b.Ops[i].Dst+1)
		}
	}
	words := (size + 63) / 64
	n := len(fn.Blocks)
	flat := make(bitset, words*(2*n+1))
	cut := func() bitset {
		b := flat[:words:words]
		flat = flat[words:]
		return b
	}
	l.given = cut()
	l.in = make([]bitset, n)
	kills := make([]bitset, n)
	for _, b := range fn.Blocks { // uses before a definition, definitions
		use, kill := cut(), cut()
		read := func(i int) {
			if i < size && !kill.has(i) {
				use.add(i)
			}
		}
		for i := range b.Ops {
			op := &b.Ops[i]
			for _, a := range op.Args {
				l.reads(a, read)
			}
			l.reads(op.Val, read)
			l.reads(op.Lock, read)
			l.reads(op.Sub, read)
			l.reads(op.Callee.Ptr, read)
			if op.Kind == ir.Store && op.Addr.Op == ir.Local || op.Kind == ir.Forget && op.Addr.Op == ir.Local {
				kill.add(int(op.Addr.Int))
			} else if op.Addr != nil {
				l.place(op.Addr, read)
			}
			if op.Kind == ir.Call || op.Kind == ir.Lock {
				if op.Dst >= 0 {
					kill.add(l.locals + op.Dst)
				}
			}
		}
		l.reads(b.Cond, read)
		l.reads(b.Ret, read)
		l.in[b.Index], kills[b.Index] = use, kill
	}
	order := make([]int, n) // blocks, last first
	for b, p := range rpo {
		if p < n {
			order[n-1-p] = b + 1
		}
	}
	for changed := true; changed; {
		changed = false
		for _, b := range order {
			if b == 0 {
				continue // unreachable
			}
			in, kill := l.in[b-1], kills[b-1]
			for _, s := range fn.Blocks[b-1].Succs {
				for w, v := range l.in[s] {
					if v = v &^ kill[w] &^ in[w]; v != 0 {
						in[w] |= v
						changed = true
					}
				}
			}
		}
	}
	return l
}

// reads calls read for the cells that e reads, and notes the locals whose
// address it takes.
func (l *liveness) reads(e *ir.Expr, read func(int)) {
	for ; e != nil; e = e.X {
		switch e.Op {
		case ir.Tmp:
			read(l.locals + int(e.Int))
		case ir.Local:
			l.given.add(int(e.Int))
			return
		case ir.Load:
			l.place(e.X, read)
			return
		}
		l.reads(e.Y, read)
	}
}

// place looks at the address of a cell that is read, or written in part.
func (l *liveness) place(e *ir.Expr, read func(int)) {
	o := object(e)
	for m := e; m != o; m = m.X {
		l.reads(m.Y, read)
	}
	if o.Op == ir.Local {
		read(int(o.Int))
		return
	}
	l.reads(o, read)
}

// dead reports whether nothing from the entry of block b on reads the cell.
func (l *liveness) dead(b int, addr *ir.Expr) bool {
	switch o := object(addr); o.Op {
	case ir.Tmp:
		return !l.in[b].has(l.locals + int(o.Int))
	case ir.Local:
		i := int(o.Int)
		return !l.given.has(i) && !l.in[b].has(i)
	}
	return false
}
