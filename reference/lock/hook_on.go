//go:build lockcheck

package lock

import (
	"fmt"
	"sync"
)

// Checking reports whether acquisitions are checked.
const Checking = true

// A key is where a lock keeps its class.
type key struct{ c *Class }

func (k *key) set(c *Class)  { k.c = c }
func (k *key) class() *Class { return k.c }

// A hold is one lock that a task holds or is about to.
type hold struct {
	class    *Class
	instance any
	mode     Mode
	sub      int
	try      bool
}

func (h hold) String() string {
	s := h.class.String() + " " + h.mode.String()
	if h.try {
		s += " try"
	}
	return s
}

// A heldSet is the locks of one task in order of acquisition. The mutex is
// for Held, which a watchdog calls from another goroutine.
type heldSet struct {
	checker *Checker
	mu      sync.Mutex
	list    []hold
}

func (s *heldSet) init(c *Checker) { s.checker = c }

// find returns the position of the last hold of the instance, or -1.
func (s *heldSet) find(instance any) int {
	for i := len(s.list) - 1; i >= 0; i-- {
		if s.list[i].instance == instance {
			return i
		}
	}
	return -1
}

// acquire checks an acquisition and adds it to the held set. For a blocking
// one it runs before the lock can block, so that a deadlock is reported and
// not waited for.
func (t *Task) acquire(c *Class, instance any, m Mode, sub int, try bool) {
	h := hold{c, instance, m, sub, try}
	if i := t.held.find(instance); i >= 0 {
		panic(t.violate(Recursion, c, c, "%s takes %v, which it holds as %v", t.Name, h, t.held.list[i]))
	}
	if !try {
		t.held.checker.check(t, h)
	}
	t.held.mu.Lock()
	t.held.list = append(t.held.list, h)
	t.held.mu.Unlock()
}

// release removes a lock from the held set. It panics where sync would end
// the program without a word on the task.
func (t *Task) release(c *Class, instance any, m Mode) {
	i := t.held.find(instance)
	if i < 0 {
		panic(t.violate(Unheld, c, nil, "%s releases %v, which it does not hold", t.Name, c))
	}
	if got := t.held.list[i].mode; got != m {
		panic(t.violate(WrongMode, c, nil, "%s releases %v as %v, held as %v", t.Name, c, m, got))
	}
	t.held.mu.Lock()
	t.held.list = append(t.held.list[:i], t.held.list[i+1:]...)
	t.held.mu.Unlock()
}

// require checks that the lock is held in at least the given mode.
func (t *Task) require(c *Class, instance any, m Mode) {
	i := t.held.find(instance)
	if i < 0 || m == Exclusive && t.held.list[i].mode != Exclusive {
		t.violate(Required, c, nil, "%s must hold %v %v here, holds %v", t.Name, c, m, t.Held())
	}
}

// End reports the locks that t still holds as leaked. It is called where an
// operation has ended.
func (t *Task) End() {
	for _, h := range t.held.list {
		t.violate(Leaked, h.class, nil, "%s ended an operation holding %v", t.Name, h)
	}
	t.held.mu.Lock()
	t.held.list = nil
	t.held.mu.Unlock()
}

// Held returns the names of the classes that t holds, outermost first.
func (t *Task) Held() []string {
	t.held.mu.Lock()
	defer t.held.mu.Unlock()
	var names []string
	for _, h := range t.held.list {
		names = append(names, h.String())
	}
	return names
}

func (t *Task) violate(k Kind, c, held *Class, format string, args ...any) *Violation {
	v := &Violation{k, t.Name, c, held, fmt.Sprintf(format, args...)}
	t.held.checker.report(v)
	return v
}
