package mutant

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/after"
	"github.com/lockorder/lockorder/reference/lock"
	"github.com/lockorder/lockorder/reference/posted"
)

// A Race is what the schemes have to prevent, with a scheme that does not.
type Race struct {
	ID   string
	What string
	New  func(reference.Options) reference.PMDSync
}

// Races lists the races.
var Races = []Race{
	{"R1", "a page table is used after it was unshared",
		of(after.New, func(s after.Scheme) unlockedFault { return unlockedFault{s} })},
	{"R2", "a fault maps a page beyond the size that was just set", weak(reference.NoSizeRecheck)},
	{"R3", "a fault maps a page again between unmap and removal",
		of(after.New, func(s after.Scheme) blindPunch { return blindPunch{s} })},
	{"R4", "two faults of one index both allocate",
		of(after.New, func(s after.Scheme) noFaultMutex { return noFaultMutex{s} })},
	{"R5", "a private page is walked under the file's lock",
		of(after.New, func(s after.Scheme) wrongRmapLock { return wrongRmapLock{s} })},
	{"R6", "the file lets go of the page while its lock is dropped",
		of(after.New, func(s after.Scheme) noRecheck { return noRecheck{s} })},
	{"R7", "fork reads a page table that is being unshared",
		of(after.New, func(s after.Scheme) unlockedFork { return unlockedFork{s} })},
	{"R8", "munmap frees a page table that another is about to share",
		of(after.New, func(s after.Scheme) unlockedFault { return unlockedFault{s} })},
	{"R9", "a page is moved while a fault is about to map it",
		weak(reference.NoReferenceCheck | reference.NoMappingRecheck)},
	{"R10", "migration waits for the semaphore with the page locked, a fault the reverse",
		of(posted.New, func(s posted.Scheme) posted.Scheme { return s })},
	{"R11", "userfaultfd provides a page beyond the size that was just set", weak(reference.NoSizeRecheck)},
	{"R12", "a fault that backs out loses its reservation", weak(reference.NoRestore)},
}

// share finds or makes a page table with no lock held.
func share(t *lock.Task, m *reference.Machine, vma *reference.VMA, addr int) (reference.PTE, error) {
	if vma.Shareable(addr) {
		m.SharePMD(t, vma, addr, &vma.Inode.HinodeRwsem)
	}
	return m.AllocPMD(t, vma, addr)
}

// unlockedFault is R1 and R8.
type unlockedFault struct{ after.Scheme }

func (s unlockedFault) Fault(t *lock.Task, mm *reference.MM, a reference.Access) (int64, error) {
	mm.MmapLock.RLock(t)
	defer mm.MmapLock.RUnlock(t)
	vma := mm.Find(t, a.Addr)
	pte, err := share(t, s.Machine, vma, a.Addr)
	if err != nil {
		return 0, err
	}
	hash := s.FaultHash(vma.Mapping(), vma.Index(a.Addr))
	s.FaultMutexTable[hash].Lock(t)
	out := s.HandleFault(t, pte, a)
	s.FaultMutexTable[hash].Unlock(t)
	return out.Value, out.Err
}

// blindPunch is R3.
type blindPunch struct{ after.Scheme }

func (s blindPunch) PunchHole(t *lock.Task, inode *reference.Inode, start, end int) (int, error) {
	inode.IRwsem.Lock(t)
	defer inode.IRwsem.Unlock(t)
	mapping := &inode.Mapping
	inode.HinodeRwsem.Lock(t)
	mapping.IMmapRwsem.Lock(t)
	s.ZapFile(t, mapping, start, end, &inode.HinodeRwsem)
	mapping.IMmapRwsem.Unlock(t)
	inode.HinodeRwsem.Unlock(t)
	t.Point("punch:unmapped")
	freed := 0
	for _, index := range mapping.Indexes(t, start, end) {
		page := s.FindLock(t, mapping, index)
		s.RemovePage(t, mapping, page)
		page.PGLocked.Unlock(t)
		s.PutPage(t, page)
		freed++
	}
	return freed, nil
}

// noFaultMutex is R4.
type noFaultMutex struct{ after.Scheme }

func (s noFaultMutex) Fault(t *lock.Task, mm *reference.MM, a reference.Access) (int64, error) {
	mm.MmapLock.RLock(t)
	defer mm.MmapLock.RUnlock(t)
	vma := mm.Find(t, a.Addr)
	inode := vma.Inode
	inode.HinodeRwsem.RLock(t)
	defer inode.HinodeRwsem.RUnlock(t)
	inode.Mapping.IMmapRwsem.RLock(t)
	pte, err := share(t, s.Machine, vma, a.Addr)
	inode.Mapping.IMmapRwsem.RUnlock(t)
	if err != nil {
		return 0, err
	}
	out := s.HandleFault(t, pte, a)
	return out.Value, out.Err
}

// unlockedFork is R7.
type unlockedFork struct{ after.Scheme }

func (s unlockedFork) Fork(t *lock.Task, parent *reference.MM) (*reference.MM, error) {
	child := s.NewMM()
	parent.MmapLock.Lock(t)
	defer parent.MmapLock.Unlock(t)
	child.MmapLock.LockNested(t, 1)
	defer child.MmapLock.Unlock(t)
	for _, src := range parent.VMAs(t) {
		dst := s.CopyVMA(t, child, src)
		for addr := src.Start; addr < src.End; addr += reference.PUDSpan {
			from, ok := src.Offset(addr)
			if !ok {
				continue
			}
			t.Point("fork:walked")
			if to, err := s.AllocPMD(t, dst, addr); err == nil && !to.SameTable(from) {
				s.CopyEntries(t, to, from)
			}
		}
	}
	return child, nil
}
