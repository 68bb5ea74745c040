package reference

import "github.com/lockorder/lockorder/reference/lock"

// CopyVMA gives a child a copy of a mapping, without pages. The child has no
// promises: those of a private mapping are the parent's. The caller holds both
// MmapLocks for writing. dup_mmap.
func (m *Machine) CopyVMA(t *lock.Task, child *MM, parent *VMA) *VMA {
	parent.MM.MmapLock.AssertWriteHeld(t)
	vma := &VMA{
		MM: child, Start: parent.Start, End: parent.End, Pgoff: parent.Pgoff,
		Shared: parent.Shared, Uffd: parent.Uffd, Inode: parent.Inode,
	}
	vma.readonly.Store(parent.readonly.Load())
	vma.robbed.Store(parent.robbed.Load())
	parent.Inode.Get(t)
	child.insert(t, vma)
	anonVMAFork(t, vma, parent)
	vma.Mapping().link(t, vma)
	return vma
}

// CopyEntries copies the entries from src's address to the end of its table,
// or of its mapping, to dst's table, which is another. Entries of a private
// mapping lose the right to write on both sides. The caller excludes
// unsharing. The inner loop of copy_hugetlb_page_range.
func (m *Machine) CopyEntries(t *lock.Task, dst, src PTE) {
	for {
		dstPtl := dst.Lock(t)
		srcPtl := src.LockNested(t)
		copyEntry(dst.entry(), src.entry(), !src.VMA.Shared)
		srcPtl.Unlock(t)
		dstPtl.Unlock(t)
		dst.Addr++
		src.Addr++
		if src.Addr%PUDSpan == 0 || src.Addr == src.VMA.End {
			return
		}
	}
}

// copyEntry copies one entry. The caller holds both tables' locks.
func copyEntry(dst, src *pte, cow bool) {
	if src.kind == none || dst.kind != none {
		return
	}
	if cow {
		src.write = false
	}
	if src.kind == present {
		src.page.get()
		dst.set(src.page, src.write)
		return
	}
	*dst = *src
}
