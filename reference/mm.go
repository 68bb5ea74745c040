package reference

import (
	"slices"
	"sync/atomic"

	"github.com/lockorder/lockorder/reference/lock"
)

// PUDSpan is how many huge pages one page table maps: PTRS_PER_PMD, made
// small so that sharing happens often.
const PUDSpan = 8

// An MM is an address space of a process. Addresses count huge pages.
// mm_struct.
type MM struct {
	MmapLock      lock.RWMutex
	PageTableLock lock.Mutex

	machine *Machine
	vmas    []*VMA // by address; guarded by MmapLock
	// pgd holds a page table per PUDSpan addresses. A slot is filled under
	// PageTableLock and cleared under the table's Ptl.
	pgd []atomic.Pointer[PMDTable]
}

// NewMM returns an empty address space.
func (m *Machine) NewMM() *MM {
	mm := &MM{machine: m, pgd: make([]atomic.Pointer[PMDTable], m.options.Slots)}
	mm.MmapLock.Init(ClassMmapLock)
	mm.PageTableLock.Init(ClassPageTableLock)
	m.all.mu.Lock()
	m.all.mms = append(m.all.mms, mm)
	m.all.mu.Unlock()
	return mm
}

// Retire forgets an address space without mappings. mmdrop.
func (m *Machine) Retire(mm *MM) {
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	if i := slices.Index(m.all.mms, mm); i >= 0 {
		m.all.mms = slices.Delete(m.all.mms, i, i+1)
	}
}

// Find returns the mapping at addr, or nil. The caller holds MmapLock.
// find_vma.
func (mm *MM) Find(t *lock.Task, addr int) *VMA {
	mm.MmapLock.AssertHeld(t)
	for _, vma := range mm.vmas {
		if vma.Start <= addr && addr < vma.End {
			return vma
		}
	}
	return nil
}

// VMAs returns the mappings by address. The caller holds MmapLock.
func (mm *MM) VMAs(t *lock.Task) []*VMA {
	mm.MmapLock.AssertHeld(t)
	return slices.Clone(mm.vmas)
}

// insert adds a mapping, unless its range is taken or out of bounds. The
// caller holds MmapLock for writing.
func (mm *MM) insert(t *lock.Task, vma *VMA) bool {
	mm.MmapLock.AssertWriteHeld(t)
	if vma.Start < 0 || vma.Start >= vma.End || vma.End > len(mm.pgd)*PUDSpan {
		return false
	}
	at := len(mm.vmas)
	for i, other := range mm.vmas {
		if other.Start < vma.End && vma.Start < other.End {
			return false
		}
		if other.Start > vma.Start && i < at {
			at = i
		}
	}
	mm.vmas = slices.Insert(mm.vmas, at, vma)
	return true
}

// remove takes a mapping out. The caller holds MmapLock for writing.
func (mm *MM) remove(t *lock.Task, vma *VMA) {
	mm.MmapLock.AssertWriteHeld(t)
	if i := slices.Index(mm.vmas, vma); i >= 0 {
		mm.vmas = slices.Delete(mm.vmas, i, i+1)
	}
}
