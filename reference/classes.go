package reference

import "github.com/lockorder/lockorder/reference/lock"

// The lock classes, named by the field that holds the lock.
var (
	ClassMmapLock      = lock.NewClass("MM.MmapLock")             // mm_struct.mmap_lock
	ClassIRwsem        = lock.NewClass("Inode.IRwsem")            // inode.i_rwsem
	ClassHinodeRwsem   = lock.NewClass("Inode.HinodeRwsem")       // hugetlbfs_inode_info.hinode_rwsem
	ClassIMmapRwsem    = lock.NewClass("AddressSpace.IMmapRwsem") // address_space.i_mmap_rwsem
	ClassFaultMutex    = lock.NewClass("Machine.FaultMutexTable") // hugetlb_fault_mutex_table[]
	ClassPGLocked      = lock.NewClass("Page.PGLocked")           // page.PG_locked
	ClassAnonRwsem     = lock.NewClass("AnonVMA.Rwsem")           // anon_vma.root.rwsem
	ClassPageTableLock = lock.NewClass("MM.PageTableLock")        // mm_struct.page_table_lock
	ClassPtl           = lock.NewClass("PMDTable.Ptl")            // page_table.ptl
	ClassResvLock      = lock.NewClass("ResvMap.Lock")            // resv_map.lock
	ClassIPages        = lock.NewClass("AddressSpace.IPages")     // address_space.i_pages.xa_lock
	ClassILock         = lock.NewClass("Inode.ILock")             // inode.i_lock
	ClassSubpoolLock   = lock.NewClass("Subpool.Lock")            // hugepage_subpool.lock
	ClassHugetlbLock   = lock.NewClass("HState.HugetlbLock")      // hugetlb_lock
	ClassTablePoolLock = lock.NewClass("TablePool.Lock")          // zone.lock, for page tables
)

// LeafOrder is the end of every scheme's order: the locks of data structures
// that no scheme cares about.
func LeafOrder() []*lock.Class {
	return []*lock.Class{
		ClassResvLock,
		ClassIPages,
		ClassILock,
		ClassSubpoolLock,
		ClassHugetlbLock,
		ClassTablePoolLock,
	}
}
