// Package posted is the scheme of the series as it was posted for the second
// time, with the faults that it had. It is a fixture: it works as long as
// nothing runs at the same time, and a checker must find in it
//
//	D1  Migrate, MemoryFailure: HinodeRwsem for writing is taken with the
//	    page locked, which faults take the other way round
//	D2  removeIndex: HinodeRwsem is taken inside the fault mutex, which faults
//	    take the other way round
//	D3  Fault: where a page table cannot be had, the fault mutex is
//	    released, which was not acquired yet
//	D4  PunchHole: page tables are unshared without HinodeRwsem
//	D6  ChangeProtection: the first address alone decides whether HinodeRwsem
//	    is taken; page tables further on are unshared without it
//
// D5, munmap without HinodeRwsem, was in the first posting only; package
// mutant has it.
package posted

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Order is the order of the lock classes that the series states, outermost
// first.
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

// New returns a machine that works by this scheme, while it works.
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

// hinodeLockWrite keeps everybody from the shared page table for addr, if it
// can be shared, and reports whether it took the lock. hinode_lock_write.
func hinodeLockWrite(t *lock.Task, vma *reference.VMA, addr int) bool {
	if !vma.Shareable(addr) {
		return false
	}
	vma.Inode.HinodeRwsem.Lock(t)
	return true
}

// firstAligned is the first address of a page table's range within a mapping.
// If that table cannot be shared, no other of the mapping can.
func firstAligned(vma *reference.VMA) int {
	return (vma.Start + reference.PUDSpan - 1) / reference.PUDSpan * reference.PUDSpan
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
