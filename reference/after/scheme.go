// Package after is the scheme of the series as it ought to have been: a
// rw_semaphore of the inode, outside every lock under which a page table
// entry is used, keeps page tables from being unshared.
//
// The page lock comes before IMmapRwsem again, as in the rest of the kernel.
// HinodeRwsem is held
//
//   - for reading from the lookup of a page table that can be shared until
//     its entry was used;
//   - for writing wherever a shared page table may be let go.
//
// It is outside the fault mutex and the page lock. Who comes with the page
// locked, migration and memory failure, tries for it, and otherwise unlocks
// the page, pins the inode and starts again from the outside. A mapping whose
// page tables cannot be shared does without it, so that faults there look at
// i_size once more when they hold the page table's lock.
package after

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Order is the order of the lock classes, outermost first.
func Order() []*lock.Class {
	return append([]*lock.Class{
		reference.ClassMmapLock,
		reference.ClassIRwsem,
		reference.ClassHinodeRwsem,
		reference.ClassFaultMutex,
		reference.ClassPGLocked,
		reference.ClassIMmapRwsem,
		reference.ClassAnonRwsem,
		reference.ClassPageTableLock,
		reference.ClassPtl,
	}, reference.LeafOrder()...)
}

// A Scheme is a machine with this scheme's operations.
type Scheme struct{ *reference.Machine }

var _ reference.PMDSync = Scheme{}

// New returns a machine that works by this scheme.
func New(o reference.Options) Scheme {
	return Scheme{reference.NewMachine(o, Order())}
}

// hinodeLockRead keeps the page table for addr from being unshared, if it can
// be shared, and reports whether it took the lock. hinode_lock_read.
func hinodeLockRead(t *lock.Task, vma *reference.VMA, addr int) bool {
	if !vma.Shareable(addr) {
		return false
	}
	vma.Inode.HinodeRwsem.RLock(t)
	return true
}

// hinodeLockWrite keeps everybody from the shared page tables of [start, end),
// if there can be any, and reports whether it took the lock.
// hinode_lock_write, which looks at one address only.
func hinodeLockWrite(t *lock.Task, vma *reference.VMA, start, end int) bool {
	if !vma.AnyShareable(start, end) {
		return false
	}
	vma.Inode.HinodeRwsem.Lock(t)
	return true
}

// pteAlloc finds or makes the page table for addr. The caller holds
// HinodeRwsem if the table can be shared. huge_pte_alloc, huge_pmd_share.
func (s Scheme) pteAlloc(t *lock.Task, vma *reference.VMA, addr int) (reference.PTE, error) {
	if _, ok := vma.Offset(addr); !ok && vma.Shareable(addr) {
		mapping := vma.Mapping()
		mapping.IMmapRwsem.RLock(t)
		s.SharePMD(t, vma, addr, &vma.Inode.HinodeRwsem)
		mapping.IMmapRwsem.RUnlock(t)
	}
	return s.AllocPMD(t, vma, addr)
}
