package reference

import (
	"fmt"

	"github.com/lockorder/lockorder/reference/lock"
)

// A census is what a quiescent machine is seen to hold.
type census struct {
	machine *Machine
	task    *lock.Task
	list    []string
	mapped  map[*Page]int     // entries
	cached  map[*Page]int     // cache slots
	slots   map[*PMDTable]int // pointers from MMs
	promise int               // entries of reserve maps
}

// Check returns the invariants that do not hold, together with those that
// operations found broken. Nothing runs meanwhile.
func (m *Machine) Check() []string {
	c := &census{
		machine: m,
		task:    m.NewTask("check"),
		list:    m.Violations(),
		mapped:  make(map[*Page]int),
		cached:  make(map[*Page]int),
		slots:   make(map[*PMDTable]int),
	}
	c.countMappings()
	c.countFiles()
	c.checkTables()
	c.checkPages()
	c.checkPool()
	c.checkLocks()
	return c.list
}

func (c *census) violate(invariant, format string, args ...any) {
	c.list = append(c.list, invariant+": "+fmt.Sprintf(format, args...))
}

// countMappings walks the address spaces. A shared table counts once.
func (c *census) countMappings() {
	for _, mm := range c.machine.all.mms {
		for _, vma := range mm.vmas {
			if vma.Resv != nil {
				c.promise += len(vma.Resv.reserved)
			}
			c.checkBeyond(vma)
		}
		for i := range mm.pgd {
			if table := mm.pgd[i].Load(); table != nil {
				c.slots[table]++
			}
		}
	}
}

// checkBeyond is I1 for the entries of a mapping.
func (c *census) checkBeyond(vma *VMA) {
	for addr := vma.Start; addr < vma.End; addr++ {
		p, ok := vma.Offset(addr)
		if ok && p.entry().kind != none && vma.Index(addr) >= vma.Inode.Size() {
			c.violate("I1", "index %d of a file of %d pages is mapped", vma.Index(addr), vma.Inode.Size())
		}
	}
}

// countFiles walks the caches and the reserve maps: I1, I4, I5.
func (c *census) countFiles() {
	for _, inode := range c.machine.all.inodes {
		for index, page := range inode.Mapping.pages {
			c.cached[page]++
			if page.Mapping() != &inode.Mapping || page.Index() != index {
				c.violate("I5", "page %d at index %d believes to be elsewhere", page.id, index)
			}
			if index >= inode.Size() {
				c.violate("I1", "index %d of a file of %d pages is cached", index, inode.Size())
			}
		}
		if inode.blocks != len(inode.Mapping.pages) {
			c.violate("I5", "a file with %d pages counts %d", len(inode.Mapping.pages), inode.blocks)
		}
		for index := range inode.Resv.reserved {
			c.promise++
			if index >= inode.Size() {
				c.violate("I4", "index %d of a file of %d pages is reserved", index, inode.Size())
			}
		}
	}
}

// checkTables is I2 and the half of I8 that no move is left unfinished.
func (c *census) checkTables() {
	for table, n := range c.slots {
		if int(table.refs.Load()) != n {
			c.violate("I2", "a page table of %d slots counts %d", n, table.refs.Load())
		}
		if table.dead.Load() {
			c.violate("I2", "a slot points to a freed page table")
		}
		for _, e := range table.entries {
			switch e.kind {
			case present:
				c.mapped[e.page]++
				if e.page.Poisoned() {
					c.violate("I9", "failed page %d is mapped", e.page.id)
				}
				if e.page.Anon() == nil && e.page.Mapping() == nil {
					c.violate("I1", "page %d is mapped but in no file", e.page.id)
				}
			case migration:
				c.violate("I8", "a migration entry of page %d is left", e.page.id)
			}
		}
	}
}

// checkPages is I3 and I5.
func (c *census) checkPages() {
	for _, page := range c.machine.H.frames {
		mapped, cached := c.mapped[page], c.cached[page]
		if got := int(page.mapcount.Load()); got != mapped {
			c.violate("I3", "page %d is mapped %d times and counts %d", page.id, mapped, got)
		}
		if got := int(page.refs.Load()); got != mapped+cached {
			c.violate("I3", "page %d has %d users and counts %d", page.id, mapped+cached, got)
		}
		if cached > 1 {
			c.violate("I5", "page %d is cached %d times", page.id, cached)
		}
		c.checkFree(&page.PGLocked, "page", page.id)
	}
}

// checkPool is I4.
func (c *census) checkPool() {
	h := &c.machine.H
	used := make(map[*Page]bool)
	for page := range c.mapped {
		used[page] = true
	}
	for page := range c.cached {
		used[page] = true
	}
	if free := len(h.free); free+len(used) != h.total {
		c.violate("I4", "%d pages free and %d used, of %d", free, len(used), h.total)
	}
	if h.resv < 0 || h.resv > len(h.free) {
		c.violate("I4", "%d pages reserved of %d free", h.resv, len(h.free))
	}
	if h.overdrawn > 0 {
		c.violate("I4", "more pages were reserved than free, %d times", h.overdrawn)
	}
	if h.resv != c.promise {
		c.violate("I4", "%d pages reserved, %d promised", h.resv, c.promise)
	}
	if h.surplus != 0 {
		c.violate("I8", "%d pages of migrations are left", h.surplus)
	}
}

// checkLocks is I10: nobody holds a lock.
func (c *census) checkLocks() {
	for i := range c.machine.FaultMutexTable {
		c.checkFree(&c.machine.FaultMutexTable[i], "fault mutex", i)
	}
	for i, mm := range c.machine.all.mms {
		c.checkFree(&mm.MmapLock, "mm", i)
		c.checkFree(&mm.PageTableLock, "page tables of mm", i)
	}
	for _, inode := range c.machine.all.inodes {
		c.checkFree(&inode.IRwsem, "i_rwsem of inode", inode.id)
		c.checkFree(&inode.HinodeRwsem, "hinode_rwsem of inode", inode.id)
		c.checkFree(&inode.Mapping.IMmapRwsem, "i_mmap_rwsem of inode", inode.id)
	}
	for table := range c.slots {
		c.checkFree(&table.Ptl, "page table of generation", int(table.gen.Load()))
	}
}

// A locker is a Mutex or RWMutex.
type locker interface {
	TryLock(*lock.Task) bool
	Unlock(*lock.Task)
}

func (c *census) checkFree(l locker, what string, id int) {
	if !l.TryLock(c.task) {
		c.violate("I10", "%s %d is left locked", what, id)
		return
	}
	l.Unlock(c.task)
}
