package reference_test

import (
	"math/rand/v2"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

// stressOps are the operations of the stress test, with how often they run.
var stressOps = []struct {
	name   string
	weight int
	run    func(x *stress, t *lock.Task, r *rand.Rand) error
}{
	{"fault", 600, (*stress).fault},
	{"mmap", 60, (*stress).mmap},
	{"munmap", 25, (*stress).munmap},
	{"fork", 8, (*stress).fork},
	{"exit", 6, (*stress).exit},
	{"protect", 40, (*stress).protect},
	{"truncate", 15, (*stress).truncate},
	{"punch", 30, (*stress).punch},
	{"fallocate", 30, (*stress).fallocate},
	{"recycle", 3, (*stress).recycle},
	{"migrate", 80, (*stress).migrate},
	{"memory failure", 4, (*stress).memoryFailure},
	{"referenced", 40, (*stress).referenced},
	{"uffd copy", 60, (*stress).uffdCopy},
}

var stressWeight = func() (sum int) {
	for _, op := range stressOps {
		sum += op.weight
	}
	return sum
}()

const (
	stressSlots = 6 // page tables that the test uses of each address space
	stressSpace = stressSlots * reference.PUDSpan
)

func (x *stress) withProc(r *rand.Rand, fn func(*reference.MM) error) error {
	p := &x.procs[r.IntN(stressProcs)]
	p.RLock()
	defer p.RUnlock()
	return fn(p.mm)
}

func (x *stress) withFile(r *rand.Rand, fn func(*reference.Inode) error) error {
	f := &x.files[r.IntN(stressFiles)]
	f.RLock()
	defer f.RUnlock()
	return fn(f.inode)
}

func (x *stress) withPage(t *lock.Task, r *rand.Rand, fn func(*reference.Page) error) error {
	page := x.m.PinPage(t, r.IntN(1<<20))
	if page == nil {
		return reference.ErrBusy
	}
	err := fn(page)
	x.m.PutPage(t, page)
	return err
}

func (x *stress) fault(t *lock.Task, r *rand.Rand) error {
	return x.withProc(r, func(mm *reference.MM) error {
		a := reference.Access{Addr: r.IntN(stressSpace), Write: r.IntN(2) == 0, Value: r.Int64()}
		_, err := x.s.Fault(t, mm, a)
		return err
	})
}

func (x *stress) mmap(t *lock.Task, r *rand.Rand) error {
	return x.withProc(r, func(mm *reference.MM) error {
		return x.withFile(r, func(inode *reference.Inode) error {
			slot := r.IntN(stressSlots)
			req := reference.MapRequest{
				Addr:   slot * reference.PUDSpan,
				Pages:  reference.PUDSpan * (1 + r.IntN(2)),
				Inode:  inode,
				Pgoff:  reference.PUDSpan * r.IntN(2),
				Shared: r.IntN(4) > 0,
				Uffd:   r.IntN(8) == 0,
			}
			if r.IntN(4) == 0 { // not to be shared, or in part only
				req.Addr += r.IntN(reference.PUDSpan)
				req.Pages = 1 + r.IntN(2*reference.PUDSpan)
			}
			_, err := x.s.Mmap(t, mm, req)
			return err
		})
	})
}

func (x *stress) munmap(t *lock.Task, r *rand.Rand) error {
	return x.withProc(r, func(mm *reference.MM) error {
		return x.s.Munmap(t, mm, r.IntN(stressSpace))
	})
}

func (x *stress) fork(t *lock.Task, r *rand.Rand) error {
	var child *reference.MM
	err := x.withProc(r, func(mm *reference.MM) (err error) {
		child, err = x.s.Fork(t, mm)
		return err
	})
	if err != nil {
		return err
	}
	x.replaceProc(t, r, child)
	return nil
}

func (x *stress) exit(t *lock.Task, r *rand.Rand) error {
	x.replaceProc(t, r, x.m.NewMM())
	return nil
}

func (x *stress) replaceProc(t *lock.Task, r *rand.Rand, mm *reference.MM) {
	p := &x.procs[r.IntN(stressProcs)]
	p.Lock()
	old := p.mm
	p.mm = mm
	p.Unlock()
	reference.Exit(t, x.s, old)
}

func (x *stress) recycle(t *lock.Task, r *rand.Rand) error {
	f := &x.files[r.IntN(stressFiles)]
	f.Lock()
	old := f.inode
	f.inode = x.m.NewInode()
	f.Unlock()
	reference.Close(t, x.s, old)
	return nil
}

func (x *stress) protect(t *lock.Task, r *rand.Rand) error {
	return x.withProc(r, func(mm *reference.MM) error {
		start := r.IntN(stressSpace)
		return x.s.ChangeProtection(t, mm, start, start+1+r.IntN(12), r.IntN(3) > 0)
	})
}

func (x *stress) truncate(t *lock.Task, r *rand.Rand) error {
	return x.withFile(r, func(inode *reference.Inode) error {
		return x.s.Truncate(t, inode, r.IntN(3*reference.PUDSpan))
	})
}

func (x *stress) punch(t *lock.Task, r *rand.Rand) error {
	return x.withFile(r, func(inode *reference.Inode) error {
		start := r.IntN(3 * reference.PUDSpan)
		_, err := x.s.PunchHole(t, inode, start, start+1+r.IntN(8))
		return err
	})
}

func (x *stress) fallocate(t *lock.Task, r *rand.Rand) error {
	return x.withFile(r, func(inode *reference.Inode) error {
		start := r.IntN(2 * reference.PUDSpan)
		return x.s.Fallocate(t, inode, start, start+1+r.IntN(8))
	})
}

func (x *stress) migrate(t *lock.Task, r *rand.Rand) error {
	return x.withPage(t, r, func(page *reference.Page) error {
		return x.s.Migrate(t, page)
	})
}

func (x *stress) memoryFailure(t *lock.Task, r *rand.Rand) error {
	return x.withPage(t, r, func(page *reference.Page) error {
		err := x.s.MemoryFailure(t, page)
		if err == nil {
			x.m.Grow(t, 1) // for the frame that is lost
		}
		return err
	})
}

func (x *stress) referenced(t *lock.Task, r *rand.Rand) error {
	return x.withPage(t, r, func(page *reference.Page) error {
		_, err := x.s.Referenced(t, page)
		return err
	})
}

func (x *stress) uffdCopy(t *lock.Task, r *rand.Rand) error {
	return x.withProc(r, func(mm *reference.MM) error {
		return x.s.UffdCopy(t, mm, r.IntN(stressSpace), r.Int64())
	})
}
