package before

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Truncate sets the file's size and removes what is beyond. The size changes
// under IMmapRwsem, so that no fault is under way that saw the old one, and
// the pages can be removed without the fault mutex. hugetlb_vmtruncate,
// remove_inode_hugepages.
func (s Scheme) Truncate(t *lock.Task, inode *reference.Inode, size int) error {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	old := inode.Size()
	mapping := &inode.Mapping
	mapping.IMmapRwsem.Lock(t)
	inode.SetSize(t, size)
	s.ZapFile(t, mapping, size, old, &mapping.IMmapRwsem)
	mapping.IMmapRwsem.Unlock(t)
	for _, index := range mapping.Indexes(t, size, old) {
		s.RemoveBeyond(t, mapping, index)
	}
	s.UnreservePages(t, &inode.Subpool, &inode.Resv, size)
	return nil
}

// PunchHole frees the pages [start, end) of a file. hugetlbfs_punch_hole.
func (s Scheme) PunchHole(t *lock.Task, inode *reference.Inode, start, end int) (int, error) {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	mapping := &inode.Mapping
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, start, end, &mapping.IMmapRwsem)
	mapping.IMmapRwsem.Unlock(t)
	t.Point("punch:unmapped")
	freed := 0
	for _, index := range mapping.Indexes(t, start, end) {
		if s.punchIndex(t, inode, index) {
			freed++
		}
	}
	return freed, nil
}

// punchIndex removes the page of an index, which faults may map again until
// the fault mutex is held. If it is mapped IMmapRwsem is needed, which is
// outside the mutex, so both are taken and the page is looked up anew.
// remove_inode_hugepages.
func (s Scheme) punchIndex(t *lock.Task, inode *reference.Inode, index int) bool {
	mapping := &inode.Mapping
	hash := s.FaultHash(mapping, index)
	s.FaultMutexTable[hash].Lock(t)
	removed, mapped := s.RemoveUnmapped(t, mapping, index)
	s.FaultMutexTable[hash].Unlock(t)
	for mapped {
		mapping.IMmapRwsem.Lock(t)
		s.FaultMutexTable[hash].Lock(t)
		s.ZapFile(t, mapping, index, index+1, &mapping.IMmapRwsem)
		mapping.IMmapRwsem.Unlock(t)
		removed, mapped = s.RemoveUnmapped(t, mapping, index)
		s.FaultMutexTable[hash].Unlock(t)
	}
	return removed
}
