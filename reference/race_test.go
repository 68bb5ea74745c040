package reference_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/mutant"
)

// TestRaces provokes each race in a scheme without protection against it,
// where it must do harm, and in both schemes, where it must not.
func TestRaces(t *testing.T) {
	for _, race := range mutant.Races {
		provoke, ok := provocations[race.ID]
		if !ok {
			t.Errorf("%s has no provocation", race.ID)
			continue
		}
		t.Run(race.ID+"/unprotected", func(t *testing.T) {
			var harm []string
			patiently(func(stall time.Duration) bool {
				s := race.New(provoke.options)
				harm = provoke.run(patientScene(t, s, stall))
				if harm == nil {
					harm = found(s)
				}
				return len(harm) > 0
			})
			if len(harm) == 0 {
				t.Errorf("%s: no harm done", race.What)
			}
			t.Logf("%s: %q", race.What, harm)
		})
		for _, scheme := range schemes {
			t.Run(race.ID+"/"+scheme.name, func(t *testing.T) {
				s := scheme.make(provoke.options)
				for _, harm := range provoke.run(newScene(t, s)) {
					t.Error(harm)
				}
				if !t.Failed() {
					noViolations(t, s)
				}
			})
		}
	}
}

// A provocation brings about a race. It returns the harm that is not one of
// the invariants.
type provocation struct {
	options reference.Options
	run     func(x *scene) []string
}

var provocations = map[string]provocation{
	"R1":  {reference.Options{Pages: 8}, useAfterUnshare},
	"R2":  {reference.Options{Pages: 8}, faultBeyond},
	"R3":  {reference.Options{Pages: 8}, remapInHole},
	"R4":  {reference.Options{Pages: 1}, twoAllocate},
	"R5":  {reference.Options{Pages: 8}, privateWalk},
	"R6":  {reference.Options{Pages: 8}, fileGone},
	"R7":  {reference.Options{Pages: 8}, forkUnshare},
	"R8":  {reference.Options{Pages: 8}, shareFreed},
	"R9":  {reference.Options{Pages: 8}, moveUnderFault},
	"R10": {reference.Options{Pages: 8}, migrationDeadlock},
	"R11": {reference.Options{Pages: 8}, uffdBeyond},
	"R12": {reference.Options{Pages: 8}, lostReservation},
}

func useAfterUnshare(x *scene) []string {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	x.q.loads(0, 1)
	wait := x.p.at("fault:walked", func() {
		x.punch()
		reference.Exit(x.kernel, x.s, x.q.mm)
	})
	_, _ = x.p.load(1) // another fault mutex than the punched page's
	wait()
	return nil
}

func faultBeyond(x *scene) []string {
	x.both(4)
	wait := x.p.at("fault:page", x.truncate)
	_ = x.p.store(3, 1)
	wait()
	return nil
}

func remapInHole(x *scene) []string {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	wait := x.asProcess().at("punch:unmapped", func() { _, _ = x.q.load(0) })
	x.punch()
	wait()
	return nil
}

func twoAllocate(x *scene) (harm []string) {
	x.both(1)
	wait := x.p.at("fault:allocated", func() {
		if err := x.q.store(0, 2); err != nil {
			harm = append(harm, "a fault fails though its page is reserved: "+err.Error())
		}
	})
	_ = x.p.store(0, 1)
	wait()
	return harm
}

func privateWalk(x *scene) []string {
	x.p.mmap(x.inode, 0, 4, false)
	x.p.must(x.p.store(0, 7))
	wait := x.asProcess().at("anon:walk", func() {
		if child, err := x.s.Fork(x.p.Task, x.p.mm); err == nil {
			reference.Exit(x.p.Task, x.s, child)
		}
	})
	x.migrate(7)
	wait()
	return nil
}

func fileGone(x *scene) []string {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 7))
	mover := x.q.thread("mover")
	page := pin(x.t, x.s, mover.Task, 7)
	// Somebody keeps the semaphore from the mover until the mover has dropped
	// the page's lock.
	hinode := &x.inode.HinodeRwsem
	hinode.RLock(x.q.Task)
	release := sync.OnceFunc(func() { hinode.RUnlock(x.q.Task) })
	wait := mover.at("migrate:dropped", func() {
		release()
		x.truncate()
	})
	_ = x.s.Migrate(mover.Task, page)
	release()
	wait()
	x.s.Common().PutPage(mover.Task, page)
	return nil
}

func forkUnshare(x *scene) []string {
	x.both(reference.PUDSpan)
	x.q.must(x.q.store(0, 1))
	x.p.loads(0, 1)
	wait := x.p.at("fork:walked", x.punch)
	_, err := x.s.Fork(x.p.Task, x.p.mm)
	wait()
	x.p.must(err)
	return nil
}

func shareFreed(x *scene) []string {
	x.both(reference.PUDSpan)
	x.p.must(x.p.store(0, 1))
	wait := x.q.at("share:seen", func() { reference.Exit(x.kernel, x.s, x.p.mm) })
	_, _ = x.q.load(0)
	wait()
	return nil
}

func moveUnderFault(x *scene) []string {
	x.both(4)
	x.p.must(x.p.store(0, 7))
	wait := x.q.at("find:unlocked", func() { x.migrate(7) })
	x.q.loads(0, 7)
	wait()
	return nil
}

func migrationDeadlock(x *scene) []string {
	x.both(reference.PUDSpan)
	x.p.must(x.s.Fallocate(x.p.Task, x.inode, 0, 1))
	done := make(chan bool)
	go func() {
		defer close(done)
		wait := x.p.at("find:unlocked", func() { x.migrate(0) })
		_, _ = x.p.load(0)
		wait()
	}()
	select {
	case <-done:
		return nil
	case <-time.After(40 * x.stall):
		return []string{fmt.Sprintf("deadlock; held by the fault: %v, by the migration: %v", x.p.Held(), x.kernel.Held())}
	}
}

func uffdBeyond(x *scene) []string {
	x.both(4)
	wait := x.p.at("uffd:sized", x.truncate)
	_ = x.s.UffdCopy(x.p.Task, x.p.mm, 3, 1)
	wait()
	return nil
}

func lostReservation(x *scene) (harm []string) {
	vma, err := x.s.Mmap(x.p.Task, x.p.mm, reference.MapRequest{Pages: 4, Inode: x.inode})
	x.p.must(err)
	wait := x.p.at("fault:allocated", x.truncate)
	err = x.p.store(3, 1)
	wait()
	if n := vma.Resv.Reserved(x.kernel); err != nil && n != 4 {
		harm = append(harm, fmt.Sprintf("a fault fails, %v, and %d of 4 reservations are left", err, n))
	}
	return harm
}
