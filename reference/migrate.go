package reference

import "github.com/lockorder/lockorder/reference/lock"

// Target returns a page to move another to, locked, or nil.
// alloc_huge_page_nodemask.
func (m *Machine) Target(t *lock.Task) *Page {
	page := m.H.borrow(t)
	page.data.Store(0)
	// A task may still be waiting for what the frame was before.
	if !page.PGLocked.TryLock(t) {
		m.PutPage(t, page)
		return nil
	}
	return page
}

// MoveFile moves a cached page to a target. Its entries are migration entries
// meanwhile; whatever becomes of the move, they map a page again at the end.
// The caller holds both pages' locks, a reference to each, IMmapRwsem and,
// for writing, guard, all to the end. The inner half of
// unmap_and_move_huge_page.
func (m *Machine) MoveFile(t *lock.Task, old, target *Page, guard *lock.RWMutex) error {
	as := old.Mapping()
	if as == nil {
		m.violate("I5", "page %d is to be moved and is in no file", old.id)
		return ErrBusy
	}
	m.unmapFile(t, old, as, migration, guard)
	t.Point("migrate:unmapped")
	if !m.replace(t, as, old, target) {
		m.remapFile(t, as, old, old)
		return ErrBusy
	}
	moveState(old, target)
	m.remapFile(t, as, old, target)
	return nil
}

// MoveAnon moves a page of a private mapping. The caller holds both pages'
// locks, a reference to each and the AnonVMA's lock.
func (m *Machine) MoveAnon(t *lock.Task, old, target *Page) error {
	av := old.anon.Load()
	m.unmapAnon(t, old, migration)
	t.Point("migrate:unmapped")
	if old.refs.Load() != 1 {
		m.remapAnon(t, av, old, old)
		return ErrBusy
	}
	target.anon.Store(av)
	target.index.Store(old.index.Load())
	old.anon.Store(nil)
	moveState(old, target)
	m.remapAnon(t, av, old, target)
	return nil
}

// moveState makes the target what the page was: charged to a file, part of
// the pool. move_hugetlb_state, migrate_page_copy.
func moveState(old, target *Page) {
	target.data.Store(old.data.Load())
	target.subpool, old.subpool = old.subpool, nil
	target.temporary, old.temporary = old.temporary, target.temporary
	old.active.Store(false)
	target.active.Store(true)
}

// PoisonFile unmaps a cached page for good. It stays in the cache, so that
// later faults meet the error. Locks as for MoveFile. The inner half of
// hwpoison_user_mappings.
func (m *Machine) PoisonFile(t *lock.Task, page *Page, guard *lock.RWMutex) {
	page.poisoned.Store(true)
	m.unmapFile(t, page, page.Mapping(), poisoned, guard)
}

// PoisonAnon unmaps a page of a private mapping for good. The caller holds
// the page's lock, a reference and the AnonVMA's lock.
func (m *Machine) PoisonAnon(t *lock.Task, page *Page) {
	page.poisoned.Store(true)
	m.unmapAnon(t, page, poisoned)
}

// MigrateAnon is MoveAnon under the AnonVMA's lock.
func (m *Machine) MigrateAnon(t *lock.Task, old, target *Page) error {
	av := old.Anon()
	av.Rwsem.RLock(t)
	defer av.Rwsem.RUnlock(t)
	return m.MoveAnon(t, old, target)
}

// FailAnon collects the users of a page of a private mapping and unmaps it
// for good. The caller holds the page's lock and a reference.
// collect_procs_anon, try_to_unmap.
func (m *Machine) FailAnon(t *lock.Task, page *Page) {
	av := page.Anon()
	av.Rwsem.RLock(t)
	m.CountAnon(t, page)
	m.PoisonAnon(t, page)
	av.Rwsem.RUnlock(t)
}

// ReferencedAnon is CountAnon under the AnonVMA's lock. page_referenced.
func (m *Machine) ReferencedAnon(t *lock.Task, page *Page) int {
	av := page.Anon()
	av.Rwsem.RLock(t)
	defer av.Rwsem.RUnlock(t)
	return m.CountAnon(t, page)
}

// CopyIn maps a fresh page with the given contents, unless there is one: the
// part of __mcopy_atomic_hugetlb below its locks, which are those of
// HandleFault. hugetlb_mcopy_atomic_pte.
func (m *Machine) CopyIn(t *lock.Task, p PTE, value int64) error {
	vma := p.VMA
	ptl := p.Lock(t)
	empty := p.entry().kind == none
	ptl.Unlock(t)
	if !empty {
		return ErrExist
	}
	if vma.Index(p.Addr) >= vma.Inode.Size() {
		return ErrBeyond
	}
	t.Point("uffd:sized")
	page, err := m.freshPage(t, vma, p.Addr)
	if err != nil {
		return err
	}
	page.data.Store(value)
	out := m.instantiate(t, p, page, true, Access{Addr: p.Addr})
	if out.Retry {
		return ErrExist
	}
	return out.Err
}
