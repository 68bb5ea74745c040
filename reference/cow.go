package reference

import "github.com/lockorder/lockorder/reference/lock"

// writeFault makes an entry writable, of a copy of the page if the mapping is
// private. It is entered with the table's lock, ptl, and releases it.
// hugetlb_cow and the part of hugetlb_fault that calls it.
func (m *Machine) writeFault(t *lock.Task, p PTE, ptl *lock.Mutex, a Access) Outcome {
	e := p.entry()
	if p.VMA.Shared {
		e.write = true
		v := e.access(a)
		ptl.Unlock(t)
		return Outcome{Value: v}
	}
	old := e.page
	// The ptl is inside the page lock, so the page can only be tried for.
	if !old.PGLocked.TryLock(t) {
		ptl.Unlock(t)
		return Outcome{Wait: old}
	}
	if old.Anon() != nil && old.mapcount.Load() == 1 {
		e.write = true
		v := e.access(a)
		ptl.Unlock(t)
		old.PGLocked.Unlock(t)
		return Outcome{Value: v}
	}
	old.get()
	seen := *e
	ptl.Unlock(t)
	out := m.copyPage(t, p, seen, a)
	old.PGLocked.Unlock(t)
	m.PutPage(t, old)
	return out
}

// copyPage replaces the entry, which was seen, by a copy of its page. The
// caller holds the page's lock and a reference.
func (m *Machine) copyPage(t *lock.Task, p PTE, seen pte, a Access) Outcome {
	vma := p.VMA
	old := seen.page
	page, err := m.allocHugePage(t, &vma.Inode.Subpool, vma.Resv, vma.Index(a.Addr))
	if err != nil {
		return Outcome{Err: err, Steal: vma.Resv != nil && old.Anon() != nil}
	}
	page.anon.Store(vma.anonVMAPrepare(t))
	page.data.Store(old.data.Load())
	t.Point("cow:copied")
	ptl := p.Lock(t)
	if *p.entry() != seen {
		ptl.Unlock(t)
		restore := page.restoreReserve && !m.weak(NoRestore)
		page.restoreReserve = restore
		m.PutPage(t, page)
		if restore {
			vma.Resv.give(t, vma.Index(a.Addr))
		}
		return Outcome{Retry: true}
	}
	p.clear()
	p.entry().set(page, true)
	v := p.entry().access(a)
	page.restoreReserve = false
	page.active.Store(true)
	ptl.Unlock(t)
	m.PutPage(t, old)
	return Outcome{Value: v}
}
