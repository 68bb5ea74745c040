package ir

import "slices"

// Moved returns f as it is where its text begins so many lines further down. The
// expressions are shared.
func (f *Func) Moved(lines int) *Func {
	n := int32(lines)
	move := func(p Pos) Pos {
		if p.Line != 0 {
			p.Line += n
		}
		return p
	}
	ops := func(from []Op) []Op {
		to := slices.Clone(from)
		for i := range to {
			to[i].Pos = move(to[i].Pos)
		}
		return to
	}
	to := *f
	to.Pos = move(f.Pos)
	to.Contracts = ops(f.Contracts)
	flat := make([]Block, len(f.Blocks))
	to.Blocks = make([]*Block, len(f.Blocks))
	for i, b := range f.Blocks {
		flat[i] = *b
		flat[i].Pos = move(b.Pos)
		flat[i].Ops = ops(b.Ops)
		to.Blocks[i] = &flat[i]
	}
	return &to
}
