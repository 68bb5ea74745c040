package summary

import "github.com/lockorder/lockorder/analyzer/ir"

// A shape is what the control flow of a function says by itself.
type shape struct {
	rpo    []int  // position of each block in reverse post order
	onLoop []bool // the block is on a loop
	// steers: the block ends in a branch that may decide about another round
	// of a loop. Branches of the others meet again in the same round.
	steers []bool
}

// newShape numbers the blocks of fn in reverse post order and finds those on
// loops.
func newShape(fn *ir.Func) *shape {
	n := len(fn.Blocks)
	s := &shape{rpo: make([]int, n), onLoop: make([]bool, n), steers: make([]bool, n)}
	var post []int
	color := make([]uint8, n)
	type frame struct{ b, next int }
	stack := []frame{{0, 0}}
	color[0] = 1
	for len(stack) > 0 {
		f := &stack[len(stack)-1]
		succs := fn.Blocks[f.b].Succs
		if f.next < len(succs) {
			s := succs[f.next]
			f.next++
			if color[s] == 0 {
				color[s] = 1
				stack = append(stack, frame{s, 0})
			}
			continue
		}
		post = append(post, f.b)
		stack = stack[:len(stack)-1]
	}
	for i := range s.rpo {
		s.rpo[i] = n // unreachable blocks come last and are never visited
	}
	for i, b := range post {
		s.rpo[b] = len(post) - 1 - i
	}
	// A block is on a loop if one edge that goes back, in reverse post order,
	// leads to it and from it: the natural loop of the edge, where it has one.
	preds := make([][]int, n)
	for b, blk := range fn.Blocks {
		for _, to := range blk.Succs {
			preds[to] = append(preds[to], b)
		}
	}
	var meet []int
	for b := range n {
		if color[b] == 0 {
			continue
		}
		for _, to := range fn.Blocks[b].Succs {
			if s.rpo[to] > s.rpo[b] {
				continue
			}
			if meet == nil {
				meet = meetings(fn)
			}
			body := loopBody(fn, preds, to, b)
			for o := range n {
				if !body[o] {
					continue
				}
				s.onLoop[o] = true
				if m := meet[o]; m < 0 || !body[m] || s.rpo[m] <= s.rpo[o] {
					s.steers[o] = true
				}
			}
		}
	}
	return s
}

// loopBody marks the blocks on the ways from head to tail that do not come
// through head again.
func loopBody(fn *ir.Func, preds [][]int, head, tail int) []bool {
	walk := func(from, stop int, next func(int) []int) []bool {
		seen := make([]bool, len(fn.Blocks))
		seen[from] = true
		if stop >= 0 {
			seen[stop] = true
		}
		for work := []int{from}; len(work) > 0; {
			b := work[len(work)-1]
			work = work[:len(work)-1]
			if b == stop {
				continue
			}
			for _, o := range next(b) {
				if !seen[o] {
					seen[o] = true
					work = append(work, o)
				}
			}
		}
		return seen
	}
	body := walk(tail, head, func(b int) []int { return preds[b] })
	forth := walk(head, -1, func(b int) []int { return fn.Blocks[b].Succs })
	for b := range body {
		body[b] = body[b] && forth[b]
	}
	return body
}

// meetings finds for each block where all ways from it meet again: its
// immediate postdominator, -1 if there is none. The algorithm is that of
// Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001), on
// the reversed graph, whose entry is a block behind all returns.
func meetings(fn *ir.Func) []int {
	n := len(fn.Blocks)
	preds := make([][]int, n+1)
	for b, blk := range fn.Blocks {
		for _, s := range blk.Succs {
			preds[s] = append(preds[s], b)
		}
		if len(blk.Succs) == 0 {
			preds[n] = append(preds[n], b)
		}
	}
	at := make([]int, n+1) // position in post order, 0: it comes to no return
	var order []int
	type frame struct{ b, next int }
	seen := make([]bool, n+1)
	seen[n] = true
	for stack := []frame{{b: n}}; len(stack) > 0; {
		f := &stack[len(stack)-1]
		if f.next < len(preds[f.b]) {
			p := preds[f.b][f.next]
			f.next++
			if !seen[p] {
				seen[p] = true
				stack = append(stack, frame{b: p})
			}
			continue
		}
		order = append(order, f.b)
		at[f.b] = len(order)
		stack = stack[:len(stack)-1]
	}
	up := make([]int, n+1)
	for i := range up {
		up[i] = -1
	}
	up[n] = n
	for changed := true; changed; {
		changed = false
		for i := len(order) - 2; i >= 0; i-- { // behind the returns' block
			b := order[i]
			m := -1
			if len(fn.Blocks[b].Succs) == 0 {
				m = n
			}
			for _, s := range fn.Blocks[b].Succs {
				switch {
				case up[s] < 0:
				case m < 0:
					m = s
				default:
					for m != s { // where the two chains meet
						for at[m] < at[s] {
							m = up[m]
						}
						for at[s] < at[m] {
							s = up[s]
						}
					}
				}
			}
			if m != up[b] {
				up[b], changed = m, true
			}
		}
	}
	for b := range n {
		if up[b] == n {
			up[b] = -1
		}
	}
	return up[:n]
}
