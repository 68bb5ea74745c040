package reference

import (
	"sync/atomic"

	"github.com/lockorder/lockorder/reference/lock"
)

// A Page is a huge page. Its frame is reused once it is free.
type Page struct {
	// PGLocked guards the page's place: whether it is in a page cache, and
	// being moved, poisoned or instantiated.
	PGLocked lock.Mutex

	id int
	// refs counts page table entries, the page cache and pins.
	refs atomic.Int32
	// mapcount counts page table entries; an entry of a shared table is one.
	// It changes under the table's Ptl.
	mapcount atomic.Int32
	mapping  atomic.Pointer[AddressSpace] // of a page in the cache; changes under PGLocked and IPages
	anon     atomic.Pointer[AnonVMA]      // of a page of a private mapping
	index    atomic.Int64
	// active: the page was instantiated and may be pinned by its frame
	// number. PageHugeActive.
	active   atomic.Bool
	poisoned atomic.Bool
	data     atomic.Int64

	// The fields below belong to the task that allocates or frees the page,
	// or to the holder of PGLocked.
	subpool *Subpool // charged for the page
	// restoreReserve: allocating the page consumed a reservation that freeing
	// it gives back. PagePrivate.
	restoreReserve bool
	temporary      bool // surplus, for a migration
}

// Mapping returns the address space that caches the page, or nil. It is
// stable under PGLocked.
func (p *Page) Mapping() *AddressSpace { return p.mapping.Load() }

// Anon returns what lists the private mappings of the page, or nil. It is
// stable under PGLocked. page_anon_vma.
func (p *Page) Anon() *AnonVMA { return p.anon.Load() }

// Index returns the page's index in the file or the anonymous mapping.
func (p *Page) Index() int { return int(p.index.Load()) }

// Mapped reports whether a page table entry maps the page. page_mapped.
func (p *Page) Mapped() bool { return p.mapcount.Load() > 0 }

// Poisoned reports whether the page had a memory failure. PageHWPoison.
func (p *Page) Poisoned() bool { return p.poisoned.Load() }

// Data returns the contents.
func (p *Page) Data() int64 { return p.data.Load() }

// get takes a reference for a caller that knows of another. get_page.
func (p *Page) get() { p.refs.Add(1) }

// tryGet takes a reference unless the page is free. get_page_unless_zero.
func (p *Page) tryGet() bool {
	for {
		n := p.refs.Load()
		if n == 0 {
			return false
		}
		if p.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// PutPage drops a reference and frees the page with the last. put_page.
func (m *Machine) PutPage(t *lock.Task, p *Page) {
	switch n := p.refs.Add(-1); {
	case n < 0:
		m.violate("I3", "page %d has %d references", p.id, n)
	case n == 0:
		m.freeHugePage(t, p)
	}
}

// WaitPage waits until the page is unlocked. wait_on_page_locked.
func (m *Machine) WaitPage(t *lock.Task, p *Page) {
	p.PGLocked.Lock(t)
	p.PGLocked.Unlock(t)
}

// PinPage takes a reference to the page of a frame that is in use, as those
// who scan memory do: memory hotplug, soft and hard offlining. The caller
// drops it with PutPage. isolate_huge_page.
func (m *Machine) PinPage(t *lock.Task, frame int) *Page {
	p := m.H.frame(t, frame)
	if p == nil || !p.active.Load() || !p.tryGet() {
		return nil
	}
	if !p.active.Load() {
		m.PutPage(t, p)
		return nil
	}
	return p
}
