package after

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
	if size < old {
		mapping.IMmapRwsem.Lock(t)
		s.ZapFile(t, mapping, size, old, &inode.HinodeRwsem)
		mapping.IMmapRwsem.Unlock(t)
	}
	inode.HinodeRwsem.Unlock(t)
	for _, index := range mapping.Indexes(t, size, old) {
		s.truncateIndex(t, inode, index)
	}
	s.UnreservePages(t, &inode.Subpool, &inode.Resv, size)
	return nil
}

// truncateIndex removes the page of an index beyond the file's end. Nothing
// maps it: a fault that began before the size changed finds out under the
// page table's lock. remove_inode_hugepages.
func (s Scheme) truncateIndex(t *lock.Task, inode *reference.Inode, index int) {
	mapping := &inode.Mapping
	hash := s.FaultHash(mapping, index)
	s.FaultMutexTable[hash].Lock(t)
	s.RemoveBeyond(t, mapping, index)
	s.FaultMutexTable[hash].Unlock(t)
}

// PunchHole frees the pages [start, end) of a file. hugetlbfs_punch_hole.
func (s Scheme) PunchHole(t *lock.Task, inode *reference.Inode, start, end int) (int, error) {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	mapping := &inode.Mapping
	inode.HinodeRwsem.Lock(t)
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, start, end, &inode.HinodeRwsem)
	mapping.IMmapRwsem.Unlock(t)
	inode.HinodeRwsem.Unlock(t)
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
// the fault mutex is held. If it is mapped the locks outside the mutex are
// needed, so they are taken and the page is looked up anew.
// remove_inode_hugepages.
func (s Scheme) punchIndex(t *lock.Task, inode *reference.Inode, index int) bool {
	mapping := &inode.Mapping
	hash := s.FaultHash(mapping, index)
	s.FaultMutexTable[hash].Lock(t)
	removed, mapped := s.RemoveUnmapped(t, mapping, index)
	s.FaultMutexTable[hash].Unlock(t)
	for mapped {
		inode.HinodeRwsem.Lock(t)
		s.FaultMutexTable[hash].Lock(t)
		mapping.IMmapRwsem.Lock(t)
		s.ZapFile(t, mapping, index, index+1, &inode.HinodeRwsem)
		mapping.IMmapRwsem.Unlock(t)
		removed, mapped = s.RemoveUnmapped(t, mapping, index)
		s.FaultMutexTable[hash].Unlock(t)
		inode.HinodeRwsem.Unlock(t)
	}
	return removed
}
