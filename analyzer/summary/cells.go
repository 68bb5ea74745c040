package summary

import (
	"slices"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// cells are the memory cells of which a state knows what they hold, sorted
// by the address's number in the arena. States share them; who writes to
// cells that it does not own copies them first.
type cells []cell

// A cell holds val at addr. A nil val stands for what a load of addr gives.
type cell struct{ addr, val *ir.Expr }

// index returns where the cell at addr is, or would be.
func (c cells) index(addr *ir.Expr) (int, bool) {
	lo, hi := 0, len(c)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if c[mid].addr.Seq < addr.Seq {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(c) && c[lo].addr == addr
}

// get returns what the cell at addr is known to hold, nil for nothing.
func (c cells) get(addr *ir.Expr) *ir.Expr {
	if i, ok := c.index(addr); ok {
		return c[i].val
	}
	return nil
}

// set makes the cell at addr hold val, in cells that belong to st alone.
func (st *state) set(addr, val *ir.Expr) {
	i, ok := st.env.index(addr)
	if ok && st.env[i].val == val {
		return
	}
	if !st.owned {
		env := append(st.pool.newCells(len(st.env)), st.env[:i]...)
		if !ok {
			env = append(env, cell{})
		}
		st.env, st.owned = append(env, st.env[i:]...), true
	} else if !ok {
		st.env = slices.Insert(st.env, i, cell{})
	}
	st.env[i] = cell{addr, val}
}

// keep drops the cells for which pred does not hold.
func (st *state) keep(pred func(*cell) bool) {
	i := 0
	for i < len(st.env) && pred(&st.env[i]) {
		i++
	}
	if i == len(st.env) {
		return
	}
	env := st.env[:i]
	if !st.owned {
		env = append(st.pool.newCells(len(st.env)), env...)
	}
	for j := i + 1; j < len(st.env); j++ {
		if pred(&st.env[j]) {
			env = append(env, st.env[j])
		}
	}
	st.env, st.owned = env, true
}
