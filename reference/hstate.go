package reference

import "github.com/lockorder/lockorder/reference/lock"

// An HState is the pool of huge pages. hstate.
type HState struct {
	HugetlbLock lock.Mutex

	// Guarded by HugetlbLock. free >= resv, and total = free + in use.
	frames  []*Page // all pages ever, by frame number
	free    []*Page
	spare   []*Page // frames outside the pool
	total   int
	resv    int // free pages that are promised
	surplus int // pages beyond the configured number
	// overdrawn counts the times that more was promised than there is.
	overdrawn int
}

// note looks whether the promises are covered. The caller holds HugetlbLock
// and has changed something.
func (h *HState) note() {
	if h.resv < 0 || h.resv > len(h.free) {
		h.overdrawn++
	}
}

func (h *HState) init(pages int) {
	h.HugetlbLock.Init(ClassHugetlbLock)
	for range pages {
		h.free = append(h.free, h.newFrame())
	}
	h.total = pages
}

// newFrame takes a frame from outside the pool.
func (h *HState) newFrame() *Page {
	if n := len(h.spare); n > 0 {
		p := h.spare[n-1]
		h.spare = h.spare[:n-1]
		return p
	}
	p := &Page{id: len(h.frames)}
	p.PGLocked.Init(ClassPGLocked)
	h.frames = append(h.frames, p)
	return p
}

func (h *HState) frame(t *lock.Task, n int) *Page {
	h.HugetlbLock.Lock(t)
	defer h.HugetlbLock.Unlock(t)
	if len(h.frames) == 0 {
		return nil
	}
	return h.frames[n%len(h.frames)]
}

// reserve promises n free pages, or none. hugetlb_acct_memory.
func (h *HState) reserve(t *lock.Task, n int) bool {
	h.HugetlbLock.Lock(t)
	defer h.HugetlbLock.Unlock(t)
	if len(h.free)-h.resv < n {
		return false
	}
	h.resv += n
	return true
}

// unreserve takes back the promise of n pages.
func (h *HState) unreserve(t *lock.Task, n int) {
	h.HugetlbLock.Lock(t)
	h.resv -= n
	h.note()
	h.HugetlbLock.Unlock(t)
}

// dequeue takes a free page, a promised one if reserved.
// dequeue_huge_page_vma.
func (h *HState) dequeue(t *lock.Task, reserved bool) *Page {
	h.HugetlbLock.Lock(t)
	defer h.HugetlbLock.Unlock(t)
	n := len(h.free)
	if reserved && (n == 0 || h.resv == 0) || !reserved && n <= h.resv {
		return nil
	}
	if reserved {
		h.resv--
	}
	p := h.free[n-1]
	h.free = h.free[:n-1]
	h.note()
	p.refs.Store(1)
	return p
}

// enqueue takes back a page without references. A page that failed or that
// was added for a migration leaves the pool. free_huge_page.
func (h *HState) enqueue(t *lock.Task, p *Page, reserved bool) {
	h.HugetlbLock.Lock(t)
	defer h.HugetlbLock.Unlock(t)
	switch {
	case p.temporary:
		h.surplus--
		h.total--
		p.temporary = false
		if !p.poisoned.Load() {
			h.spare = append(h.spare, p)
		}
	case p.poisoned.Load():
		h.total-- // the frame is lost
	default:
		h.free = append(h.free, p)
		if reserved {
			h.resv++
		}
	}
	h.note()
}

// borrow adds a page to the pool for the duration of a migration.
// alloc_huge_page_nodemask, alloc_migrate_huge_page.
func (h *HState) borrow(t *lock.Task) *Page {
	h.HugetlbLock.Lock(t)
	defer h.HugetlbLock.Unlock(t)
	p := h.newFrame()
	p.temporary = true
	p.refs.Store(1)
	h.total++
	h.surplus++
	return p
}

// Grow adds n pages to the pool. set_max_huge_pages.
func (m *Machine) Grow(t *lock.Task, n int) {
	m.H.HugetlbLock.Lock(t)
	defer m.H.HugetlbLock.Unlock(t)
	for range n {
		m.H.free = append(m.H.free, m.H.newFrame())
	}
	m.H.total += n
}

// Counts are the totals of the pool.
type Counts struct{ Free, Total, Resv, Surplus int }

// Counts returns the totals of the pool.
func (h *HState) Counts(t *lock.Task) Counts {
	h.HugetlbLock.Lock(t)
	defer h.HugetlbLock.Unlock(t)
	return Counts{len(h.free), h.total, h.resv, h.surplus}
}
