package reference

import (
	"slices"
	"sync/atomic"

	"github.com/lockorder/lockorder/reference/lock"
)

// An AnonVMA lists the private mappings that can map each other's pages: one
// mapping and its copies in forked children. anon_vma.
type AnonVMA struct {
	Rwsem lock.RWMutex

	vmas []*VMA // a child's after its parent's, see AddressSpace.vmas
	// changes counts the changes of the list, so that a walk can tell that
	// it was not protected.
	changes atomic.Int32
}

// File returns the file that the mappings are of. That it takes a look into
// the list is why the kernel should not ask: _get_hugetlb_page_mapping did,
// to find IMmapRwsem for a private page, whose walk needs Rwsem instead.
func (av *AnonVMA) File() *AddressSpace { return av.vmas[0].Mapping() }

// anonVMAPrepare returns the mapping's AnonVMA, made on first use. The caller
// holds MmapLock. anon_vma_prepare.
func (v *VMA) anonVMAPrepare(t *lock.Task) *AnonVMA {
	if av := v.anonVMA.Load(); av != nil {
		return av
	}
	av := &AnonVMA{vmas: []*VMA{v}}
	av.Rwsem.Init(ClassAnonRwsem)
	av.Rwsem.Lock(t)
	v.MM.PageTableLock.Lock(t)
	if !v.anonVMA.CompareAndSwap(nil, av) {
		av.vmas = nil
	}
	v.MM.PageTableLock.Unlock(t)
	av.Rwsem.Unlock(t)
	return v.anonVMA.Load()
}

// anonVMAFork puts a child's mapping behind its parent's. The caller holds
// both MmapLocks for writing. anon_vma_fork.
func anonVMAFork(t *lock.Task, child, parent *VMA) {
	av := parent.anonVMA.Load()
	if av == nil {
		return
	}
	av.Rwsem.Lock(t)
	av.vmas = append(av.vmas, child)
	av.changes.Add(1)
	av.Rwsem.Unlock(t)
	child.anonVMA.Store(av)
}

// anonVMAUnlink takes a mapping out. The caller holds MmapLock for writing.
// unlink_anon_vmas.
func (v *VMA) anonVMAUnlink(t *lock.Task) {
	av := v.anonVMA.Load()
	if av == nil {
		return
	}
	av.Rwsem.Lock(t)
	if i := slices.Index(av.vmas, v); i >= 0 {
		av.vmas = slices.Delete(av.vmas, i, i+1)
		av.changes.Add(1)
	}
	av.Rwsem.Unlock(t)
}
