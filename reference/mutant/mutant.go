// Package mutant holds schemes with one fault each. A test that runs one, or
// a checker that reads this package, must notice the fault: if it does not,
// it would not notice it in a scheme either.
//
// All is the list. A fault is made in one of three ways:
//
//   - an operation of package posted in an otherwise sound scheme;
//   - an operation of this package;
//   - a Weakness of the machine, where the fault is not one of locks.
package mutant

import (
	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/after"
	"github.com/lockorder/lockorder/reference/before"
	"github.com/lockorder/lockorder/reference/lock"
	"github.com/lockorder/lockorder/reference/posted"
)

// A Mutant is a scheme with a fault.
type Mutant struct {
	ID   string
	What string
	// Kind is how the run-time checker names the fault, with the build tag
	// lockcheck; "" if it cannot see it.
	Kind lock.Kind
	// Invariant is the invariant that the fault breaks in any build; "" if
	// it ends in a deadlock or a fatal error of the runtime instead.
	Invariant string
	// Vet is the function in which an analyzer must report the fault; "" if
	// there is nothing to see for one that knows about locks alone.
	Vet string
	New func(reference.Options) reference.PMDSync
}

// weak makes a sound scheme on a machine with a weakness.
func weak(w reference.Weakness) func(reference.Options) reference.PMDSync {
	return func(o reference.Options) reference.PMDSync {
		o.Weak |= w
		return after.New(o)
	}
}

// of makes a scheme from the sound one whose operation it replaces.
func of[S, M reference.PMDSync](sound func(reference.Options) S, mutate func(S) M) func(reference.Options) reference.PMDSync {
	return func(o reference.Options) reference.PMDSync { return mutate(sound(o)) }
}

// All lists the mutants.
var All = []Mutant{
	{"M1", "hinode_rwsem is taken under the page lock", lock.Order, "", "posted.Scheme.move",
		of(after.New, func(s after.Scheme) pageThenHinode { return pageThenHinode{s} })},
	{"M2", "hinode_rwsem is taken under the fault mutex", lock.Order, "", "posted.Scheme.removeIndex",
		of(after.New, func(s after.Scheme) faultThenHinode { return faultThenHinode{s} })},
	{"M3", "an error exit releases a fault mutex not yet taken", lock.Unheld, "", "posted.Scheme.faultOnce",
		of(after.New, func(s after.Scheme) unlocksTooMuch { return unlocksTooMuch{s} })},
	{"M4", "hole punch unshares without hinode_rwsem", lock.Required, "I2", "posted.Scheme.PunchHole",
		of(after.New, func(s after.Scheme) faultThenHinode { return faultThenHinode{s} })},
	{"M5", "munmap unshares without hinode_rwsem", lock.Required, "", "mutant.unlockedMunmap.Munmap",
		of(after.New, func(s after.Scheme) unlockedMunmap { return unlockedMunmap{s} })},
	{"M6", "mprotect looks at its first address alone", lock.Required, "", "posted.Scheme.ChangeProtection",
		of(after.New, func(s after.Scheme) firstAddress { return firstAddress{s} })},
	{"M7", "a page is not looked at again after its lock was dropped", "", "I5", "",
		of(after.New, func(s after.Scheme) noRecheck { return noRecheck{s} })},
	{"M8", "a private page is moved under the file's lock", lock.Required, "I3", "mutant.wrongRmapLock.Migrate",
		of(after.New, func(s after.Scheme) wrongRmapLock { return wrongRmapLock{s} })},
	{"M9", "the size changes outside hinode_rwsem", "", "I1", "",
		of(after.New, func(s after.Scheme) lateSize { return lateSize{s} })},
	{"M10", "a fault does not look at the size under the ptl", "", "I1", "",
		weak(reference.NoSizeRecheck)},
	{"M11", "hole punch takes i_mmap_rwsem under the page lock", lock.Order, "", "mutant.pageThenImmap.removeIndex",
		of(before.New, func(s before.Scheme) pageThenImmap { return pageThenImmap{s} })},
	{"M12", "memory failure waits for i_mmap_rwsem under the page lock", lock.Order, "", "mutant.blockingCollect.MemoryFailure",
		of(before.New, func(s before.Scheme) blockingCollect { return blockingCollect{s} })},
	{"M13", "mprotect takes hinode_rwsem twice", lock.Recursion, "", "mutant.readUnderWrite.ChangeProtection",
		of(after.New, func(s after.Scheme) readUnderWrite { return readUnderWrite{s} })},
	{"M14", "an error exit keeps hinode_rwsem", lock.Leaked, "I10", "mutant.leaksOnError.UffdCopy",
		of(after.New, func(s after.Scheme) leaksOnError { return leaksOnError{s} })},
	{"M15", "mprotect releases hinode_rwsem as a reader", lock.WrongMode, "", "mutant.wrongMode.ChangeProtection",
		of(after.New, func(s after.Scheme) wrongMode { return wrongMode{s} })},
	{"M16", "the reservation of a truncated page is restored", "", "I4", "",
		weak(reference.RestoreBeyondSize)},
}

// pageThenHinode is M1: D1 of package posted.
type pageThenHinode struct{ after.Scheme }

func (s pageThenHinode) Migrate(t *lock.Task, page *reference.Page) error {
	return posted.Scheme{Machine: s.Machine}.Migrate(t, page)
}

// faultThenHinode is M2 and M4: the hole punch of package posted has both
// faults.
type faultThenHinode struct{ after.Scheme }

func (s faultThenHinode) PunchHole(t *lock.Task, inode *reference.Inode, start, end int) (int, error) {
	return posted.Scheme{Machine: s.Machine}.PunchHole(t, inode, start, end)
}

// unlocksTooMuch is M3: D3 of package posted.
type unlocksTooMuch struct{ after.Scheme }

func (s unlocksTooMuch) Fault(t *lock.Task, mm *reference.MM, a reference.Access) (int64, error) {
	return posted.Scheme{Machine: s.Machine}.Fault(t, mm, a)
}

// firstAddress is M6: D6 of package posted.
type firstAddress struct{ after.Scheme }

func (s firstAddress) ChangeProtection(t *lock.Task, mm *reference.MM, start, end int, writable bool) error {
	return posted.Scheme{Machine: s.Machine}.ChangeProtection(t, mm, start, end, writable)
}
