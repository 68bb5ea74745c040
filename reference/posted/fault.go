package posted

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// Fault loads from, or stores to, an address. hugetlb_fault.
func (s Scheme) Fault(t *lock.Task, mm *reference.MM, a reference.Access) (int64, error) {
	for stolen := false; ; {
		out := s.faultOnce(t, mm, a, stolen)
		switch {
		case out.Wait != nil:
			s.WaitPage(t, out.Wait)
		case out.Steal && !stolen:
			stolen = true
		case !out.Retry:
			return out.Value, out.Err
		}
	}
}

// faultOnce takes MmapLock, HinodeRwsem and the fault mutex, and releases
// them. If told to steal it first takes the page back from the children.
func (s Scheme) faultOnce(t *lock.Task, mm *reference.MM, a reference.Access, steal bool) reference.Outcome {
	mm.MmapLock.RLock(t)
	defer mm.MmapLock.RUnlock(t)
	vma := mm.Find(t, a.Addr)
	if vma == nil {
		return reference.Outcome{Err: reference.ErrNoMapping}
	}
	if steal {
		s.unmapRefPrivate(t, vma, a.Addr)
	}
	var hash int
	var out reference.Outcome
	inode := vma.Inode
	hinode := hinodeLockRead(t, vma, a.Addr)
	pte, err := s.pteAlloc(t, vma, a.Addr)
	if err != nil {
		out.Err = err
		goto outMutex // D3
	}
	hash = s.FaultHash(&inode.Mapping, vma.Index(a.Addr))
	s.FaultMutexTable[hash].Lock(t)
	out = s.HandleFault(t, pte, a)
outMutex:
	s.FaultMutexTable[hash].Unlock(t)
	if hinode {
		inode.HinodeRwsem.RUnlock(t)
	}
	return out
}

// unmapRefPrivate takes the page at addr from the children of the mapping
// that has promises for it. unmap_ref_private.
func (s Scheme) unmapRefPrivate(t *lock.Task, vma *reference.VMA, addr int) {
	mapping := vma.Mapping()
	mapping.IMmapRwsem.Lock(t)
	s.RobChildren(t, vma, addr)
	mapping.IMmapRwsem.Unlock(t)
}

// UffdCopy provides the page of an address that userfaultfd was asked for.
// __mcopy_atomic_hugetlb.
func (s Scheme) UffdCopy(t *lock.Task, mm *reference.MM, addr int, value int64) error {
	mm.MmapLock.RLock(t)
	defer mm.MmapLock.RUnlock(t)
	vma := mm.Find(t, addr)
	if vma == nil {
		return reference.ErrNoMapping
	}
	hinode := hinodeLockRead(t, vma, addr)
	pte, err := s.pteAlloc(t, vma, addr)
	if err == nil {
		hash := s.FaultHash(vma.Mapping(), vma.Index(addr))
		s.FaultMutexTable[hash].Lock(t)
		err = s.CopyIn(t, pte, value)
		s.FaultMutexTable[hash].Unlock(t)
	}
	if hinode {
		vma.Inode.HinodeRwsem.RUnlock(t)
	}
	return err
}
