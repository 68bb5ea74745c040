package lock_test

import (
	"sync"
	"testing"
	"unsafe"

	"github.com/lockorder/lockorder/reference/lock"
)

// A pair of locks of the classes outer and inner, in that declared order, and
// one of no declared order.
type fixture struct {
	*testing.T
	checker             *lock.Checker
	task                *lock.Task
	outer, inner, other lock.RWMutex
	inner2              lock.RWMutex
}

func newFixture(t *testing.T) *fixture {
	outer, inner := lock.NewClass("outer"), lock.NewClass("inner")
	f := &fixture{T: t, checker: lock.NewChecker([]*lock.Class{outer, inner})}
	f.outer.Init(outer)
	f.inner.Init(inner)
	f.inner2.Init(inner)
	f.other.Init(lock.NewClass("other"))
	f.task = f.checker.NewTask("task")
	return f
}

// TestRules checks what the checker says of each way to use locks.
func TestRules(t *testing.T) {
	tests := []struct {
		name  string
		want  lock.Kind // "" for none
		fatal bool      // without the checker the test would not end
		run   func(f *fixture)
	}{
		{"in order", "", false, func(f *fixture) {
			f.outer.RLock(f.task)
			f.inner.Lock(f.task)
			f.inner.Unlock(f.task)
			f.outer.RUnlock(f.task)
		}},
		{"released in another order", "", false, func(f *fixture) {
			f.outer.Lock(f.task)
			f.inner.Lock(f.task)
			f.outer.Unlock(f.task)
			f.inner.Unlock(f.task)
		}},
		{"against the order", lock.Order, false, func(f *fixture) {
			f.inner.RLock(f.task)
			f.outer.RLock(f.task)
			f.outer.RUnlock(f.task)
			f.inner.RUnlock(f.task)
		}},
		{"tried against the order", "", false, func(f *fixture) {
			f.inner.Lock(f.task)
			if f.outer.TryLock(f.task) {
				f.outer.Unlock(f.task)
			}
			if f.outer.TryRLock(f.task) {
				f.outer.RUnlock(f.task)
			}
			f.inner.Unlock(f.task)
		}},
		{"inside one that was tried", lock.Order, false, func(f *fixture) {
			if f.inner.TryLock(f.task) {
				f.outer.Lock(f.task)
				f.outer.Unlock(f.task)
				f.inner.Unlock(f.task)
			}
		}},
		{"two of one class", lock.Nesting, false, func(f *fixture) {
			f.inner.Lock(f.task)
			f.inner2.Lock(f.task)
			f.inner2.Unlock(f.task)
			f.inner.Unlock(f.task)
		}},
		{"two of one class, nested", "", false, func(f *fixture) {
			f.inner.Lock(f.task)
			f.inner2.LockNested(f.task, 1)
			f.inner2.Unlock(f.task)
			f.inner.Unlock(f.task)
		}},
		{"cycle without a declared order", lock.Cycle, false, func(f *fixture) {
			f.other.Lock(f.task)
			f.inner.Lock(f.task)
			f.inner.Unlock(f.task)
			f.other.Unlock(f.task)
			f.inner.Lock(f.task)
			f.other.Lock(f.task)
			f.other.Unlock(f.task)
			f.inner.Unlock(f.task)
		}},
		{"reader under its own writer", lock.Recursion, true, func(f *fixture) {
			f.outer.Lock(f.task)
			f.outer.RLock(f.task)
		}},
		{"reader under reader", lock.Recursion, false, func(f *fixture) {
			f.outer.RLock(f.task)
			f.outer.RLock(f.task)
		}},
		{"not held", lock.Unheld, true, func(f *fixture) { f.outer.Unlock(f.task) }},
		{"held in the other mode", lock.WrongMode, true, func(f *fixture) {
			f.outer.RLock(f.task)
			f.outer.Unlock(f.task)
		}},
		{"required", lock.Required, false, func(f *fixture) { f.outer.AssertHeld(f.task) }},
		{"required for writing", lock.Required, false, func(f *fixture) {
			f.outer.RLock(f.task)
			f.outer.AssertWriteHeld(f.task)
			f.outer.RUnlock(f.task)
		}},
		{"left", lock.Leaked, false, func(f *fixture) { f.outer.RLock(f.task) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.fatal && !lock.Checking {
				t.Skip("needs the build tag lockcheck")
			}
			f := newFixture(t)
			func() {
				defer func() { _ = recover() }()
				test.run(f)
				f.task.End()
			}()
			f.expect(test.want)
		})
	}
}

// expect checks which violations there are: one of the kind, or none.
func (f *fixture) expect(want lock.Kind) {
	f.Helper()
	if !lock.Checking {
		return
	}
	got := f.checker.Violations()
	switch {
	case want == "" && len(got) == 0:
	case want != "" && len(got) == 1 && got[0].Kind == want:
	default:
		f.Errorf("violations %v, want %q", got, want)
	}
}

// TestPlain checks that without the tag a lock is no more than sync's.
func TestPlain(t *testing.T) {
	if lock.Checking {
		t.Skip("has the tag")
	}
	if got, want := unsafe.Sizeof(lock.Mutex{}), unsafe.Sizeof(sync.Mutex{}); got != want {
		t.Errorf("a Mutex has %d bytes, want %d", got, want)
	}
	if got, want := unsafe.Sizeof(lock.RWMutex{}), unsafe.Sizeof(sync.RWMutex{}); got != want {
		t.Errorf("a RWMutex has %d bytes, want %d", got, want)
	}
}

// TestPairs checks that the graph has what was waited for, not what was tried
// for.
func TestPairs(t *testing.T) {
	f := newFixture(t)
	f.outer.Lock(f.task)
	f.inner.Lock(f.task)
	if f.other.TryLock(f.task) {
		f.other.Unlock(f.task)
	}
	f.inner.Unlock(f.task)
	f.outer.Unlock(f.task)
	if got := f.checker.Pairs(); lock.Checking && (len(got) != 1 || got[0] != "outer > inner") {
		t.Errorf("pairs %q", got)
	}
}
