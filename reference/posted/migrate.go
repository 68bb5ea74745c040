package posted

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

// move moves a page to a target, both locked.
func (s Scheme) move(t *lock.Task, page, target *reference.Page) error {
	mapping := page.Mapping()
	if mapping == nil {
		if page.Anon() != nil {
			return s.MigrateAnon(t, page, target)
		}
		return reference.ErrBusy
	}
	inode := mapping.Inode
	inode.HinodeRwsem.Lock(t) // D1
	mapping.IMmapRwsem.RLock(t)
	err := s.MoveFile(t, page, target, &inode.HinodeRwsem)
	mapping.IMmapRwsem.RUnlock(t)
	inode.HinodeRwsem.Unlock(t)
	return err
}

// MemoryFailure unmaps a page that failed, which the caller pins.
// memory_failure_hugetlb, hwpoison_user_mappings.
func (s Scheme) MemoryFailure(t *lock.Task, page *reference.Page) error {
	page.PGLocked.Lock(t)
	defer page.PGLocked.Unlock(t)
	mapping := page.Mapping()
	if page.Poisoned() || mapping == nil && page.Anon() == nil {
		return reference.ErrBusy
	}
	if mapping == nil {
		s.FailAnon(t, page)
		return nil
	}
	inode := mapping.Inode
	inode.HinodeRwsem.Lock(t) // D1
	mapping.IMmapRwsem.RLock(t)
	s.CountFile(t, page)
	s.PoisonFile(t, page, &inode.HinodeRwsem)
	mapping.IMmapRwsem.RUnlock(t)
	inode.HinodeRwsem.Unlock(t)
	return nil
}

// Referenced counts the address spaces that map a page. page_referenced.
func (s Scheme) Referenced(t *lock.Task, page *reference.Page) (int, error) {
	page.PGLocked.Lock(t)
	defer page.PGLocked.Unlock(t)
	mapping := page.Mapping()
	switch {
	case mapping != nil:
		mapping.IMmapRwsem.RLock(t)
		defer mapping.IMmapRwsem.RUnlock(t)
		return s.CountFile(t, page), nil
	case page.Anon() != nil:
		return s.ReferencedAnon(t, page), nil
	}
	return 0, reference.ErrBusy
}
