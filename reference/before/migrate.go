package before

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Migrate moves a page that the caller pins to another frame.
// unmap_and_move_huge_page.
func (s Scheme) Migrate(t *lock.Task, page *reference.Page) error {
	page.PGLocked.Lock(t)
	defer page.PGLocked.Unlock(t)
	if page.Poisoned() {
		return reference.ErrBusy
	}
	target := s.Target(t)
	if target == nil {
		return reference.ErrBusy
	}
	err := s.move(t, page, target)
	target.PGLocked.Unlock(t)
	s.PutPage(t, target)
	return err
}

// move moves a page to a target, both locked. IMmapRwsem, which is outside
// the page lock, is tried for; it is kept until the last migration entry is
// gone.
func (s Scheme) move(t *lock.Task, page, target *reference.Page) error {
	mapping := page.Mapping()
	if mapping == nil {
		if page.Anon() != nil {
			return s.MigrateAnon(t, page, target)
		}
		return reference.ErrBusy
	}
	if !mapping.IMmapRwsem.TryLock(t) {
		return reference.ErrBusy
	}
	err := s.MoveFile(t, page, target, &mapping.IMmapRwsem)
	mapping.IMmapRwsem.Unlock(t)
	return err
}

// MemoryFailure unmaps a page that failed, which the caller pins.
// memory_failure_hugetlb, hwpoison_user_mappings.
func (s Scheme) MemoryFailure(t *lock.Task, page *reference.Page) error {
	page.PGLocked.Lock(t)
	defer page.PGLocked.Unlock(t)
	mapping := page.Mapping()
	switch {
	case page.Poisoned():
		return reference.ErrBusy
	case mapping == nil && page.Anon() != nil:
		s.FailAnon(t, page)
		return nil
	case mapping == nil:
		return reference.ErrBusy
	}
	if _, err := s.count(t, page, mapping); err != nil {
		return err
	}
	if !mapping.IMmapRwsem.TryLock(t) {
		return reference.ErrBusy
	}
	s.PoisonFile(t, page, &mapping.IMmapRwsem)
	mapping.IMmapRwsem.Unlock(t)
	return nil
}

// Referenced counts the address spaces that map a page. page_referenced.
func (s Scheme) Referenced(t *lock.Task, page *reference.Page) (int, error) {
	page.PGLocked.Lock(t)
	defer page.PGLocked.Unlock(t)
	switch mapping := page.Mapping(); {
	case mapping != nil:
		return s.count(t, page, mapping)
	case page.Anon() != nil:
		return s.ReferencedAnon(t, page), nil
	}
	return 0, reference.ErrBusy
}

// count walks the mappings of a locked page of a file, whose IMmapRwsem can
// only be tried for. rmap_walk_file with rwc.try_lock.
func (s Scheme) count(t *lock.Task, page *reference.Page, mapping *reference.AddressSpace) (int, error) {
	if !mapping.IMmapRwsem.TryRLock(t) {
		return 0, reference.ErrBusy
	}
	n := s.CountFile(t, page)
	mapping.IMmapRwsem.RUnlock(t)
	return n, nil
}
