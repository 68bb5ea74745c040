package mutant

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/after"
	"github.com/lockorder/lockorder/reference/lock"
)

// unlockedMunmap is M5: D5, the munmap of the first posting.
type unlockedMunmap struct{ after.Scheme }

func (s unlockedMunmap) Munmap(t *lock.Task, mm *reference.MM, addr int) error {
	mm.MmapLock.Lock(t)
	vma := mm.Find(t, addr)
	if vma == nil {
		mm.MmapLock.Unlock(t)
		return reference.ErrNoMapping
	}
	inode := vma.Inode
	inode.Mapping.IMmapRwsem.Lock(t)
	s.Zap(t, vma, vma.Start, vma.End, &inode.HinodeRwsem)
	inode.Mapping.Unlink(t, vma)
	inode.Mapping.IMmapRwsem.Unlock(t)
	s.FinishUnmap(t, vma)
	mm.MmapLock.Unlock(t)
	reference.Close(t, s, inode)
	return nil
}

// readUnderWrite is M13.
type readUnderWrite struct{ after.Scheme }

func (s readUnderWrite) ChangeProtection(t *lock.Task, mm *reference.MM, start, end int, writable bool) error {
	mm.MmapLock.Lock(t)
	defer mm.MmapLock.Unlock(t)
	vma := mm.Find(t, start)
	if vma == nil {
		return reference.ErrNoMapping
	}
	inode := vma.Inode
	inode.HinodeRwsem.Lock(t)
	defer inode.HinodeRwsem.Unlock(t)
	inode.HinodeRwsem.RLock(t)
	defer inode.HinodeRwsem.RUnlock(t)
	inode.Mapping.IMmapRwsem.Lock(t)
	s.Protect(t, vma, start, min(end, vma.End), writable, &inode.HinodeRwsem)
	inode.Mapping.IMmapRwsem.Unlock(t)
	return nil
}

// wrongMode is M15.
type wrongMode struct{ after.Scheme }

func (s wrongMode) ChangeProtection(t *lock.Task, mm *reference.MM, start, end int, writable bool) error {
	mm.MmapLock.Lock(t)
	defer mm.MmapLock.Unlock(t)
	vma := mm.Find(t, start)
	if vma == nil {
		return reference.ErrNoMapping
	}
	inode := vma.Inode
	inode.HinodeRwsem.Lock(t)
	inode.Mapping.IMmapRwsem.Lock(t)
	s.Protect(t, vma, start, min(end, vma.End), writable, &inode.HinodeRwsem)
	inode.Mapping.IMmapRwsem.Unlock(t)
	inode.HinodeRwsem.RUnlock(t)
	return nil
}

// leaksOnError is M14.
type leaksOnError struct{ after.Scheme }

func (s leaksOnError) UffdCopy(t *lock.Task, mm *reference.MM, addr int, value int64) error {
	mm.MmapLock.RLock(t)
	defer mm.MmapLock.RUnlock(t)
	vma := mm.Find(t, addr)
	if vma == nil {
		return reference.ErrNoMapping
	}
	inode := vma.Inode
	inode.HinodeRwsem.RLock(t)
	pte, err := s.AllocPMD(t, vma, addr)
	if err != nil {
		return err
	}
	hash := s.FaultHash(&inode.Mapping, vma.Index(addr))
	s.FaultMutexTable[hash].Lock(t)
	err = s.CopyIn(t, pte, value)
	s.FaultMutexTable[hash].Unlock(t)
	inode.HinodeRwsem.RUnlock(t)
	return err
}
