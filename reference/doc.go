// Package reference is a model of hugetlb's page table sharing as running Go:
// the objects, their locks and the operations on them, small but concurrent.
// It is about one question, which lock keeps a page table from being unshared
// while somebody uses its entries, and has several answers:
//
//   - package before: i_mmap_rwsem, as in Linux 5.7 to 6.0;
//   - package posted: hinode_rwsem, as posted, with the faults that it had;
//   - package after: hinode_rwsem, with the faults corrected;
//   - package mutant: schemes with one fault each, for tests.
//
// A scheme implements [PMDSync]. Each operation of a scheme is the nest of
// locks that it takes, around steps that all schemes have in common, so that
// to compare two schemes is to run diff on their packages. The steps are
// methods of [Machine]; what they expect to be held they say, and assert.
//
// # Terms
//
// A [Page] is a huge page, and an address counts huge pages. A [PMDTable] is a
// page table with [PUDSpan] entries that map one each. Mappings of one file in
// several address spaces share a page table where they all map its whole
// range with the same protection (share). An address space lets go of a
// shared table by clearing its slot (unshare); it does so wherever it would
// otherwise change entries, which are the others' too. Who has looked up a
// table must not find it unshared, or freed and made another's, lock and all,
// before the entry was used. That is what a scheme is for. It names its lock
// to the steps as guard: held to share, held for writing to unshare.
//
// An entry is empty, or maps a page, or names one that is being moved
// (migration entry), or one that failed. A page counts its entries (mapcount),
// those of a shared table once, and all its users (refs).
//
// A file makes promises for the pages of its shared mappings, and a private
// mapping for its own ([ResvMap]). A fault takes its promise out of the map
// and gives it back if it has to back out.
//
// # Locks
//
// The fields have the kernel's names. Outermost first:
//
//	before                     after
//	MM.MmapLock                MM.MmapLock
//	Inode.IRwsem               Inode.IRwsem
//	AddressSpace.IMmapRwsem    Inode.HinodeRwsem
//	Machine.FaultMutexTable    Machine.FaultMutexTable
//	Page.PGLocked              Page.PGLocked
//	                           AddressSpace.IMmapRwsem
//	AnonVMA.Rwsem              AnonVMA.Rwsem
//	MM.PageTableLock           MM.PageTableLock
//	PMDTable.Ptl               PMDTable.Ptl
//	ResvMap.Lock, AddressSpace.IPages, Inode.ILock, Subpool.Lock,
//	HState.HugetlbLock, TablePool.Lock
//
// Scheme before has IMmapRwsem outside the page lock, against the order of
// the rest of the kernel; after has it inside. IRwsem is inside MmapLock, as
// for the lockdep class of hugetlbfs inodes: nothing faults under it. Two
// MmapLocks (fork) and two Ptls (fork) nest parent before child, destination
// before source. All orders have exceptions for a lock that is only tried
// for: those are marked ? below.
//
// # Operations
//
// The locks that each takes, outermost first; R and W are the modes, {} what
// is held around the rest.
//
//	operation    before                             after
//	fault        mmap R, i_mmap R, fault,           mmap R, hinode R if shareable {i_mmap R
//	             page, ptl                          to share}, fault, page, ptl
//	  private    the same, anon_vma W to prepare    the same without hinode
//	  cow        old page ? under the ptl, which    the same
//	             is dropped to copy
//	  no page    all released, i_mmap W to rob      the same
//	             the children, again
//	uffd copy    as fault                           as fault
//	mmap         mmap W {i_rwsem; i_mmap W}         the same
//	munmap       mmap W, i_mmap W, ptl              mmap W, hinode W if shareable, i_mmap W, ptl
//	protect      mmap W, i_mmap W, ptl              mmap W, hinode W if shareable, i_mmap W, ptl
//	fork         mmap W, mmap W, {i_mmap W to       mmap W, mmap W, {i_mmap W to link},
//	             link}, i_mmap R if shared,         hinode R if shareable {i_mmap R to
//	             ptl, ptl                           share}, ptl, ptl
//	truncate     i_rwsem {i_mmap W {size; ptl};     i_rwsem {hinode W {size; i_mmap W, ptl};
//	             page}                              fault, page}
//	punch hole   i_rwsem {i_mmap W, ptl; fault,     i_rwsem {hinode W, i_mmap W, ptl; fault,
//	             page; if mapped: i_mmap W          page; if mapped: hinode W, fault {i_mmap
//	             {fault; ptl}, page}                W, ptl}, page}
//	fallocate    i_rwsem, fault, page               the same
//	migrate      page, new page ?, i_mmap W ?,      hinode W ? under the page lock, or page
//	             ptl                                dropped, inode pinned, hinode W, page;
//	                                                new page ?, i_mmap R, ptl
//	  private    page, new page ?, anon_vma R, ptl  the same
//	failure      page, i_mmap R ?, i_mmap W ?, ptl  as migrate, without new page
//	referenced   page, i_mmap R ?, ptl              page, i_mmap R, ptl
//	evict        page by page: page; waits for      the same
//	             pins of the inode
//
// The rules of each state, in rules/series, declare the order for this program
// and for its C models alike, with what differs between the two; "lockorder pair"
// compares them.
//
// # Races
//
// A scheme has to prevent these; package mutant has for each a scheme that
// does not, and a test provokes it there.
//
//	R1   a page table is used after it was unshared, or freed and reused
//	R2   a fault maps a page beyond the size that was just set
//	R3   a fault maps a page again between a hole's unmap and its removal
//	R4   two faults of one index both allocate, and one finds no page
//	R5   a private page is walked under the file's lock
//	R6   the page's file lets go of it while the page's lock is dropped to
//	     change the lock order
//	R7   fork reads a page table that is being unshared
//	R8   munmap frees a page table that another is about to share
//	R9   a page is moved that a fault is about to map
//	R10  page lock and semaphore are taken in both orders: by migration and
//	     memory failure, by faults, hole punch and truncate
//	R11  userfaultfd provides a page beyond the size that was just set
//	R12  a fault that backs out loses its reservation, or leaks it
//
// # Invariants
//
// [Machine.Check] checks what can be checked where nothing runs; operations
// record the rest as they meet it.
//
//	I1   nothing is cached or mapped at or beyond a file's size
//	I2   a page table counts its slots; no entry is used through another
//	I3   a page counts its entries and its users; a free one has none
//	I4   free and used pages add up; what is reserved is free, and promised
//	I5   a page is in one place of one file, and knows which
//	I6   a punched hole reads as zero; the count of pages is right
//	I7   a private store is seen by nobody else; a child sees the fork's state
//	I8   a move leaves one page mapped, its contents equal, no entry behind
//	I9   a page that failed is not mapped, and who touches it is told
//	I10  an operation ends with no lock held, and kept to the order
//	I11  every operation ends
//	I12  userfaultfd does not replace a page
//
// # Limits
//
// A TLB is not modelled: an access takes place under the page table's lock,
// at the end of a fault. A mapping is unmapped as a whole. A subpool has a
// maximum and no minimum. Pages come from one node. There is no swap, and no
// page of other sizes. The lists of mappings are scanned, not searched.
//
// # Tests
//
// The tests run as usual, under -race, and with the build tag lockcheck, with
// which package lock checks each acquisition against the scheme's order. The
// mutants whose fault is a deadlock in waiting show it only with the tag.
// -stress sets how long TestStress runs. A test that wants a task to be
// suspended at some point of an operation sets its hook; the points are the
// calls of Task.Point.
package reference
