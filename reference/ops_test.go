package reference_test

import (
	"testing"

	"github.com/lockorder/lockorder/reference"
)

var small = reference.Options{Pages: 32}

// TestShare checks that a page table is shared, and what unshares it.
func TestShare(t *testing.T) {
	eachScheme(t, reference.Options{Pages: 8, Tables: 1}, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(reference.PUDSpan)
		x.p.must(x.p.store(3, 1))
		x.q.loads(3, 1) // there is but one page table
		x.q.must(x.q.store(4, 2))
		x.p.loads(4, 2)
		x.p.must(x.s.Munmap(x.p.Task, x.p.mm, 0))
		x.q.loads(3, 1)
		_, err := x.p.load(3)
		fails(t, err, reference.ErrNoMapping)
	})
}

// TestNotShared checks that protection and position keep tables apart.
func TestNotShared(t *testing.T) {
	eachScheme(t, reference.Options{Pages: 16, Tables: 1}, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(reference.PUDSpan)
		x.q.must(s.ChangeProtection(x.q.Task, x.q.mm, 0, 1, false))
		x.p.must(x.p.store(0, 1))
		_, err := x.q.load(0)
		fails(t, err, reference.ErrNoMemory)
	})
}

// TestTruncate is I1: nothing is left beyond the size, in a mapping or the
// cache, and what comes back is zero.
func TestTruncate(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(2 * reference.PUDSpan)
		for addr := range 2 * reference.PUDSpan {
			x.p.must(x.p.store(addr, 7))
			x.q.loads(addr, 7)
		}
		x.p.must(s.Truncate(x.p.Task, x.inode, 3))
		noViolations(t, s)
		x.q.loads(2, 7)
		fails(t, x.q.store(3, 1), reference.ErrBeyond)
		x.p.must(s.Truncate(x.p.Task, x.inode, 16))
		x.q.loads(3, 0)
	})
}

// TestPunchHole is I6: the hole reads as zero, and the count is right.
func TestPunchHole(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(reference.PUDSpan)
		x.p.must(x.p.store(1, 1))
		x.p.must(x.p.store(2, 2))
		x.p.must(x.p.store(6, 6))
		x.q.loads(2, 2)
		free := s.Common().H.Counts(x.kernel).Free
		n, err := s.PunchHole(x.kernel, x.inode, 0, 5)
		if err != nil || n != 2 {
			t.Errorf("punched %d pages, %v, want 2", n, err)
		}
		if got := s.Common().H.Counts(x.kernel).Free; got != free+2 {
			t.Errorf("%d pages free, want %d", got, free+2)
		}
		x.p.loads(2, 0)
		x.q.loads(1, 0)
		x.q.loads(6, 6)
	})
}

// TestFallocate checks that a file gets its pages, and keeps within its
// subpool.
func TestFallocate(t *testing.T) {
	eachScheme(t, reference.Options{Pages: 8, SubpoolSize: 4}, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		fails(t, s.Fallocate(x.kernel, x.inode, 0, 6), reference.ErrNoSpace)
		if got := x.inode.Size(); got != 4 {
			t.Errorf("size is %d, want 4", got)
		}
		x.p.must(s.Truncate(x.kernel, x.inode, 0))
		if got := s.Common().H.Counts(x.kernel); got.Free != 8 {
			t.Errorf("%+v, want all free", got)
		}
	})
}

// TestPrivate is I7: stores to a private mapping are its own, and a child
// sees what was there at the fork.
func TestPrivate(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.q.mmap(x.inode, 0, 4, true)
		x.q.must(x.q.store(0, 1))
		x.p.mmap(x.inode, 0, 4, false)
		x.p.loads(0, 1)
		x.p.must(x.p.store(0, 2))
		x.p.must(x.p.store(1, 3)) // not in the file at all
		x.q.loads(0, 1)
		x.q.loads(1, 0)
		child := x.p.fork("child")
		x.p.must(x.p.store(0, 4))
		child.loads(0, 2)
		child.must(child.store(1, 5))
		x.p.loads(1, 3)
		x.p.loads(0, 4)
		reference.Exit(child.Task, s, child.mm)
		noViolations(t, s)
	})
}

// TestOwnerTakesBack checks that the owner of the promises of a private
// mapping gets a page from its child where the pool is empty.
func TestOwnerTakesBack(t *testing.T) {
	eachScheme(t, reference.Options{Pages: 1}, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.p.mmap(x.inode, 0, 1, false)
		x.p.must(x.p.store(0, 1))
		child := x.p.fork("child")
		fails(t, child.store(0, 2), reference.ErrNoSpace)
		child.loads(0, 1)
		x.p.must(x.p.store(0, 3))
		_, err := child.load(0)
		fails(t, err, reference.ErrKilled)
		x.p.loads(0, 3)
	})
}

// TestFork checks that a child shares the shared mappings of its parent.
func TestFork(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.p.mmap(x.inode, 0, 12, true) // a table to share and one to copy
		x.p.must(x.p.store(0, 1))
		x.p.must(x.p.store(9, 2))
		child := x.p.fork("child")
		child.loads(0, 1)
		child.loads(9, 2)
		child.must(child.store(9, 3))
		x.p.loads(9, 3)
	})
}

// TestChangeProtection checks that one process's protection is its own.
func TestChangeProtection(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		showProtect(x)
		x.p.must(s.ChangeProtection(x.p.Task, x.p.mm, 0, 4, true))
		x.p.must(x.p.store(0, 3))
		x.q.loads(0, 3)
	})
}

