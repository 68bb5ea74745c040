package after

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Migrate moves a page that the caller pins to another frame.
// unmap_and_move_huge_page.
func (s Scheme) Migrate(t *lock.Task, page *reference.Page) error {
	inode, err := s.lockPage(t, page)
	if err != nil {
		return err
	}
	err = reference.ErrBusy
	if target := s.Target(t); target != nil {
		err = s.move(t, page, target, inode)
		target.PGLocked.Unlock(t)
		s.PutPage(t, target)
	}
	s.unlockPage(t, page, inode)
	return err
}

// move moves a page to a target, both locked. The inode is that of a file's
// page, its HinodeRwsem held for writing, or nil.
func (s Scheme) move(t *lock.Task, page, target *reference.Page, inode *reference.Inode) error {
	if inode == nil {
		return s.MigrateAnon(t, page, target)
	}
	inode.Mapping.IMmapRwsem.RLock(t)
	defer inode.Mapping.IMmapRwsem.RUnlock(t)
	return s.MoveFile(t, page, target, &inode.HinodeRwsem)
}

// MemoryFailure unmaps a page that failed, which the caller pins.
// memory_failure_hugetlb, hwpoison_user_mappings.
func (s Scheme) MemoryFailure(t *lock.Task, page *reference.Page) error {
	inode, err := s.lockPage(t, page)
	if err != nil {
		return err
	}
	if inode == nil {
		s.FailAnon(t, page)
	} else {
		inode.Mapping.IMmapRwsem.RLock(t)
		s.CountFile(t, page)
		s.PoisonFile(t, page, &inode.HinodeRwsem)
		inode.Mapping.IMmapRwsem.RUnlock(t)
	}
	s.unlockPage(t, page, inode)
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

// lockPage locks a page together with what unmapping it takes: HinodeRwsem of
// its inode, for writing, which is returned, or nothing but the page's lock if
// it is not a file's. The inode is known only once the page is locked, so the
// semaphore outside is tried for; failing that, the page is unlocked while the
// inode is pinned, and has to be looked at anew.
func (s Scheme) lockPage(t *lock.Task, page *reference.Page) (*reference.Inode, error) {
	page.PGLocked.Lock(t)
	mapping := page.Mapping()
	if mapping == nil || page.Poisoned() {
		if page.Anon() != nil && !page.Poisoned() {
			return nil, nil
		}
		page.PGLocked.Unlock(t)
		return nil, reference.ErrBusy
	}
	inode := mapping.Inode
	if inode.HinodeRwsem.TryLock(t) {
		return inode, nil
	}
	pinned := inode.Pin(t)
	page.PGLocked.Unlock(t)
	if !pinned {
		return nil, reference.ErrEvicting
	}
	defer inode.Unpin(t)
	t.Point("migrate:dropped")
	inode.HinodeRwsem.Lock(t)
	page.PGLocked.Lock(t)
	if page.Mapping() != mapping || page.Poisoned() {
		s.unlockPage(t, page, inode)
		return nil, reference.ErrBusy
	}
	return inode, nil
}

// unlockPage ends lockPage. The page's lock goes last: it keeps the inode.
func (s Scheme) unlockPage(t *lock.Task, page *reference.Page, inode *reference.Inode) {
	if inode != nil {
		inode.HinodeRwsem.Unlock(t)
	}
	page.PGLocked.Unlock(t)
}
