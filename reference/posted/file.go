package posted

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Truncate sets the file's size and removes what is beyond.
// hugetlb_vmtruncate.
func (s Scheme) Truncate(t *lock.Task, inode *reference.Inode, size int) error {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	old := inode.Size()
	mapping := &inode.Mapping
	inode.HinodeRwsem.Lock(t)
	inode.SetSize(t, size)
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, size, old, &inode.HinodeRwsem)
	mapping.IMmapRwsem.Unlock(t)
	inode.HinodeRwsem.Unlock(t)
	s.removePages(t, inode, size, old)
	s.UnreservePages(t, &inode.Subpool, &inode.Resv, size)
	return nil
}

// PunchHole frees the pages [start, end) of a file. hugetlbfs_punch_hole.
func (s Scheme) PunchHole(t *lock.Task, inode *reference.Inode, start, end int) (int, error) {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	mapping := &inode.Mapping
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, start, end, &inode.HinodeRwsem) // D4
	mapping.IMmapRwsem.Unlock(t)
	t.Point("punch:unmapped")
	return s.removePages(t, inode, start, end), nil
}

// removePages removes the pages [start, end) of a file and counts them.
// remove_inode_hugepages.
func (s Scheme) removePages(t *lock.Task, inode *reference.Inode, start, end int) int {
	freed := 0
	for _, index := range inode.Mapping.Indexes(t, start, end) {
		if s.removeIndex(t, inode, index) {
			freed++
		}
	}
	return freed
}

// removeIndex removes the page of an index under the fault mutex.
func (s Scheme) removeIndex(t *lock.Task, inode *reference.Inode, index int) bool {
	mapping := &inode.Mapping
	hash := s.FaultHash(mapping, index)
	s.FaultMutexTable[hash].Lock(t)
	if s.MappedIndex(t, mapping, index) {
		inode.HinodeRwsem.Lock(t) // D2
		mapping.IMmapRwsem.Lock(t)
		s.ZapFile(t, mapping, index, index+1, &inode.HinodeRwsem)
		mapping.IMmapRwsem.Unlock(t)
		inode.HinodeRwsem.Unlock(t)
	}
	removed, _ := s.RemoveUnmapped(t, mapping, index)
	s.FaultMutexTable[hash].Unlock(t)
	return removed
}
