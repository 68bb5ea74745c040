package summary

import (
	"cmp"
	"slices"

	"github.com/lockorder/lockorder/rules"
)

// What a function releases and only itself can name may be the lock of its caller, or one
// that it takes again: callers know the classes (Summary.Drops), and a function doubts what
// it takes of such a class behind the place. That follows from the flow of control, not from
// states: it matters that a path comes from there, not what is known on it.

// A drop is an operation of the function that may release such locks.
type drop struct {
	block, op int
	dropped
}

// dropped are the classes of what some place may release.
type dropped struct {
	own []rules.Class
	sum *Summary // a callee, whose Drops come in addition; nil: none
	not []string // but for the classes of these names
}

func (d *dropped) each(fn func(c rules.Class)) {
	for _, c := range d.own {
		fn(c)
	}
	if d.sum == nil {
		return
	}
	for _, c := range d.sum.Drops {
		if !slices.Contains(d.not, c.Name()) {
			fn(c)
		}
	}
}

// drop notes that the present operation releases a lock of the class, it cannot be said
// of which object. Nothing is said of a class of which st holds a lock that fn has taken.
func (x *exec) drop(c rules.Class, st *state) {
	if slices.Contains(takenNames(st), c.Name()) {
		return
	}
	if d, c := x.dropAt(nil), c.Base(); !slices.Contains(d.own, c) {
		d.own = append(d.own, c)
	}
}

// dropLike notes that the present operation calls a function that may release such locks;
// nothing is said of a class of which fn has taken a lock on all ways to the operation.
func (x *exec) dropLike(sum *Summary, st *state) {
	taken, n := takenNames(st), len(x.drops)
	if d := x.dropAt(sum); len(x.drops) > n {
		d.not = taken
	} else {
		d.not = slices.DeleteFunc(d.not, func(name string) bool { return !slices.Contains(taken, name) })
	}
}

// dropAt is what is noted of the present operation and a callee.
func (x *exec) dropAt(sum *Summary) *drop {
	for i := len(x.drops) - 1; i >= 0; i-- {
		if d := &x.drops[i]; d.block == x.block && d.op == x.opIndex && d.sum == sum {
			return d
		}
	}
	x.drops = append(x.drops, drop{x.block, x.opIndex, dropped{sum: sum}})
	return &x.drops[len(x.drops)-1]
}

// takenNames are the names of the classes of the locks in st that fn has taken.
func takenNames(st *state) (out []string) {
	for _, h := range st.held {
		if !h.Entry {
			for _, c := range h.Classes {
				out = append(out, c.Name())
			}
		}
	}
	return out
}

// A dropFlow says where fn comes to from its drops.
type dropFlow struct {
	before [][]int32         // by block: the drops that lead to its entry
	names  []map[string]bool // by block: of the classes of those; nil: nobody has asked
}

// flowDrops finds where the drops lead to.
func (x *exec) flowDrops() {
	n := len(x.fn.Blocks)
	x.flows.before, x.flows.names = make([][]int32, n), make([]map[string]bool, n)
	for i, d := range x.drops {
		seen := make([]bool, n)
		for todo := slices.Clone(x.fn.Blocks[d.block].Succs); len(todo) > 0; {
			b := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if !seen[b] {
				seen[b] = true
				x.flows.before[b] = append(x.flows.before[b], int32(i))
				todo = append(todo, x.fn.Blocks[b].Succs...)
			}
		}
	}
}

// droppedBefore reports whether a lock of the class may be released on a way to the present
// operation.
func (x *exec) droppedBefore(c rules.Class) bool {
	name := c.Name()
	names := x.flows.names[x.block]
	if names == nil {
		names = map[string]bool{}
		for _, i := range x.flows.before[x.block] {
			x.drops[i].each(func(c rules.Class) { names[c.Name()] = true })
		}
		x.flows.names[x.block] = names
	}
	if names[name] {
		return true
	}
	found := false
	for i := range x.drops {
		if d := &x.drops[i]; d.block == x.block && d.op < x.opIndex {
			d.each(func(c rules.Class) { found = found || c.Name() == name })
		}
	}
	return found
}

// again reports whether e may take a lock that the caller of the function held and
// that is not held any more.
func (x *exec) again(e *Event, st *state) bool {
	return e.Kind == Acquire && (slices.ContainsFunc(e.Classes, x.droppedBefore) || sharesClass(st.gone, e.Classes))
}

// dropsTold says which drops callers have to know of: those that lead to a return, and what
// callbacks release, wherever they are called.
func (x *exec) dropsTold(s *Summary) {
	told := make([]bool, len(x.drops))
	for _, r := range x.rec.exits {
		for _, i := range x.flows.before[r.blk.Index] {
			told[i] = true
		}
		for i := range x.drops {
			told[i] = told[i] || x.drops[i].block == r.blk.Index
		}
	}
	add := func(c rules.Class) {
		if c = c.Base(); !slices.Contains(s.Drops, c) {
			s.Drops = append(s.Drops, c)
		}
	}
	for i, yes := range told {
		if yes {
			x.drops[i].each(add)
		}
	}
	for i := range x.rec.dropped {
		x.rec.dropped[i].each(add)
	}
	slices.SortFunc(s.Drops, func(a, b rules.Class) int { return cmp.Compare(a.Name(), b.Name()) })
}
