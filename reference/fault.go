package reference

import "github.com/lockorder/lockorder/reference/lock"

// An Access is a load from, or a store to, an address.
type Access struct {
	Addr  int
	Write bool
	Value int64 // to store
}

// An Outcome is what became of a fault. If neither Err, Retry, Wait nor Steal
// is set, the access took place.
type Outcome struct {
	Value int64 // loaded, or stored
	Err   error
	Retry bool  // start over, with all locks released
	Wait  *Page // start over once the page is unlocked
	Steal bool  // start over once the children were robbed of the page
}

// HandleFault completes an access whose page table has been found: the part
// of hugetlb_fault below its locks. The caller holds MmapLock, the scheme's
// lock against unsharing if the table can be shared, and the fault mutex.
func (m *Machine) HandleFault(t *lock.Task, p PTE, a Access) Outcome {
	if a.Write && !p.VMA.writable(a.Addr) {
		return Outcome{Err: ErrAccess}
	}
	t.Point("fault:walked")
	ptl := p.Lock(t)
	e := p.entry()
	switch {
	case e.kind == none:
		ptl.Unlock(t)
		return m.noPage(t, p, a)
	case e.kind == migration:
		page := e.page
		ptl.Unlock(t)
		return Outcome{Wait: page}
	case e.kind == poisoned:
		ptl.Unlock(t)
		return Outcome{Err: ErrPoison}
	case a.Write && !e.write:
		return m.writeFault(t, p, ptl, a)
	}
	v := e.access(a)
	ptl.Unlock(t)
	return Outcome{Value: v}
}

// access is the load or store that the task was after. The caller holds the
// table's lock.
func (e *pte) access(a Access) int64 {
	if a.Write {
		e.page.data.Store(a.Value)
		return a.Value
	}
	return e.page.data.Load()
}

// noPage maps the page of an empty entry: the cached page, or a fresh one.
// hugetlb_no_page.
func (m *Machine) noPage(t *lock.Task, p PTE, a Access) Outcome {
	vma := p.VMA
	index := vma.Index(a.Addr)
	if vma.robbed.Load() {
		return Outcome{Err: ErrKilled}
	}
	if index >= vma.Inode.Size() {
		return Outcome{Err: ErrBeyond}
	}
	t.Point("fault:sized")
	page := m.FindLock(t, vma.Mapping(), index)
	fresh := page == nil
	if fresh {
		if vma.Uffd {
			return Outcome{Err: ErrUserfault}
		}
		var err error
		if page, err = m.freshPage(t, vma, a.Addr); err == ErrExist {
			return Outcome{Retry: true}
		} else if err != nil {
			return Outcome{Err: err}
		}
	} else if page.Poisoned() {
		page.PGLocked.Unlock(t)
		m.PutPage(t, page)
		return Outcome{Err: ErrPoison}
	}
	t.Point("fault:page")
	return m.instantiate(t, p, page, fresh, a)
}

// freshPage allocates the page of an address and returns it locked. The page
// of a shared mapping is in the cache then. ErrExist says that the cache has
// got another one. alloc_huge_page, huge_add_to_page_cache, anon_vma_prepare.
func (m *Machine) freshPage(t *lock.Task, vma *VMA, addr int) (*Page, error) {
	inode := vma.Inode
	index := vma.Index(addr)
	page, err := m.allocHugePage(t, &inode.Subpool, vma.reserves(), index)
	if err != nil {
		return nil, err
	}
	t.Point("fault:allocated")
	page.PGLocked.Lock(t)
	if !vma.Shared {
		page.anon.Store(vma.anonVMAPrepare(t))
		return page, nil
	}
	if err := vma.Mapping().add(t, page, index); err != nil {
		m.backOut(t, vma, page, true, false)
		return nil, err
	}
	m.settle(t, &inode.Subpool, &inode.Resv, index)
	return page, nil
}

// instantiate maps a page that the caller has locked, and unlocks it. It
// backs out if the file has been truncated meanwhile, or the entry is not
// empty any more.
func (m *Machine) instantiate(t *lock.Task, p PTE, page *Page, fresh bool, a Access) Outcome {
	vma := p.VMA
	ptl := p.Lock(t)
	beyond := vma.Index(a.Addr) >= vma.Inode.Size() && !m.weak(NoSizeRecheck)
	if beyond || p.entry().kind != none {
		ptl.Unlock(t)
		m.backOut(t, vma, page, fresh, beyond)
		if beyond {
			return Outcome{Err: ErrBeyond}
		}
		return Outcome{Retry: true}
	}
	page.get() // the entry may be gone before the lock is
	page.restoreReserve = false
	page.active.Store(true)
	// A cached page in a private mapping is for reading; a store comes back
	// for a copy.
	e := p.entry()
	e.set(page, vma.writable(a.Addr) && (vma.Shared || fresh))
	out := Outcome{Retry: a.Write && !e.write}
	if !out.Retry {
		out.Value = e.access(a)
	}
	ptl.Unlock(t)
	page.PGLocked.Unlock(t)
	m.PutPage(t, page)
	return out
}

// backOut undoes the work on a page that was not mapped after all, and
// unlocks it. The reservation that a fresh page consumed goes back to where
// it came from, except that a truncated file has none left to go back to.
// restore_reserve_on_error and the label backout of hugetlb_no_page.
func (m *Machine) backOut(t *lock.Task, vma *VMA, page *Page, fresh, beyond bool) {
	restore := false
	if fresh {
		vma.Mapping().drop(t, page)
		lost := vma.Shared && beyond && !m.weak(RestoreBeyondSize)
		restore = page.restoreReserve && !lost && !m.weak(NoRestore)
		page.restoreReserve = restore
	}
	index := page.Index()
	page.PGLocked.Unlock(t)
	m.PutPage(t, page)
	if restore {
		vma.reserves().give(t, index)
	}
}
