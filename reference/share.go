package reference

import "github.com/lockorder/lockorder/reference/lock"

// SharePMD points the slot of addr to the page table of another mapping of
// the file, if there is one with the same range and protection. Of the table
// it finds, nothing is known but that it cannot go while the caller holds
// IMmapRwsem; that it is not unshared again before its use is for the
// scheme's lock, asserted by guard. The inner half of huge_pmd_share.
func (m *Machine) SharePMD(t *lock.Task, vma *VMA, addr int, guard *lock.RWMutex) {
	guard.AssertHeld(t)
	if !vma.Shareable(addr) || vma.slot(addr).Load() != nil {
		return
	}
	table := m.findShared(t, vma, addr-addr%PUDSpan)
	if table == nil {
		return
	}
	vma.MM.PageTableLock.Lock(t)
	if !vma.slot(addr).CompareAndSwap(nil, table) {
		table.refs.Add(-1)
	}
	vma.MM.PageTableLock.Unlock(t)
}

// findShared returns a page table that maps the same part of the file as
// vma does at base, with a reference. page_table_shareable.
func (m *Machine) findShared(t *lock.Task, vma *VMA, base int) *PMDTable {
	index := vma.Index(base)
	for _, other := range vma.Mapping().mappingsOf(t, index) {
		addr, _ := other.Address(index)
		if other == vma || addr%PUDSpan != 0 || !other.Shareable(addr) ||
			other.protection(addr) != vma.protection(base) {
			continue
		}
		if table := other.slot(addr).Load(); table != nil {
			t.Point("share:seen")
			table.refs.Add(1)
			return table
		}
	}
	return nil
}

// AllocPMD returns the place of the entry for addr, in a new page table if
// the slot is empty. huge_pte_alloc.
func (m *Machine) AllocPMD(t *lock.Task, vma *VMA, addr int) (PTE, error) {
	slot := vma.slot(addr)
	for {
		if table := slot.Load(); table != nil {
			return vma.pte(addr, table), nil
		}
		fresh := m.Tables.alloc(t)
		if fresh == nil {
			return PTE{}, ErrNoMemory
		}
		vma.MM.PageTableLock.Lock(t)
		used := slot.CompareAndSwap(nil, fresh)
		vma.MM.PageTableLock.Unlock(t)
		if !used {
			m.Tables.release(t, fresh)
		}
	}
}

// unshare takes the page table of p away from its address space if others
// use it too, and reports whether it did. The caller holds the table's lock,
// and guard, the scheme's lock against unsharing, for writing. huge_pmd_unshare.
func (p PTE) unshare(t *lock.Task, guard *lock.RWMutex) bool {
	p.table.Ptl.AssertHeld(t)
	if !p.shared() {
		return false
	}
	guard.AssertWriteHeld(t)
	p.VMA.slot(p.Addr).Store(nil)
	p.table.refs.Add(-1)
	return true
}

// FreeTables frees the page tables of an unmapped range that no other mapping
// of the address space uses. The caller holds MmapLock for writing, and
// nobody else can find the mapping. hugetlb_free_pgd_range.
func (m *Machine) FreeTables(t *lock.Task, vma *VMA) {
	mm := vma.MM
	mm.MmapLock.AssertWriteHeld(t)
	for base := vma.Start - vma.Start%PUDSpan; base < vma.End; base += PUDSpan {
		if mm.uses(base) {
			continue
		}
		mm.PageTableLock.Lock(t)
		table := vma.slot(base).Swap(nil)
		mm.PageTableLock.Unlock(t)
		if table == nil {
			continue
		}
		if n := table.refs.Add(-1); n == 0 {
			m.checkEmpty(t, table)
			m.Tables.release(t, table)
		} else {
			m.violate("I2", "a page table is freed that %d others use", n)
		}
	}
}

// uses reports whether a mapping overlaps the page table's range at base.
func (mm *MM) uses(base int) bool {
	for _, vma := range mm.vmas {
		if vma.Start < base+PUDSpan && base < vma.End {
			return true
		}
	}
	return false
}

// checkEmpty records entries that are left in a table that is to be freed.
func (m *Machine) checkEmpty(t *lock.Task, table *PMDTable) {
	table.Ptl.Lock(t)
	defer table.Ptl.Unlock(t)
	for i, e := range table.entries {
		if e.kind != none {
			m.violate("I2", "a page table is freed with entry %d in use", i)
			table.entries[i] = pte{}
		}
	}
}