// TestMigrate is I8, for a page of a file that is mapped in every way, and
// for a private one.
func TestMigrate(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(reference.PUDSpan)
		x.p.must(x.p.store(0, 7))
		x.q.loads(0, 7)
		private := x.p.thread("private")
		private.mm = s.Common().NewMM()
		private.mmap(x.inode, 0, 4, false)
		private.loads(0, 7)
		private.must(private.store(1, 8))
		child := private.fork("child")

		for _, value := range []int64{7, 8} {
			old := pin(t, s, x.kernel, value)
			if err := s.Migrate(x.kernel, old); err != nil {
				t.Errorf("migrate: %v", err)
			}
			if old.Mapped() || old.Mapping() != nil || old.Anon() != nil {
				t.Error("the old page is in use")
			}
			s.Common().PutPage(x.kernel, old)
			moved := pin(t, s, x.kernel, value)
			if !moved.Mapped() {
				t.Error("the new page is not mapped")
			}
			s.Common().PutPage(x.kernel, moved)
		}
		x.p.loads(0, 7)
		x.q.loads(0, 7)
		private.loads(0, 7)
		private.loads(1, 8)
		child.loads(1, 8)
	})
}

// TestMemoryFailure is I9, for a page of a file and a private one.
func TestMemoryFailure(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		showFailure(x)
		_, err := x.p.load(0)
		fails(t, err, reference.ErrPoison)
		private := x.p.thread("private")
		private.mm = s.Common().NewMM()
		private.mmap(x.inode, 0, 4, false)
		private.must(private.store(1, 8))
		page := pin(t, s, x.kernel, 8)
		private.must(s.MemoryFailure(x.kernel, page))
		s.Common().PutPage(x.kernel, page)
		_, err = private.load(1)
		fails(t, err, reference.ErrPoison)
		if c := s.Common().H.Counts(x.kernel); c.Total != 31 {
			t.Errorf("%+v, want the private page lost", c)
		}
	})
}

// TestReferenced checks that a walk finds all who map a page.
func TestReferenced(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(reference.PUDSpan)
		x.p.must(x.p.store(0, 7))
		x.q.loads(0, 7)
		page := pin(t, s, x.kernel, 7)
		n, err := s.Referenced(x.kernel, page)
		if n != 2 || err != nil {
			t.Errorf("%d address spaces, %v, want 2", n, err)
		}
		s.Common().PutPage(x.kernel, page)
	})
}

// TestUffdCopy is I12: a page is provided once.
func TestUffdCopy(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		_, err := s.Mmap(x.p.Task, x.p.mm, reference.MapRequest{Pages: 8, Inode: x.inode, Shared: true, Uffd: true})
		x.p.must(err)
		_, err = x.p.load(2)
		fails(t, err, reference.ErrUserfault)
		x.p.must(s.UffdCopy(x.p.Task, x.p.mm, 2, 9))
		x.p.loads(2, 9)
		before := s.Common().H.Counts(x.kernel)
		fails(t, s.UffdCopy(x.p.Task, x.p.mm, 2, 10), reference.ErrExist)
		x.p.loads(2, 9)
		if got := s.Common().H.Counts(x.kernel); got != before {
			t.Errorf("counts changed from %+v to %+v", before, got)
		}
	})
}

// TestEvict checks that a file lives as long as a mapping does.
func TestEvict(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.both(reference.PUDSpan)
		x.p.must(x.p.store(0, 1))
		reference.Close(x.kernel, s, x.inode)
		fails(t, s.Evict(x.kernel, x.inode), reference.ErrInUse)
		reference.Exit(x.p.Task, s, x.p.mm)
		x.q.loads(0, 1)
		reference.Exit(x.q.Task, s, x.q.mm)
		if c := s.Common().H.Counts(x.kernel); c.Free != 32 || c.Resv != 0 {
			t.Errorf("%+v, want all free", c)
		}
	})
}

// TestEvictWaits checks that an inode does not go while it is pinned.
func TestEvictWaits(t *testing.T) {
	m := schemes[1].make(small)
	x := newScene(t, m)
	if !x.inode.Pin(x.kernel) {
		t.Fatal("cannot pin")
	}
	done := make(chan bool)
	go func() {
		reference.Close(x.p.Task, m, x.inode)
		close(done)
	}()
	for x.inode.Pin(x.kernel) { // until it is being evicted
		x.inode.Unpin(x.kernel)
	}
	select {
	case <-done:
		t.Error("evicted while pinned")
	default:
	}
	x.inode.Unpin(x.kernel)
	<-done
}

// TestReservations checks that promises are kept, and no more are made than
// there are pages.
func TestReservations(t *testing.T) {
	eachScheme(t, reference.Options{Pages: 8}, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.p.mmap(x.inode, 0, 6, true)
		other := s.Common().NewInode()
		_, err := s.Mmap(x.q.Task, x.q.mm, reference.MapRequest{Pages: 3, Inode: other})
		fails(t, err, reference.ErrNoSpace)
		x.q.mmap(other, 0, 2, false)
		for addr := range 6 {
			x.p.must(x.p.store(addr, 1))
		}
		x.q.must(x.q.store(1, 1))
		reference.Exit(x.q.Task, s, x.q.mm)
		if c := s.Common().H.Counts(x.kernel); c.Resv != 0 || c.Free != 2 {
			t.Errorf("%+v, want 2 free", c)
		}
	})
}
