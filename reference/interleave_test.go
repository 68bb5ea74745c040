package reference_test

import (
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// stall is how long a task waits at a point for what runs there before it
// concludes that a lock keeps it away, and goes on. On a busy machine that may
// be wrong, to the effect that a race does no harm where it should; those who
// look for harm are patient and try again (see patiently).
const stall = 30 * time.Millisecond

// patiently calls try with longer and longer stalls until it reports success.
func patiently(try func(stall time.Duration) bool) {
	for d := stall; !try(d) && d < 100*stall; d *= 4 {
	}
}

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
		case <-time.After(p.stall):
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
	stall  time.Duration
}

func newScene(t *testing.T, s reference.PMDSync) *scene { return patientScene(t, s, stall) }

// patientScene is a scene in which tasks at a point wait for as long as d.
func patientScene(t *testing.T, s reference.PMDSync, d time.Duration) *scene {
	m := s.Common()
	x := &scene{t, s, m.NewInode(), newProcess(t, s, "p"), newProcess(t, s, "q"), m.NewTask("kernel"), d}
	x.p.stall, x.q.stall = d, d
	return x
}

// asProcess returns the kernel's task as a process without an address space.
func (x *scene) asProcess() *process {
	return &process{t: x.t, s: x.s, Task: x.kernel, stall: x.stall}
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
