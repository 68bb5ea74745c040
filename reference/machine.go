package reference

import (
	"errors"
	"fmt"
	"sync"

	"github.com/lockorder/lockorder/reference/lock"
)

// The errors of the operations.
var (
	ErrNoMapping = errors.New("no mapping at the address")         // SIGSEGV
	ErrAccess    = errors.New("mapping does not allow the access") // SIGSEGV
	ErrBeyond    = errors.New("address is beyond the file's end")  // SIGBUS
	ErrNoSpace   = errors.New("no huge page left")                 // SIGBUS, ENOSPC
	ErrNoMemory  = errors.New("no memory for a page table")        // ENOMEM
	ErrPoison    = errors.New("page has a memory failure")         // VM_FAULT_HWPOISON
	ErrKilled    = errors.New("page was taken back by its owner")  // VM_FAULT_SIGBUS, child of a private mapping
	ErrUserfault = errors.New("page is userfaultfd's to provide")  // handle_userfault
	ErrExist     = errors.New("page exists")                       // EEXIST
	ErrBusy      = errors.New("page is busy")                      // EAGAIN, EBUSY
	ErrEvicting  = errors.New("inode is going away")               // I_FREEING
	ErrInUse     = errors.New("inode has mappings")                // evict of a busy inode
)

// Options says how large a machine is.
type Options struct {
	Pages       int      // huge pages in the pool
	Tables      int      // page tables in the pool, 0 for plenty
	FaultMutex  int      // size of the fault mutex table, 0 for 8
	SubpoolSize int      // pages that one inode may use, 0 for all
	Slots       int      // page tables that an MM can hold, 0 for 16
	Weak        Weakness // protections to leave out
}

// A Weakness leaves out a protection that is not a lock, for tests that show
// what it is there for.
type Weakness uint

const (
	// NoMappingRecheck trusts a page found in the cache without looking
	// whether it is still there once its lock is held.
	NoMappingRecheck Weakness = 1 << iota
	// NoReferenceCheck moves a page that others have found in the cache and
	// are about to use.
	NoReferenceCheck
	// NoSizeRecheck maps a page without looking at i_size under the ptl.
	NoSizeRecheck
	// RestoreBeyondSize gives the reservation of a fault that lost against
	// a truncate back to the reserve map.
	RestoreBeyondSize
	// NoRestore loses the reservation of a fault that backs out.
	NoRestore
)

// A Machine is what the tasks share besides files and address spaces: the
// pools and the hash table of fault mutexes.
type Machine struct {
	// FaultMutexTable serialises faults on one index of one mapping. At most
	// one of its locks is held at a time. hugetlb_fault_mutex_table.
	FaultMutexTable []lock.Mutex
	H               HState
	Tables          TablePool

	options Options
	checker *lock.Checker
	log     violationLog
	all     registry
}

// NewMachine returns a machine whose locks are to be taken in the given
// order.
func NewMachine(o Options, order []*lock.Class) *Machine {
	if o.FaultMutex == 0 {
		o.FaultMutex = 8
	}
	if o.Slots == 0 {
		o.Slots = 16
	}
	m := &Machine{
		FaultMutexTable: make([]lock.Mutex, o.FaultMutex),
		options:         o,
		checker:         lock.NewChecker(order),
	}
	for i := range m.FaultMutexTable {
		m.FaultMutexTable[i].Init(ClassFaultMutex)
	}
	m.H.init(o.Pages)
	m.Tables.init(o.Tables)
	return m
}

// Common is the machine itself: what a scheme embeds.
func (m *Machine) Common() *Machine { return m }

// Checker checks the lock order of the machine's tasks.
func (m *Machine) Checker() *lock.Checker { return m.checker }

// NewTask returns a task of the machine.
func (m *Machine) NewTask(name string) *lock.Task { return m.checker.NewTask(name) }

func (m *Machine) weak(w Weakness) bool { return m.options.Weak&w != 0 }

// FaultHash is the index into FaultMutexTable for a page of a mapping.
// hugetlb_fault_mutex_hash.
func (m *Machine) FaultHash(mapping *AddressSpace, index int) int {
	return (mapping.Inode.id*31 + index) % len(m.FaultMutexTable)
}

// A violationLog collects broken invariants. Its mutex is not a part of the
// model.
type violationLog struct {
	mu   sync.Mutex
	list []string
}

// violate records that an invariant does not hold.
func (m *Machine) violate(invariant, format string, args ...any) {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	if len(m.log.list) < 100 {
		m.log.list = append(m.log.list, invariant+": "+fmt.Sprintf(format, args...))
	}
}

// Violations returns the broken invariants that operations met so far.
func (m *Machine) Violations() []string {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	return append([]string(nil), m.log.list...)
}

// A registry lists what Check has to visit. Its mutex is not a part of the
// model.
type registry struct {
	mu     sync.Mutex
	nextID int
	mms    []*MM
	inodes []*Inode
}
