// Package before is the scheme that the series set out to replace: that of
// c0d0381ade79 and 87bf91d39bb5, corrected as in 336bf30eb765 and
// b7880cb166ab. IMmapRwsem keeps page tables from being unshared.
//
// IMmapRwsem is held for reading from the lookup of a page table until its
// entry was used, and for writing wherever a shared page table may be let go
// or the file's size changes. Faults take it around the fault mutex and the
// page lock, so it is outside both, against the order of the rest of the
// kernel. Who comes with the page locked, migration and memory failure, can
// only try for it, and gives up where it is taken. Faults of all mappings of
// a file take it, so that they wait for every mmap and munmap of the file.
package before

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Order is the order of the lock classes, outermost first.
func Order() []*lock.Class {
	return append([]*lock.Class{
		reference.ClassMmapLock,
		reference.ClassIRwsem,
		reference.ClassIMmapRwsem,
		reference.ClassFaultMutex,
		reference.ClassPGLocked,
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

// pteAlloc finds or makes the page table for addr. The caller holds
// IMmapRwsem if the table can be shared. huge_pte_alloc, huge_pmd_share.
func (s Scheme) pteAlloc(t *lock.Task, vma *reference.VMA, addr int) (reference.PTE, error) {
	if vma.Shareable(addr) {
		s.SharePMD(t, vma, addr, &vma.Mapping().IMmapRwsem)
	}
	return s.AllocPMD(t, vma, addr)
}
