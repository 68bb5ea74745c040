package reference

import (
	"slices"
	"sync/atomic"

	"github.com/lockorder/lockorder/reference/lock"
)

// An Inode is a hugetlbfs file. inode, hugetlbfs_inode_info.
type Inode struct {
	// IRwsem serialises what changes the file's size and allocation. As the
	// lockdep class of hugetlbfs inodes it nests inside MmapLock.
	IRwsem lock.RWMutex
	// HinodeRwsem is held for reading from the lookup of a page table that
	// can be shared to the last use of its entries, and for writing to
	// unshare one. Scheme before does without it.
	HinodeRwsem lock.RWMutex
	// ILock guards users, pins, evicting and blocks.
	ILock lock.Mutex

	Mapping AddressSpace
	Resv    ResvMap // promises to shared mappings
	Subpool Subpool

	id   int
	size atomic.Int64 // in pages; changes under IRwsem
	// users counts mappings and open files. pins counts those who have no
	// user count but need the inode to stay, such as a migration that drops
	// the page lock; no more come once evicting is set.
	users, pins int
	evicting    bool
	blocks      int           // pages in the cache, as i_blocks counts them
	unpinned    chan struct{} // closed when evicting and the last pin goes
}

// NewInode returns an empty file with one user. hugetlbfs_get_inode.
func (m *Machine) NewInode() *Inode {
	i := &Inode{users: 1}
	i.IRwsem.Init(ClassIRwsem)
	i.HinodeRwsem.Init(ClassHinodeRwsem)
	i.ILock.Init(ClassILock)
	i.Mapping.init(i)
	i.Resv.init()
	i.Subpool.Lock.Init(ClassSubpoolLock)
	i.Subpool.max = m.options.SubpoolSize
	m.all.mu.Lock()
	i.id = m.all.nextID
	m.all.nextID++
	m.all.inodes = append(m.all.inodes, i)
	m.all.mu.Unlock()
	return i
}

// Size returns the file's size in pages. i_size_read.
func (i *Inode) Size() int { return int(i.size.Load()) }

// SetSize changes the size. The caller holds IRwsem for writing.
// i_size_write.
func (i *Inode) SetSize(t *lock.Task, size int) {
	i.IRwsem.AssertWriteHeld(t)
	i.size.Store(int64(size))
}

// account adds n pages to the blocks of the file.
func (i *Inode) account(t *lock.Task, n int) {
	i.ILock.Lock(t)
	i.blocks += n
	i.ILock.Unlock(t)
}

// Get adds a user for a caller that is one. ihold.
func (i *Inode) Get(t *lock.Task) {
	i.ILock.Lock(t)
	i.users++
	i.ILock.Unlock(t)
}

// Put drops a user and reports whether it was the last, in which case the
// caller evicts the inode. iput.
func (i *Inode) Put(t *lock.Task) bool {
	i.ILock.Lock(t)
	defer i.ILock.Unlock(t)
	i.users--
	return i.users == 0
}

// Pin keeps the inode for a caller that holds the lock of a page in its
// cache, unless it is being evicted. It is what shmem's stop_eviction counts.
func (i *Inode) Pin(t *lock.Task) bool {
	i.ILock.Lock(t)
	defer i.ILock.Unlock(t)
	if i.evicting {
		return false
	}
	i.pins++
	return true
}

// Unpin ends a Pin.
func (i *Inode) Unpin(t *lock.Task) {
	i.ILock.Lock(t)
	defer i.ILock.Unlock(t)
	i.pins--
	if i.pins == 0 && i.evicting {
		close(i.unpinned)
	}
}

// BeginEvict turns new pins away and waits for the last to go. The inode has
// no users.
func (i *Inode) BeginEvict(t *lock.Task) error {
	i.ILock.Lock(t)
	if i.users > 0 {
		i.ILock.Unlock(t)
		return ErrInUse
	}
	i.evicting = true
	wait := i.pins > 0
	if wait {
		i.unpinned = make(chan struct{})
	}
	i.ILock.Unlock(t)
	if wait {
		<-i.unpinned
	}
	return nil
}

// EndEvict drops what is left of an inode whose pages are gone. clear_inode.
func (m *Machine) EndEvict(t *lock.Task, i *Inode) {
	m.UnreservePages(t, &i.Subpool, &i.Resv, 0)
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	if at := slices.Index(m.all.inodes, i); at >= 0 {
		m.all.inodes = slices.Delete(m.all.inodes, at, at+1)
	}
}
