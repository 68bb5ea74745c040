package reference

import (
	"sync/atomic"

	"github.com/lockorder/lockorder/reference/lock"
)

// A PMDTable is a page table whose entries map huge pages. Several MMs may
// share one.
type PMDTable struct {
	// Ptl guards the entries, and the clearing of the slots that point to
	// the table.
	Ptl lock.Mutex

	entries [PUDSpan]pte
	// refs counts the slots that point to the table.
	refs atomic.Int32
	// gen counts the lives of the table: its memory is reused, lock and all.
	gen  atomic.Uint32
	dead atomic.Bool
}

// A pteKind says what an entry is.
type pteKind uint8

const (
	none      pteKind = iota
	present           // maps page
	migration         // page is being moved; it is not mapped
	poisoned          // page failed; it is not mapped
)

// A pte is a page table entry.
type pte struct {
	kind  pteKind
	write bool
	page  *Page
}

// A TablePool is the memory that page tables come from.
type TablePool struct {
	Lock lock.Mutex

	free []*PMDTable
	made int
	max  int // 0 for no limit
}

func (p *TablePool) init(max int) {
	p.Lock.Init(ClassTablePoolLock)
	p.max = max
}

// alloc returns an empty table with one reference, or nil. pmd_alloc_one.
func (p *TablePool) alloc(t *lock.Task) *PMDTable {
	p.Lock.Lock(t)
	defer p.Lock.Unlock(t)
	var table *PMDTable
	switch n := len(p.free); {
	case n > 0:
		table = p.free[n-1]
		p.free = p.free[:n-1]
	case p.max > 0 && p.made == p.max:
		return nil
	default:
		table = new(PMDTable)
		table.Ptl.Init(ClassPtl)
		p.made++
	}
	table.gen.Add(1)
	table.refs.Store(1)
	table.dead.Store(false)
	return table
}

// release takes back a table to which no slot points. pmd_free.
func (p *TablePool) release(t *lock.Task, table *PMDTable) {
	p.Lock.Lock(t)
	defer p.Lock.Unlock(t)
	table.dead.Store(true)
	table.gen.Add(1)
	p.free = append(p.free, table)
}

// A PTE is the place of an entry: what huge_pte_alloc and huge_pte_offset
// return as a pte_t *. It is good for as long as the table cannot be unshared,
// and for use under the lock that Lock takes.
type PTE struct {
	VMA   *VMA
	Addr  int
	table *PMDTable
	gen   uint32
}

func (v *VMA) slot(addr int) *atomic.Pointer[PMDTable] { return &v.MM.pgd[addr/PUDSpan] }

func (v *VMA) pte(addr int, table *PMDTable) PTE {
	return PTE{v, addr, table, table.gen.Load()}
}

// Offset returns the place of the entry for addr, and whether there is a
// table. huge_pte_offset.
func (v *VMA) Offset(addr int) (PTE, bool) {
	table := v.slot(addr).Load()
	if table == nil {
		return PTE{}, false
	}
	return v.pte(addr, table), true
}

// Lock acquires the lock of the table and returns it held. That the table is
// still the one of the address is the caller's business; that it is not is a
// use of a table after it was unshared, or freed, or reused. huge_pte_lock.
func (p PTE) Lock(t *lock.Task) *lock.Mutex {
	ptl := &p.table.Ptl
	ptl.Lock(t)
	p.check(t)
	return ptl
}

// LockNested is Lock inside the lock of another table. spin_lock_nested.
func (p PTE) LockNested(t *lock.Task) *lock.Mutex {
	ptl := &p.table.Ptl
	ptl.LockNested(t, 1)
	p.check(t)
	return ptl
}

// lockIfCurrent acquires the lock of the table, unless the address has come
// to use another, in which case it returns nil. It is for walks that hold
// IMmapRwsem, under which a table may be unshared but not freed.
// page_vma_mapped_walk.
func (p PTE) lockIfCurrent(t *lock.Task) *lock.Mutex {
	ptl := &p.table.Ptl
	ptl.Lock(t)
	if p.VMA.slot(p.Addr).Load() != p.table {
		ptl.Unlock(t)
		return nil
	}
	return ptl
}

// check records a use of a table that is not the address's any more.
func (p PTE) check(t *lock.Task) {
	m := p.VMA.MM.machine
	switch {
	case p.table.dead.Load():
		m.violate("I2", "%s uses a freed page table", t.Name)
	case p.table.gen.Load() != p.gen:
		m.violate("I2", "%s uses a page table that was freed and reused", t.Name)
	case p.VMA.slot(p.Addr).Load() != p.table:
		m.violate("I2", "%s uses a page table that was unshared", t.Name)
	}
}

// entry is the entry itself. The caller holds the table's lock.
func (p PTE) entry() *pte { return &p.table.entries[p.Addr%PUDSpan] }

// SameTable reports whether both places are in one table.
func (p PTE) SameTable(q PTE) bool { return p.table == q.table }

// shared reports whether other address spaces use the table. That is stable
// while guard, the scheme's lock against unsharing, is held for writing.
// page_count > 1.
func (p PTE) shared() bool { return p.table.refs.Load() > 1 }

// set fills an empty entry, which takes over the caller's reference.
// set_huge_pte_at, page_dup_rmap.
func (e *pte) set(p *Page, write bool) {
	p.mapcount.Add(1)
	*e = pte{present, write, p}
}
