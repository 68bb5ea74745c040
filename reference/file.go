package reference

import "github.com/lockorder/lockorder/reference/lock"

// Fallocate gives the file pages for [start, end) and extends it to the end,
// or as far as pages go. hugetlbfs_fallocate, which on failure leaves pages
// beyond the file's end.
func (m *Machine) Fallocate(t *lock.Task, inode *Inode, start, end int) error {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	var err error
	index := start
	for ; index < end && err == nil; index++ {
		hash := m.FaultHash(&inode.Mapping, index)
		m.FaultMutexTable[hash].Lock(t)
		err = m.fillIndex(t, inode, index)
		m.FaultMutexTable[hash].Unlock(t)
	}
	if err != nil {
		index--
	}
	if index > start && index > inode.Size() {
		inode.SetSize(t, index)
	}
	return err
}

// fillIndex caches a fresh page unless there is one. The caller holds the
// fault mutex.
func (m *Machine) fillIndex(t *lock.Task, inode *Inode, index int) error {
	as := &inode.Mapping
	if as.cached(t, index) {
		return nil
	}
	page, err := m.allocHugePage(t, &inode.Subpool, &inode.Resv, index)
	if err != nil {
		return err
	}
	page.PGLocked.Lock(t)
	if err := as.add(t, page, index); err == nil {
		m.settle(t, &inode.Subpool, &inode.Resv, index)
		page.restoreReserve = false
		page.active.Store(true)
	}
	restore := page.restoreReserve
	page.PGLocked.Unlock(t)
	m.PutPage(t, page)
	if restore {
		inode.Resv.give(t, index)
	}
	return nil
}

// RemoveUnmapped takes the page of an index out of the file unless it is
// mapped, which is known only under the page's lock: a page on the move looks
// unmapped. It reports whether it removed a page, and whether it met a mapped
// one. The caller holds what keeps faults away, if any can come.
// remove_huge_page, remove_inode_single_folio.
func (m *Machine) RemoveUnmapped(t *lock.Task, as *AddressSpace, index int) (removed, mapped bool) {
	page := m.FindLock(t, as, index)
	if page == nil {
		return false, false
	}
	mapped = page.Mapped()
	if !mapped {
		removed = as.drop(t, page)
	}
	page.PGLocked.Unlock(t)
	m.PutPage(t, page)
	return removed, mapped
}

// RemovePage takes a page out of the file. The caller holds the page's lock
// and a reference, and has seen that the page is in the file and not mapped.
// remove_huge_page.
func (m *Machine) RemovePage(t *lock.Task, as *AddressSpace, page *Page) {
	if page.Mapped() {
		m.violate("I1", "page %d is removed from its file while mapped", page.id)
	}
	as.drop(t, page)
}

// MappedIndex reports whether the page of an index looks mapped. A page on the
// move does not. page_mapped.
func (m *Machine) MappedIndex(t *lock.Task, as *AddressSpace, index int) bool {
	page := as.FindGet(t, index)
	if page == nil {
		return false
	}
	mapped := page.Mapped()
	m.PutPage(t, page)
	return mapped
}

// RemoveBeyond takes the page of an index out of the file that nobody can map
// any more, for the index is beyond the file's end or the file has no users.
func (m *Machine) RemoveBeyond(t *lock.Task, as *AddressSpace, index int) {
	if _, mapped := m.RemoveUnmapped(t, as, index); mapped {
		m.violate("I1", "index %d is to be removed for good and is mapped", index)
	}
}

// Evict removes a file without users. Who pins the inode is waited for; who
// pins a page finds it without mapping. hugetlbfs_evict_inode.
func (m *Machine) Evict(t *lock.Task, inode *Inode) error {
	if err := inode.BeginEvict(t); err != nil {
		return err
	}
	as := &inode.Mapping
	for _, index := range as.Indexes(t, 0, int(^uint(0)>>1)) {
		m.RemoveBeyond(t, as, index)
	}
	m.EndEvict(t, inode)
	return nil
}
