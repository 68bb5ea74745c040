package mutant

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/after"
	"github.com/lockorder/lockorder/reference/before"
	"github.com/lockorder/lockorder/reference/lock"
)

// lateSize is M9.
type lateSize struct{ after.Scheme }

func (s lateSize) Truncate(t *lock.Task, inode *reference.Inode, size int) error {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	old := inode.Size()
	mapping := &inode.Mapping
	inode.HinodeRwsem.Lock(t)
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, size, old, &inode.HinodeRwsem)
	mapping.IMmapRwsem.Unlock(t)
	inode.HinodeRwsem.Unlock(t)
	t.Point("truncate:unmapped")
	inode.SetSize(t, size)
	for _, index := range mapping.Indexes(t, size, old) {
		s.RemoveBeyond(t, mapping, index)
	}
	s.UnreservePages(t, &inode.Subpool, &inode.Resv, size)
	return nil
}

// pageThenImmap is M11.
type pageThenImmap struct{ before.Scheme }

func (s pageThenImmap) PunchHole(t *lock.Task, inode *reference.Inode, start, end int) (int, error) {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	mapping := &inode.Mapping
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, start, end, &mapping.IMmapRwsem)
	mapping.IMmapRwsem.Unlock(t)
	t.Point("punch:unmapped")
	freed := 0
	for _, index := range mapping.Indexes(t, start, end) {
		s.removeIndex(t, mapping, index)
		freed++
	}
	return freed, nil
}

// removeIndex locks the page before it looks whether it is mapped, and
// unmaps it with the lock held. remove_inode_hugepages of 5.10.245.
func (s pageThenImmap) removeIndex(t *lock.Task, mapping *reference.AddressSpace, index int) {
	hash := s.FaultHash(mapping, index)
	s.FaultMutexTable[hash].Lock(t)
	page := s.FindLock(t, mapping, index)
	if page.Mapped() {
		s.FaultMutexTable[hash].Unlock(t)
		mapping.IMmapRwsem.Lock(t)
		s.FaultMutexTable[hash].Lock(t)
		s.ZapFile(t, mapping, index, index+1, &mapping.IMmapRwsem)
		mapping.IMmapRwsem.Unlock(t)
	}
	s.RemovePage(t, mapping, page)
	page.PGLocked.Unlock(t)
	s.PutPage(t, page)
	s.FaultMutexTable[hash].Unlock(t)
}
