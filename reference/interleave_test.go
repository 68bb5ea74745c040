package reference_test

import (
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// stall is how long a task waits at a point for what runs there before it
// concludes that a lock keeps it away, and goes on.
const stall = 30 * time.Millisecond

// at runs fn, in a goroutine of its own, when p comes to the point for the
// first time; p goes on when fn has returned, or is kept away by a lock. The
// function returned waits for fn, if it was run.
func (p *process) at(point string, fn func()) (wait func()) {
	done := make(chan struct{})
	started := false
	p.Hook = func(at string) {
		if at != point {
			return
		}
		p.Hook = nil
		started = true
		go func() {
			defer close(done)
			defer ignoreViolation()
			fn()
		}()
		select {
		case <-done:
		case <-time.After(stall):
		}
	}
	return func() {
		p.Hook = nil
		if started {
			<-done
		}
	}
}

// ignoreViolation recovers from a panic of the order checker, which has
// recorded why.
func ignoreViolation() {
	if v := recover(); v != nil {
		if _, ok := v.(*lock.Violation); !ok {
			panic(v)
		}
	}
}

// A scene is the setting of a race: a file, two processes, and a task that is
// nobody's.
type scene struct {
	t      *testing.T
	s      reference.PMDSync
	inode  *reference.Inode
	p, q   *process
	kernel *lock.Task
}

func newScene(t *testing.T, s reference.PMDSync) *scene {
	m := s.Common()
	return &scene{t, s, m.NewInode(), newProcess(t, s, "p"), newProcess(t, s, "q"), m.NewTask("kernel")}
}

// both maps the first pages of the file into both processes, at 0.
func (x *scene) both(pages int) {
	x.t.Helper()
	x.p.mmap(x.inode, 0, pages, true)
	x.q.mmap(x.inode, 0, pages, true)
}

// truncate sets the file's size to 0.
func (x *scene) truncate() { _ = x.s.Truncate(x.kernel, x.inode, 0) }

// punch frees the file's first pages.
func (x *scene) punch() { _, _ = x.s.PunchHole(x.kernel, x.inode, 0, reference.PUDSpan) }

// migrate moves the page that holds the value.
func (x *scene) migrate(value int64) {
	page := pin(x.t, x.s, x.kernel, value)
	_ = x.s.Migrate(x.kernel, page)
	x.s.Common().PutPage(x.kernel, page)
}
