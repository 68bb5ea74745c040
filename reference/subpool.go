package reference

import "github.com/lockorder/lockorder/reference/lock"

// A Subpool limits the pages of one file: those that it uses and those that
// are promised to it. hugepage_subpool.
type Subpool struct {
	Lock lock.Mutex

	max  int // 0 for no limit
	used int // guarded by Lock
}

// get charges n pages, or none. hugepage_subpool_get_pages.
func (s *Subpool) get(t *lock.Task, n int) bool {
	s.Lock.Lock(t)
	defer s.Lock.Unlock(t)
	if s.max > 0 && s.used+n > s.max {
		return false
	}
	s.used += n
	return true
}

// put gives back the charge of n pages. hugepage_subpool_put_pages.
func (s *Subpool) put(t *lock.Task, n int) {
	s.Lock.Lock(t)
	s.used -= n
	s.Lock.Unlock(t)
}
