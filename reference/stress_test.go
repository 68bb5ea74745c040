package reference_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/lock"
)

var stressTime = flag.Duration("stress", 2*time.Second, "how long to stress each scheme")

const (
	stressWorkers = 8
	stressProcs   = 6
	stressFiles   = 3
	stressPages   = 160
	roundTime     = 200 * time.Millisecond
	opBound       = 20 * time.Second // for one operation, on a busy machine
)

// TestStress runs all operations from many tasks over a few files and address
// spaces, in rounds, after each of which the invariants are checked.
func TestStress(t *testing.T) {
	for _, scheme := range schemes {
		t.Run(scheme.name, func(t *testing.T) {
			s := scheme.make(reference.Options{Pages: stressPages, SubpoolSize: stressPages / 2})
			newStress(s).run(t)
		})
	}
}

// A stress is the state of a stress test.
type stress struct {
	s     reference.PMDSync
	m     *reference.Machine
	procs [stressProcs]stressProc
	files [stressFiles]stressFile
	tasks [stressWorkers]*lock.Task
	began [stressWorkers]atomic.Int64 // of the running operation, in ns; 0 if none
	name  [stressWorkers]atomic.Pointer[string]
	done  map[string]*[2]atomic.Int64 // operations that succeeded, and failed
}

// A stressProc keeps its address space from exiting during an operation.
type stressProc struct {
	sync.RWMutex
	mm *reference.MM
}

// A stressFile keeps the file open during an operation.
type stressFile struct {
	sync.RWMutex
	inode *reference.Inode
}

func newStress(s reference.PMDSync) *stress {
	x := &stress{s: s, m: s.Common(), done: make(map[string]*[2]atomic.Int64)}
	for i := range x.procs {
		x.procs[i].mm = x.m.NewMM()
	}
	for i := range x.files {
		x.files[i].inode = x.m.NewInode()
	}
	for i := range x.tasks {
		x.tasks[i] = x.m.NewTask(fmt.Sprint("worker ", i))
	}
	for _, op := range stressOps {
		x.done[op.name] = new([2]atomic.Int64)
	}
	return x
}

func (x *stress) run(t *testing.T) {
	stop := make(chan bool)
	defer close(stop)
	go x.watch(stop)
	seed := uint64(time.Now().UnixNano())
	end := time.Now().Add(*stressTime)
	for round := uint64(0); time.Now().Before(end); round++ {
		x.round(seed, round)
		if bad := found(x.s); len(bad) > 0 {
			t.Fatalf("seed %d, round %d:\n%q", seed, round, bad)
		}
	}
	x.tearDown(t)
	x.report(t)
}

// round runs all workers for a while.
func (x *stress) round(seed, round uint64) {
	var wg sync.WaitGroup
	end := time.Now().Add(roundTime)
	for i := range x.tasks {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, round<<8|uint64(i)))
			for time.Now().Before(end) {
				x.step(r, i)
			}
		})
	}
	wg.Wait()
}

// step runs one operation.
func (x *stress) step(r *rand.Rand, worker int) {
	n := r.IntN(stressWeight)
	for _, op := range stressOps {
		if n -= op.weight; n >= 0 {
			continue
		}
		x.name[worker].Store(&op.name)
		x.began[worker].Store(time.Now().UnixNano())
		err := op.run(x, x.tasks[worker], r)
		x.began[worker].Store(0)
		x.tasks[worker].End()
		if err != nil {
			x.done[op.name][1].Add(1)
		} else {
			x.done[op.name][0].Add(1)
		}
		return
	}
}

// watch ends the program if an operation does not.
func (x *stress) watch(stop chan bool) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Second):
		}
		for i := range x.began {
			began := x.began[i].Load()
			if began != 0 && time.Since(time.Unix(0, began)) > opBound {
				stacks := make([]byte, 1<<20)
				stacks = stacks[:runtime.Stack(stacks, true)]
				for i, task := range x.tasks {
					fmt.Printf("worker %d: %s, holding %v\n", i, *x.name[i].Load(), task.Held())
				}
				panic(fmt.Sprintf("I11: an operation does not end\n%s", stacks))
			}
		}
	}
}

// tearDown closes everything and checks that nothing is left.
func (x *stress) tearDown(t *testing.T) {
	task := x.tasks[0]
	for i := range x.procs {
		reference.Exit(task, x.s, x.procs[i].mm)
	}
	for i := range x.files {
		reference.Close(task, x.s, x.files[i].inode)
	}
	for _, v := range found(x.s) {
		t.Error(v)
	}
	if c := x.m.H.Counts(task); c.Resv != 0 || c.Free != c.Total {
		t.Errorf("I4: after everything was closed: %+v", c)
	}
}

// report logs what was done, and fails if an operation never succeeded.
func (x *stress) report(t *testing.T) {
	for _, op := range stressOps {
		good, bad := x.done[op.name][0].Load(), x.done[op.name][1].Load()
		t.Logf("%-16s %8d succeeded %8d failed", op.name, good, bad)
		if good == 0 && *stressTime >= time.Second {
			t.Errorf("%s never succeeded in %d runs", op.name, bad)
		}
	}
	if pairs := x.m.Checker().Pairs(); len(pairs) > 0 {
		slices.Sort(pairs)
		t.Logf("pairs: %q", pairs)
	}
}
