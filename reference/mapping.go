package reference

import (
	"slices"

	"github.com/lockorder/lockorder/reference/lock"
)

// An AddressSpace is a file's page cache and the mappings of the file.
// address_space.
type AddressSpace struct {
	// IMmapRwsem guards the list of mappings.
	IMmapRwsem lock.RWMutex
	// IPages guards the cache.
	IPages lock.Mutex

	Inode *Inode
	// vmas is i_mmap. A child's mapping comes after its parent's, so that a
	// walk cannot overtake a fork: an entry that the fork copies after the
	// walk has seen the parent, it copies as the walk left it.
	vmas  []*VMA
	pages map[int]*Page
}

func (as *AddressSpace) init(i *Inode) {
	as.IMmapRwsem.Init(ClassIMmapRwsem)
	as.IPages.Init(ClassIPages)
	as.Inode = i
	as.pages = make(map[int]*Page)
}

// mappingsOf returns the mappings of the index in the order in which rmap walks
// visit them. The caller holds IMmapRwsem. vma_interval_tree_foreach.
func (as *AddressSpace) mappingsOf(t *lock.Task, index int) []*VMA {
	as.IMmapRwsem.AssertHeld(t)
	var list []*VMA
	for _, vma := range as.vmas {
		if _, ok := vma.Address(index); ok {
			list = append(list, vma)
		}
	}
	return list
}

// link adds a mapping. vma_link.
func (as *AddressSpace) link(t *lock.Task, vma *VMA) {
	as.IMmapRwsem.Lock(t)
	as.vmas = append(as.vmas, vma)
	as.IMmapRwsem.Unlock(t)
}

// Unlink removes a mapping. The caller holds IMmapRwsem for writing.
// __remove_shared_vm_struct.
func (as *AddressSpace) Unlink(t *lock.Task, vma *VMA) {
	as.IMmapRwsem.AssertWriteHeld(t)
	if i := slices.Index(as.vmas, vma); i >= 0 {
		as.vmas = slices.Delete(as.vmas, i, i+1)
	}
}

// cached reports whether the index has a page.
func (as *AddressSpace) cached(t *lock.Task, index int) bool {
	as.IPages.Lock(t)
	defer as.IPages.Unlock(t)
	return as.pages[index] != nil
}

// FindGet returns the page of the index with a reference, or nil.
// find_get_page.
func (as *AddressSpace) FindGet(t *lock.Task, index int) *Page {
	as.IPages.Lock(t)
	defer as.IPages.Unlock(t)
	p := as.pages[index]
	if p != nil {
		p.get()
	}
	return p
}

// Indexes returns the indexes of [start, end) that have a page, ascending.
// pagevec_lookup_range.
func (as *AddressSpace) Indexes(t *lock.Task, start, end int) []int {
	as.IPages.Lock(t)
	defer as.IPages.Unlock(t)
	var list []int
	for index := range as.pages {
		if start <= index && index < end {
			list = append(list, index)
		}
	}
	slices.Sort(list)
	return list
}

// FindLock returns the page of the index locked and with a reference, or nil.
// find_lock_page.
func (m *Machine) FindLock(t *lock.Task, as *AddressSpace, index int) *Page {
	for {
		p := as.FindGet(t, index)
		if p == nil {
			return nil
		}
		t.Point("find:unlocked")
		p.PGLocked.Lock(t)
		if m.weak(NoMappingRecheck) || p.Mapping() == as && p.Index() == index {
			return p
		}
		p.PGLocked.Unlock(t)
		m.PutPage(t, p)
	}
}

// add caches a page that the caller has locked, and counts it.
// huge_add_to_page_cache.
func (as *AddressSpace) add(t *lock.Task, p *Page, index int) error {
	err := as.insert(t, p, index)
	if err == nil {
		as.Inode.account(t, 1)
	}
	return err
}

// insert caches a page that the caller has locked. add_to_page_cache.
func (as *AddressSpace) insert(t *lock.Task, p *Page, index int) error {
	p.PGLocked.AssertHeld(t)
	as.IPages.Lock(t)
	defer as.IPages.Unlock(t)
	if as.pages[index] != nil {
		return ErrExist
	}
	p.get()
	p.index.Store(int64(index))
	p.mapping.Store(as)
	as.pages[index] = p
	return nil
}

// drop takes a page that the caller has locked and pinned out of the cache,
// and reports whether it was there. remove_huge_page, with the part of
// hugetlb_unreserve_pages that counts.
func (as *AddressSpace) drop(t *lock.Task, p *Page) bool {
	dropped := as.remove(t, p)
	if dropped {
		as.Inode.account(t, -1)
	}
	return dropped
}

// remove takes a page out of the cache. delete_from_page_cache.
func (as *AddressSpace) remove(t *lock.Task, p *Page) bool {
	p.PGLocked.AssertHeld(t)
	as.IPages.Lock(t)
	defer as.IPages.Unlock(t)
	if as.pages[p.Index()] != p {
		return false
	}
	delete(as.pages, p.Index())
	p.mapping.Store(nil)
	p.refs.Add(-1)
	return true
}

// replace puts another page in the place of one that nobody uses but the
// cache and the caller. Both are locked. migrate_page_move_mapping.
func (m *Machine) replace(t *lock.Task, as *AddressSpace, old, new *Page) bool {
	old.PGLocked.AssertHeld(t)
	as.IPages.Lock(t)
	defer as.IPages.Unlock(t)
	index := old.Index()
	if as.pages[index] != old || old.refs.Load() != 2 && !m.weak(NoReferenceCheck) {
		return false
	}
	new.get()
	new.index.Store(int64(index))
	new.mapping.Store(as)
	as.pages[index] = new
	old.mapping.Store(nil)
	old.refs.Add(-1)
	return true
}
