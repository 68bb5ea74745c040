package reference

import (
	"slices"

	"github.com/lockorder/lockorder/reference/lock"
)

// A visit is called by a walk for an entry of the page that is walked, with
// the table's lock held. It may unshare the table.
type visit func(p PTE, e *pte)

// walkFile visits the entries that want selects, in every mapping of the
// page's index. The caller holds the page's lock and IMmapRwsem, so that no
// mapping comes or goes. rmap_walk_file.
func (m *Machine) walkFile(t *lock.Task, as *AddressSpace, index int, want func(*pte) bool, fn visit) {
	for _, vma := range as.mappingsOf(t, index) {
		addr, _ := vma.Address(index)
		visitOne(t, vma, addr, want, fn)
	}
}

// walkAnon does the same for the mappings of an AnonVMA, whose lock the
// caller holds. rmap_walk_anon.
func (m *Machine) walkAnon(t *lock.Task, av *AnonVMA, index int, want func(*pte) bool, fn visit) {
	av.Rwsem.AssertHeld(t)
	changes := av.changes.Load()
	for _, vma := range slices.Clone(av.vmas) {
		t.Point("anon:walk")
		if addr, ok := vma.Address(index); ok {
			visitOne(t, vma, addr, want, fn)
		}
	}
	if av.changes.Load() != changes {
		m.violate("I3", "%s walks the mappings of a private page while they change", t.Name)
	}
}

func visitOne(t *lock.Task, vma *VMA, addr int, want func(*pte) bool, fn visit) {
	p, ok := vma.Offset(addr)
	if !ok {
		return
	}
	ptl := p.lockIfCurrent(t)
	if ptl == nil {
		return
	}
	if e := p.entry(); want(e) {
		fn(p, e)
	}
	ptl.Unlock(t)
}

// maps selects the entries that map the page.
func maps(page *Page) func(*pte) bool {
	return func(e *pte) bool { return e.kind == present && e.page == page }
}

// moves selects the migration entries of the page.
func moves(page *Page) func(*pte) bool {
	return func(e *pte) bool { return e.kind == migration && e.page == page }
}

// CountFile counts the address spaces that map a page of a file: a walk that
// only looks. The caller holds the page's lock and IMmapRwsem. collect_procs_file,
// page_referenced.
func (m *Machine) CountFile(t *lock.Task, page *Page) int {
	as := page.Mapping()
	as.IMmapRwsem.AssertHeld(t)
	n := 0
	m.walkFile(t, as, page.Index(), maps(page), func(PTE, *pte) { n++ })
	return n
}

// CountAnon does the same for a page of a private mapping. The caller holds
// the page's lock and that of its AnonVMA. collect_procs_anon.
func (m *Machine) CountAnon(t *lock.Task, page *Page) int {
	n := 0
	m.walkAnon(t, page.anon.Load(), page.Index(), maps(page), func(PTE, *pte) { n++ })
	return n
}

// unmapFile replaces the entries of a page by entries of the given kind,
// after letting go of shared page tables. The caller holds the page's lock,
// IMmapRwsem and, for writing, guard. try_to_unmap, rmap_walk_locked.
func (m *Machine) unmapFile(t *lock.Task, page *Page, as *AddressSpace, kind pteKind, guard *lock.RWMutex) {
	page.PGLocked.AssertHeld(t)
	as.IMmapRwsem.AssertHeld(t)
	m.walkFile(t, as, page.Index(), maps(page), func(p PTE, e *pte) {
		if !p.unshare(t, guard) {
			page.unmapTo(e, kind)
		}
	})
}

// unmapAnon does the same for a page of a private mapping, whose AnonVMA is
// locked by the caller. try_to_unmap.
func (m *Machine) unmapAnon(t *lock.Task, page *Page, kind pteKind) {
	page.PGLocked.AssertHeld(t)
	m.walkAnon(t, page.anon.Load(), page.Index(), maps(page), func(_ PTE, e *pte) { page.unmapTo(e, kind) })
}

// unmapTo turns an entry that maps the page into one that names it. The
// caller holds the table's lock, and a reference besides. try_to_unmap_one.
func (p *Page) unmapTo(e *pte, kind pteKind) {
	p.mapcount.Add(-1)
	p.refs.Add(-1)
	e.kind = kind
}

// remapFile makes the migration entries of old map new, which may be old
// again. The caller holds both pages' locks and IMmapRwsem.
// remove_migration_ptes.
func (m *Machine) remapFile(t *lock.Task, as *AddressSpace, old, new *Page) {
	as.IMmapRwsem.AssertHeld(t)
	m.walkFile(t, as, new.Index(), moves(old), remap(new))
}

// remapAnon does the same for a private mapping, whose AnonVMA the caller has
// locked.
func (m *Machine) remapAnon(t *lock.Task, av *AnonVMA, old, new *Page) {
	m.walkAnon(t, av, new.Index(), moves(old), remap(new))
}

// remap is remove_migration_pte.
func remap(page *Page) visit {
	return func(_ PTE, e *pte) {
		page.get()
		e.set(page, e.write)
	}
}
