package reference_test

import (
	"testing"

	"github.com/lockorder/lockorder/reference"
)

// TestCopyBacksOut checks that a copy on write whose page is punched out of
// the file meanwhile starts over, with its promise.
func TestCopyBacksOut(t *testing.T) {
	eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.p.must(s.Fallocate(x.p.Task, x.inode, 0, 2))
		vma, err := s.Mmap(x.p.Task, x.p.mm, reference.MapRequest{Pages: 2, Inode: x.inode})
		x.p.must(err)
		x.p.loads(0, 0)
		wait := x.p.at("cow:copied", x.punch)
		x.p.must(x.p.store(0, 1))
		wait()
		if n := vma.Resv.Reserved(x.kernel); n != 1 {
			t.Errorf("%d reservations are left, want 1", n)
		}
	})
}

// TestFaultMeetsMove checks that a fault waits for a page on the move.
func TestFaultMeetsMove(t *testing.T) {
	for _, shared := range []bool{true, false} {
		eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
			x := newScene(t, s)
			x.p.mmap(x.inode, 0, 4, shared)
			x.p.must(x.p.store(0, 7))
			wait := x.asProcess().at("migrate:unmapped", func() { x.p.loads(0, 7) })
			x.migrate(7)
			wait()
			page := pin(t, s, x.kernel, 7)
			if !page.Mapped() {
				t.Error("the page is not mapped after the move")
			}
			s.Common().PutPage(x.kernel, page)
		})
	}
}

// TestMovePinned checks that a page that somebody else pins stays, and stays
// mapped.
func TestMovePinned(t *testing.T) {
	for _, shared := range []bool{true, false} {
		eachScheme(t, small, func(t *testing.T, s reference.PMDSync) {
			x := newScene(t, s)
			x.p.mmap(x.inode, 0, 4, shared)
			x.p.must(x.p.store(0, 7))
			page := pin(t, s, x.kernel, 7)
			other := pin(t, s, x.kernel, 7)
			fails(t, s.Migrate(x.kernel, page), reference.ErrBusy)
			s.Common().PutPage(x.kernel, other)
			if !page.Mapped() {
				t.Error("the page is not mapped any more")
			}
			s.Common().PutPage(x.kernel, page)
			x.p.loads(0, 7)
		})
	}
}

// TestForkFails checks that a fork without memory leaves nothing behind.
func TestForkFails(t *testing.T) {
	eachScheme(t, reference.Options{Pages: 32, Tables: 2}, func(t *testing.T, s reference.PMDSync) {
		x := newScene(t, s)
		x.p.mmap(x.inode, 0, 8, true)
		x.p.mmap(x.inode, 8, 4, false)
		x.p.must(x.p.store(0, 1))
		x.p.must(x.p.store(8, 2))
		_, err := s.Fork(x.p.Task, x.p.mm)
		fails(t, err, reference.ErrNoMemory)
		x.p.loads(0, 1)
		x.p.must(x.p.store(8, 3))
	})
}
