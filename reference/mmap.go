package reference

import "github.com/lockorder/lockorder/reference/lock"

// A MapRequest asks for a mapping of a file.
type MapRequest struct {
	Addr, Pages int
	Inode       *Inode
	Pgoff       int
	Shared      bool
	ReadOnly    bool
	Uffd        bool // register with userfaultfd
}

// Mmap maps a file, makes the promises for its pages and extends the file to
// the end of the mapping. mmap_region, hugetlbfs_file_mmap.
func (m *Machine) Mmap(t *lock.Task, mm *MM, r MapRequest) (*VMA, error) {
	if r.Pages > maxPages {
		return nil, ErrNoMemory
	}
	vma := &VMA{
		MM: mm, Start: r.Addr, End: r.Addr + r.Pages, Pgoff: r.Pgoff,
		Shared: r.Shared, Uffd: r.Uffd, Inode: r.Inode,
	}
	if r.ReadOnly {
		vma.readonly.Store(^uint64(0))
	}
	mm.MmapLock.Lock(t)
	defer mm.MmapLock.Unlock(t)
	if !mm.insert(t, vma) {
		return nil, ErrExist
	}
	r.Inode.IRwsem.Lock(t)
	err := m.reserveFor(t, vma)
	if end := r.Pgoff + r.Pages; err == nil && end > r.Inode.Size() {
		r.Inode.SetSize(t, end)
	}
	r.Inode.IRwsem.Unlock(t)
	if err != nil {
		mm.remove(t, vma)
		return nil, err
	}
	r.Inode.Get(t)
	vma.Mapping().link(t, vma)
	return vma, nil
}

// reserveFor makes the promises for a new mapping.
func (m *Machine) reserveFor(t *lock.Task, vma *VMA) error {
	from, to := vma.Pgoff, vma.Index(vma.End)
	sub := &vma.Inode.Subpool
	if vma.Shared {
		return m.reservePages(t, sub, &vma.Inode.Resv, vma.Mapping(), from, to)
	}
	vma.Resv = new(ResvMap)
	vma.Resv.init()
	return m.reservePages(t, sub, vma.Resv, nil, from, to)
}

// FinishUnmap takes a mapping without pages out of its address space: the end
// of munmap, after the scheme has zapped and unlinked it. The caller holds
// MmapLock for writing. free_pgtables, hugetlb_vm_op_close.
func (m *Machine) FinishUnmap(t *lock.Task, vma *VMA) {
	vma.anonVMAUnlink(t)
	vma.MM.remove(t, vma)
	m.FreeTables(t, vma)
	if vma.Resv != nil {
		m.UnreservePages(t, &vma.Inode.Subpool, vma.Resv, 0)
	}
}
