package reference

import "github.com/lockorder/lockorder/reference/lock"

// Zap unmaps the addresses [start, end) of a mapping. A page table that
// others share is let go as a whole; its entries stay theirs. The caller
// holds IMmapRwsem for writing, and guard, the scheme's lock against
// unsharing, for writing if the range can be shared.
// __unmap_hugepage_range.
func (m *Machine) Zap(t *lock.Task, vma *VMA, start, end int, guard *lock.RWMutex) {
	vma.Mapping().IMmapRwsem.AssertWriteHeld(t)
	for addr := start; addr < end; addr++ {
		p, ok := vma.Offset(addr)
		if !ok {
			continue
		}
		ptl := p.lockIfCurrent(t)
		if ptl == nil || p.unshare(t, guard) {
			if ptl != nil {
				ptl.Unlock(t)
			}
			continue
		}
		page := p.clear()
		ptl.Unlock(t)
		if page != nil {
			m.PutPage(t, page)
		}
	}
}

// clear empties an entry and returns the page that it mapped, whose reference
// passes to the caller, or nil. The caller holds the table's lock.
func (p PTE) clear() *Page {
	e := p.entry()
	page := e.page
	kind := e.kind
	*e = pte{}
	if kind != present {
		return nil
	}
	page.mapcount.Add(-1)
	return page
}

// ZapFile unmaps the indexes [start, end) of a file from every mapping. The
// caller holds IMmapRwsem and guard as for Zap. hugetlb_vmdelete_list.
func (m *Machine) ZapFile(t *lock.Task, as *AddressSpace, start, end int, guard *lock.RWMutex) {
	as.IMmapRwsem.AssertWriteHeld(t)
	for _, vma := range as.vmas {
		from := max(vma.Start, vma.Start+start-vma.Pgoff)
		to := min(vma.End, vma.Start+end-vma.Pgoff)
		if from < to {
			m.Zap(t, vma, from, to, guard)
		}
	}
}

// RobChildren unmaps the page at addr from the other private mappings of the
// file, so that the owner of the reservation need not copy it. The caller
// holds IMmapRwsem for writing. Page tables of private mappings are never
// shared. unmap_ref_private.
func (m *Machine) RobChildren(t *lock.Task, owner *VMA, addr int) {
	as := owner.Mapping()
	as.IMmapRwsem.AssertWriteHeld(t)
	index := owner.Index(addr)
	for _, vma := range as.mappingsOf(t, index) {
		if vma == owner || vma.Shared || vma.Resv != nil {
			continue
		}
		vma.robbed.Store(true)
		at, _ := vma.Address(index)
		m.Zap(t, vma, at, at+1, &as.IMmapRwsem)
	}
}

// Protect changes the protection of [start, end) of a mapping. A shared page
// table is let go, for the others' protection is as it was. The caller holds
// MmapLock, IMmapRwsem and guard for writing, the last if the range can be
// shared. hugetlb_change_protection.
func (m *Machine) Protect(t *lock.Task, vma *VMA, start, end int, writable bool, guard *lock.RWMutex) {
	vma.protect(t, start, end, writable)
	for addr := start; addr < end; addr++ {
		p, ok := vma.Offset(addr)
		if !ok {
			continue
		}
		ptl := p.lockIfCurrent(t)
		if ptl == nil {
			continue
		}
		if !p.unshare(t, guard) && !writable {
			p.entry().write = false // adding it is left to a fault
		}
		ptl.Unlock(t)
	}
}
