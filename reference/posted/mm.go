package posted

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Munmap takes out the mapping at addr, and the file if that was its last
// user. unmap_single_vma, unlink_file_vma.
func (s Scheme) Munmap(t *lock.Task, mm *reference.MM, addr int) error {
	mm.MmapLock.Lock(t)
	vma := mm.Find(t, addr)
	if vma == nil {
		mm.MmapLock.Unlock(t)
		return reference.ErrNoMapping
	}
	inode := vma.Inode
	hinode := hinodeLockWrite(t, vma, firstAligned(vma))
	inode.Mapping.IMmapRwsem.Lock(t)
	s.Zap(t, vma, vma.Start, vma.End, &inode.HinodeRwsem)
	inode.Mapping.Unlink(t, vma)
	inode.Mapping.IMmapRwsem.Unlock(t)
	if hinode {
		inode.HinodeRwsem.Unlock(t)
	}
	s.FinishUnmap(t, vma)
	mm.MmapLock.Unlock(t)
	reference.Close(t, s, inode)
	return nil
}

// Fork copies an address space. dup_mmap.
func (s Scheme) Fork(t *lock.Task, parent *reference.MM) (*reference.MM, error) {
	child := s.NewMM()
	err := s.forkInto(t, child, parent)
	if err != nil {
		reference.Exit(t, s, child)
		return nil, err
	}
	return child, nil
}

func (s Scheme) forkInto(t *lock.Task, child, parent *reference.MM) error {
	parent.MmapLock.Lock(t)
	defer parent.MmapLock.Unlock(t)
	child.MmapLock.LockNested(t, 1)
	defer child.MmapLock.Unlock(t)
	for _, src := range parent.VMAs(t) {
		dst := s.CopyVMA(t, child, src)
		if err := s.copyRange(t, dst, src); err != nil {
			return err
		}
	}
	return nil
}

// copyRange copies the entries of a mapping, a page table at a time.
// copy_hugetlb_page_range.
func (s Scheme) copyRange(t *lock.Task, dst, src *reference.VMA) error {
	var err error
	hinode := hinodeLockRead(t, src, firstAligned(src))
	for addr := src.Start; addr < src.End && err == nil; addr += reference.PUDSpan - addr%reference.PUDSpan {
		err = s.copyTable(t, dst, src, addr)
	}
	if hinode {
		src.Inode.HinodeRwsem.RUnlock(t)
	}
	return err
}

// copyTable copies the entries of one page table unless the child comes to
// share it.
func (s Scheme) copyTable(t *lock.Task, dst, src *reference.VMA, addr int) error {
	from, ok := src.Offset(addr)
	if !ok {
		return nil
	}
	t.Point("fork:walked")
	to, err := s.pteAlloc(t, dst, addr)
	if err != nil {
		return err
	}
	if !to.SameTable(from) {
		s.CopyEntries(t, to, from)
	}
	return nil
}

// ChangeProtection allows or forbids stores to the part of [start, end) that
// is in the mapping at start. hugetlb_change_protection.
func (s Scheme) ChangeProtection(t *lock.Task, mm *reference.MM, start, end int, writable bool) error {
	mm.MmapLock.Lock(t)
	defer mm.MmapLock.Unlock(t)
	vma := mm.Find(t, start)
	if vma == nil {
		return reference.ErrNoMapping
	}
	end = min(end, vma.End)
	inode := vma.Inode
	hinode := hinodeLockWrite(t, vma, start) // D6
	inode.Mapping.IMmapRwsem.Lock(t)
	s.Protect(t, vma, start, end, writable, &inode.HinodeRwsem)
	inode.Mapping.IMmapRwsem.Unlock(t)
	if hinode {
		inode.HinodeRwsem.Unlock(t)
	}
	return nil
}
