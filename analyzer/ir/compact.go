package ir

import "slices"

// Compact makes f small without changing what it does: jumps to jumps are
// threaded, blocks that nothing leads to go, and equal expressions are one.
// Front ends call it when a function is complete; a program is mostly this.
func (f *Func) Compact() {
	f.thread()
	f.prune()
	p := pool{}
	for _, b := range f.Blocks {
		b.Ops = slices.Clone(b.Ops) // to the size that it has come to
		for i := range b.Ops {
			op := &b.Ops[i]
			op.Addr, op.Val = p.expr(op.Addr), p.expr(op.Val)
			op.Lock, op.Sub, op.Callee.Ptr = p.expr(op.Lock), p.expr(op.Sub), p.expr(op.Callee.Ptr)
			for j, a := range op.Args {
				op.Args[j] = p.expr(a)
			}
		}
		b.Cond, b.Ret = p.expr(b.Cond), p.expr(b.Ret)
	}
}

// thread leads each edge to the first block that does something.
func (f *Func) thread() {
	final := func(b int) int {
		for range len(f.Blocks) { // an empty loop has no such block
			n := f.Blocks[b]
			if len(n.Ops) > 0 || len(n.Succs) != 1 || n.Succs[0] == b {
				return b
			}
			b = n.Succs[0]
		}
		return b
	}
	for _, b := range f.Blocks {
		for i, s := range b.Succs {
			b.Succs[i] = final(s)
		}
	}
}

// prune drops the blocks that cannot be reached from the entry, and numbers
// the others anew, in the order in which they stand.
func (f *Func) prune() {
	number := make([]int, len(f.Blocks))
	work := []int{0}
	number[0] = 1
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range f.Blocks[b].Succs {
			if number[s] == 0 {
				number[s] = 1
				work = append(work, s)
			}
		}
	}
	n := 0
	for i := range number {
		if number[i] != 0 {
			number[i] = n
			n++
		} else {
			number[i] = -1
		}
	}
	flat := make([]Block, n) // side by side
	blocks := make([]*Block, n)
	for i, b := range f.Blocks {
		if number[i] < 0 {
			continue
		}
		to := &flat[number[i]]
		*to = *b
		to.Index = number[i]
		for j, s := range b.Succs {
			to.Succs[j] = number[s]
		}
		blocks[number[i]] = to
	}
	f.Blocks = blocks
}

// A pool holds one of each of the expressions of a function.
type pool map[exprKey]*Expr

type exprKey struct {
	op          ExprOp
	name, owner string
	n           int64
	x, y        *Expr
}

func (p pool) expr(e *Expr) *Expr {
	if e == nil {
		return nil
	}
	k := exprKey{e.Op, e.Name, e.Owner, e.Int, p.expr(e.X), p.expr(e.Y)}
	if known := p[k]; known != nil {
		return known
	}
	e.X, e.Y = k.x, k.y
	p[k] = e
	return e
}
