package reference

import "github.com/lockorder/lockorder/reference/lock"

// A ResvMap is the promises made to one file, or to one private mapping:
// indexes for which a page is set aside in the pool. Allocating the page
// takes the entry out; entry for entry the maps add up to HState.resv.
// resv_map.
type ResvMap struct {
	Lock lock.Mutex

	reserved map[int]bool
}

func (r *ResvMap) init() {
	r.Lock.Init(ClassResvLock)
	r.reserved = make(map[int]bool)
}

// take removes the entry of index and reports whether there was one.
func (r *ResvMap) take(t *lock.Task, index int) bool {
	r.Lock.Lock(t)
	defer r.Lock.Unlock(t)
	if !r.reserved[index] {
		return false
	}
	delete(r.reserved, index)
	return true
}

// give puts an entry back. restore_reserve_on_error.
func (r *ResvMap) give(t *lock.Task, index int) {
	r.Lock.Lock(t)
	r.reserved[index] = true
	r.Lock.Unlock(t)
}

// missing counts the indexes of [start, end) that have neither an entry nor a
// cached page. region_chg.
func (r *ResvMap) missing(t *lock.Task, cache *AddressSpace, start, end int) int {
	r.Lock.Lock(t)
	defer r.Lock.Unlock(t)
	n := 0
	for index := start; index < end; index++ {
		if !r.reserved[index] && (cache == nil || !cache.cached(t, index)) {
			n++
		}
	}
	return n
}

// fill adds entries for those indexes, limit at most, and counts them.
// region_add.
func (r *ResvMap) fill(t *lock.Task, cache *AddressSpace, start, end, limit int) int {
	r.Lock.Lock(t)
	defer r.Lock.Unlock(t)
	n := 0
	for index := start; index < end && n < limit; index++ {
		if !r.reserved[index] && (cache == nil || !cache.cached(t, index)) {
			r.reserved[index] = true
			n++
		}
	}
	return n
}

// cut removes the entries from index start on and counts them. region_del.
func (r *ResvMap) cut(t *lock.Task, start int) int {
	r.Lock.Lock(t)
	defer r.Lock.Unlock(t)
	n := 0
	for index := range r.reserved {
		if index >= start {
			delete(r.reserved, index)
			n++
		}
	}
	return n
}

// Reserved returns how many promises are open.
func (r *ResvMap) Reserved(t *lock.Task) int {
	r.Lock.Lock(t)
	defer r.Lock.Unlock(t)
	return len(r.reserved)
}

// reservePages makes promises for [start, end) of a file (cache set) or of a
// private mapping (cache nil). The locks are taken one after another.
// hugetlb_reserve_pages.
func (m *Machine) reservePages(t *lock.Task, sub *Subpool, r *ResvMap, cache *AddressSpace, start, end int) error {
	n := r.missing(t, cache, start, end)
	if !sub.get(t, n) {
		return ErrNoSpace
	}
	if !m.H.reserve(t, n) {
		sub.put(t, n)
		return ErrNoSpace
	}
	// Faults may have brought pages in since.
	if extra := n - r.fill(t, cache, start, end, n); extra > 0 {
		sub.put(t, extra)
		m.H.unreserve(t, extra)
	}
	return nil
}

// settle drops the promise for an index that has just got a page that did not
// come from it: the promise was made while the page was on its way.
// vma_commit_reservation.
func (m *Machine) settle(t *lock.Task, sub *Subpool, r *ResvMap, index int) {
	if r.take(t, index) {
		sub.put(t, 1)
		m.H.unreserve(t, 1)
	}
}

// UnreservePages drops the promises from index start on.
// hugetlb_unreserve_pages.
func (m *Machine) UnreservePages(t *lock.Task, sub *Subpool, r *ResvMap, start int) {
	if n := r.cut(t, start); n > 0 {
		sub.put(t, n)
		m.H.unreserve(t, n)
	}
}

// allocHugePage returns a page with one reference, from the promise for index
// if r has one. alloc_huge_page.
func (m *Machine) allocHugePage(t *lock.Task, sub *Subpool, r *ResvMap, index int) (*Page, error) {
	reserved := r != nil && r.take(t, index)
	if !reserved && !sub.get(t, 1) {
		return nil, ErrNoSpace
	}
	p := m.H.dequeue(t, reserved)
	if p == nil {
		if reserved {
			r.give(t, index)
		} else {
			sub.put(t, 1)
		}
		return nil, ErrNoSpace
	}
	p.subpool = sub
	p.restoreReserve = reserved
	p.index.Store(int64(index))
	p.data.Store(0)
	return p, nil
}

// freeHugePage returns a page without references to the pool.
// free_huge_page.
func (m *Machine) freeHugePage(t *lock.Task, p *Page) {
	if p.mapcount.Load() != 0 || p.mapping.Load() != nil {
		m.violate("I3", "page %d is freed while mapped %d times, cached %v", p.id, p.mapcount.Load(), p.mapping.Load() != nil)
	}
	restore := p.restoreReserve
	if p.subpool != nil && !restore {
		p.subpool.put(t, 1)
	}
	p.subpool = nil
	p.restoreReserve = false
	p.active.Store(false)
	p.anon.Store(nil)
	m.H.enqueue(t, p, restore)
}
