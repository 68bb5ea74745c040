package mutant

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/after"
	"github.com/lockorder/lockorder/reference/before"
	"github.com/lockorder/lockorder/reference/lock"
)

// noRecheck is M7.
type noRecheck struct{ after.Scheme }

func (s noRecheck) Migrate(t *lock.Task, page *reference.Page) error {
	page.PGLocked.Lock(t)
	mapping := page.Mapping()
	page.PGLocked.Unlock(t)
	if mapping == nil {
		return reference.ErrBusy
	}
	t.Point("migrate:dropped")
	inode := mapping.Inode
	inode.HinodeRwsem.Lock(t)
	page.PGLocked.Lock(t)
	mapping.IMmapRwsem.RLock(t)
	target := s.Target(t)
	err := s.MoveFile(t, page, target, &inode.HinodeRwsem)
	target.PGLocked.Unlock(t)
	s.PutPage(t, target)
	mapping.IMmapRwsem.RUnlock(t)
	inode.HinodeRwsem.Unlock(t)
	page.PGLocked.Unlock(t)
	return err
}

// wrongRmapLock is M8: the way of _get_hugetlb_page_mapping, which deduced a
// file from a private page.
type wrongRmapLock struct{ after.Scheme }

func (s wrongRmapLock) Migrate(t *lock.Task, page *reference.Page) error {
	page.PGLocked.Lock(t)
	mapping := page.Anon().File()
	mapping.IMmapRwsem.Lock(t)
	target := s.Target(t)
	err := s.MoveAnon(t, page, target)
	target.PGLocked.Unlock(t)
	s.PutPage(t, target)
	mapping.IMmapRwsem.Unlock(t)
	page.PGLocked.Unlock(t)
	return err
}

// blockingCollect is M12.
type blockingCollect struct{ before.Scheme }

func (s blockingCollect) MemoryFailure(t *lock.Task, page *reference.Page) error {
	page.PGLocked.Lock(t)
	defer page.PGLocked.Unlock(t)
	mapping := page.Mapping()
	if mapping == nil {
		return reference.ErrBusy
	}
	mapping.IMmapRwsem.RLock(t)
	s.CountFile(t, page)
	mapping.IMmapRwsem.RUnlock(t)
	if !mapping.IMmapRwsem.TryLock(t) {
		return reference.ErrBusy
	}
	s.PoisonFile(t, page, &mapping.IMmapRwsem)
	mapping.IMmapRwsem.Unlock(t)
	return nil
}
