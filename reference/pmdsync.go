package reference

import "github.com/lockorder/lockorder/reference/lock"

// PMDSync is a locking scheme: the operations whose locks depend on how it
// keeps a page table from being unshared while somebody uses its entries. The
// rest is the Machine's.
type PMDSync interface {
	// Common is the machine that the scheme runs on.
	Common() *Machine

	// Fault loads from, or stores to, an address: hugetlb_fault.
	Fault(t *lock.Task, mm *MM, a Access) (int64, error)
	// UffdCopy provides the page of an address: __mcopy_atomic_hugetlb.
	UffdCopy(t *lock.Task, mm *MM, addr int, value int64) error

	// Mmap maps a file: hugetlbfs_file_mmap.
	Mmap(t *lock.Task, mm *MM, r MapRequest) (*VMA, error)
	// Munmap takes out the mapping at an address: unmap_single_vma.
	Munmap(t *lock.Task, mm *MM, addr int) error
	// Fork copies an address space: copy_hugetlb_page_range.
	Fork(t *lock.Task, parent *MM) (*MM, error)
	// ChangeProtection allows or forbids stores: hugetlb_change_protection.
	ChangeProtection(t *lock.Task, mm *MM, start, end int, writable bool) error

	// Truncate sets a file's size: hugetlb_vmtruncate.
	Truncate(t *lock.Task, inode *Inode, size int) error
	// PunchHole frees the pages [start, end) of a file and counts them:
	// hugetlbfs_punch_hole, remove_inode_hugepages.
	PunchHole(t *lock.Task, inode *Inode, start, end int) (int, error)
	// Fallocate fills [start, end) of a file: hugetlbfs_fallocate.
	Fallocate(t *lock.Task, inode *Inode, start, end int) error
	// Evict removes a file without users: hugetlbfs_evict_inode.
	Evict(t *lock.Task, inode *Inode) error

	// Migrate moves a pinned page to another frame:
	// unmap_and_move_huge_page.
	Migrate(t *lock.Task, page *Page) error
	// MemoryFailure unmaps a pinned page that failed:
	// memory_failure_hugetlb, hwpoison_user_mappings.
	MemoryFailure(t *lock.Task, page *Page) error
	// Referenced counts the address spaces that map a pinned page:
	// page_referenced.
	Referenced(t *lock.Task, page *Page) (int, error)
}

// Exit takes all mappings out of an address space and forgets it. exit_mmap.
func Exit(t *lock.Task, s PMDSync, mm *MM) {
	for {
		mm.MmapLock.RLock(t)
		vmas := mm.VMAs(t)
		mm.MmapLock.RUnlock(t)
		if len(vmas) == 0 {
			s.Common().Retire(mm)
			return
		}
		_ = s.Munmap(t, mm, vmas[0].Start) // gone already, if it fails
	}
}

// Close drops a user of a file and evicts it with the last. iput.
func Close(t *lock.Task, s PMDSync, inode *Inode) {
	if inode.Put(t) {
		_ = s.Evict(t, inode) // has no users
	}
}
