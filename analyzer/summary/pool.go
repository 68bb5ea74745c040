package summary

import (
	"math/bits"
	"sync"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/internal/slab"
)

// A pool has what states and calls are made of, to be used again: most states live for a
// block, and a function has thousands of them. One function has it at a time, and no state
// outlives it.
type pool struct {
	states []*state // that are free, as those that follow are
	cells  []cells
	facts  [][]Fact
	memos  []map[*ir.Expr]*ir.Expr
	// Where all of them are.
	allStates *slab.Slab[state]
	allCells  *slab.Slab[cell]
	allFacts  *slab.Slab[Fact]
	// What belongs to one function, and is empty for the next one.
	rec     *recorder
	callees map[*ir.Op]*Summary // by calls by name: see exec.callee
	// writes counts what may have changed the facts of a slice that some have seen.
	writes int
}

var pools = sync.Pool{New: func() any {
	return &pool{
		rec: newRecorder(), callees: map[*ir.Op]*Summary{},
		allStates: slab.New[state](1<<7, 1<<13), allCells: slab.New[cell](1<<10, 1<<17), allFacts: slab.New[Fact](1<<10, 1<<17),
	}
}}

func newPool() *pool { return pools.Get().(*pool) }

// done gives the pool back: nothing that it has given is used any more.
func (p *pool) done() {
	p.states, p.cells, p.facts = cleared(p.states), cleared(p.cells), cleared(p.facts)
	p.allStates.Reset()
	p.allCells.Reset()
	p.allFacts.Reset()
	p.rec.reset()
	p.callees = emptied(p.callees)
	pools.Put(p)
}

// room is what a slice may grow by before it moves.
const room = 8

// newCells returns empty cells with room for more than n.
func (p *pool) newCells(n int) cells { return take(&p.cells, p.allCells, n) }

// newFacts returns an empty slice with room for more than n.
func (p *pool) newFacts(n int) []Fact { return take(&p.facts, p.allFacts, n) }

// take is the last of free, if that has room for more than n, else another one.
func take[S ~[]T, T any](free *[]S, all *slab.Slab[T], n int) S {
	if i := len(*free) - 1; i >= 0 {
		s := (*free)[i]
		*free = (*free)[:i]
		if cap(s) > n {
			return s
		}
	}
	return all.Make(n + room)
}

func (p *pool) freeFacts(f []Fact) {
	p.writes++
	p.facts = append(p.facts, f[:0])
}

// newState returns a state of which everything has to be set.
func (p *pool) newState() *state {
	if i := len(p.states) - 1; i >= 0 {
		st := p.states[i]
		p.states = p.states[:i]
		return st
	}
	return &p.allStates.Make(1)[:1][0]
}

// free takes a state that nobody looks at any more, and what belongs to it alone.
func (p *pool) free(st *state) {
	if st.owned {
		p.cells = append(p.cells, st.env[:0])
	}
	if st.tail {
		p.freeFacts(st.facts)
	}
	p.states = append(p.states, st)
}

func (p *pool) newMemo() map[*ir.Expr]*ir.Expr {
	if i := len(p.memos) - 1; i >= 0 {
		m := p.memos[i]
		p.memos = p.memos[:i]
		return m
	}
	return map[*ir.Expr]*ir.Expr{}
}

// maxPooled bounds the entries of a map that is kept: to clear one takes as long as it is
// large.
const maxPooled = 512

func (p *pool) freeMemo(m map[*ir.Expr]*ir.Expr) {
	if m != nil && len(m) <= maxPooled {
		clear(m)
		p.memos = append(p.memos, m)
	}
}

// emptied is m without its entries, or another map.
func emptied[K comparable, V any](m map[K]V) map[K]V {
	if len(m) > maxPooled {
		return map[K]V{}
	}
	clear(m)
	return m
}

// cleared is s without its elements.
func cleared[T any](s []T) []T {
	clear(s)
	return s[:0]
}

// tables has the tables of arenas that are done with, by the power of two that is their
// length.
var tables [32]sync.Pool

// newTable returns an empty table for 1<<n expressions.
func newTable(n int) []interned {
	if t, ok := tables[n].Get().(*[]interned); ok {
		return *t
	}
	return make([]interned, 1<<n)
}

func freeTable(t []interned) {
	clear(t)
	tables[bits.Len(uint(len(t)))-1].Put(&t)
}
