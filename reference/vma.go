package reference

import (
	"sync/atomic"

	"github.com/lockorder/lockorder/reference/lock"
)

// A VMA maps a range of a file into an MM. vm_area_struct.
type VMA struct {
	MM         *MM
	Start, End int // addresses [Start, End)
	Pgoff      int // file index at Start
	Shared     bool
	Uffd       bool // registered with userfaultfd for missing pages
	Inode      *Inode
	// Resv holds the reservations of a private mapping in the process that
	// made it; nil in its children and in shared mappings, whose
	// reservations are the inode's. HPAGE_RESV_OWNER.
	Resv *ResvMap

	// anonVMA is set once, under MM.PageTableLock.
	anonVMA atomic.Pointer[AnonVMA]
	// readonly has a bit for each page that may not be written. It changes
	// under MmapLock and IMmapRwsem, both for writing, so that either is
	// enough to read it.
	readonly atomic.Uint64
	// robbed: the owner of the private mapping took back pages of this child.
	// HPAGE_RESV_UNMAPPED.
	robbed atomic.Bool
}

// maxPages is the size of the largest mapping: the bits of VMA.readonly.
const maxPages = 64

// Index returns the file index of an address.
func (v *VMA) Index(addr int) int { return addr - v.Start + v.Pgoff }

// Address returns the address of a file index and whether v maps it.
func (v *VMA) Address(index int) (int, bool) {
	addr := index - v.Pgoff + v.Start
	return addr, v.Start <= addr && addr < v.End
}

// Mapping is the file's address space.
func (v *VMA) Mapping() *AddressSpace { return &v.Inode.Mapping }

// Shareable reports whether the page table for addr can be shared with other
// mappings: v maps the table's whole range and its pages are the file's.
// vma_shareable.
func (v *VMA) Shareable(addr int) bool {
	base := addr - addr%PUDSpan
	return v.Shared && v.Start <= base && base+PUDSpan <= v.End
}

// AnyShareable reports whether a page table within [start, end) of v can be
// shared.
func (v *VMA) AnyShareable(start, end int) bool {
	for addr := start - start%PUDSpan; addr < end; addr += PUDSpan {
		if v.Shareable(addr) {
			return true
		}
	}
	return false
}

// writable reports whether the page at addr may be written.
func (v *VMA) writable(addr int) bool {
	return v.readonly.Load()&(1<<(addr-v.Start)) == 0
}

// protection returns the readonly bits of the page table's range at base,
// all of which v maps.
func (v *VMA) protection(base int) uint64 {
	return v.readonly.Load() >> (base - v.Start) & (1<<PUDSpan - 1)
}

// protect changes the readonly bits of [start, end).
func (v *VMA) protect(t *lock.Task, start, end int, writable bool) {
	v.MM.MmapLock.AssertWriteHeld(t)
	v.Mapping().IMmapRwsem.AssertWriteHeld(t)
	bits := v.readonly.Load()
	for addr := start; addr < end; addr++ {
		if bit := uint64(1) << (addr - v.Start); writable {
			bits &^= bit
		} else {
			bits |= bit
		}
	}
	v.readonly.Store(bits)
}

// reserves returns the map that a fault in v takes its reservation from, or
// nil.
func (v *VMA) reserves() *ResvMap {
	if v.Shared {
		return &v.Inode.Resv
	}
	return v.Resv
}
