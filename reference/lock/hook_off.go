//go:build !lockcheck

package lock

// Checking reports whether acquisitions are checked.
const Checking = false

// A key is where a lock keeps its class: nowhere.
type key struct{}

func (key) set(*Class)    {}
func (key) class() *Class { return nil }

type heldSet struct{}

func (heldSet) init(*Checker) {}

func (t *Task) acquire(c *Class, instance any, m Mode, sub int, try bool) {}
func (t *Task) release(c *Class, instance any, m Mode)                    {}
func (t *Task) require(c *Class, instance any, m Mode)                    {}

// End reports the locks that t still holds as leaked. It is called where an
// operation has ended.
func (t *Task) End() {}

// Held returns the names of the classes that t holds, outermost first.
func (t *Task) Held() []string { return nil }

// A Checker checks the acquisitions of its tasks; in this build it does not.
type Checker struct{}

// NewChecker returns a checker for classes that must be taken in the given
// order, outermost first.
func NewChecker(order []*Class) *Checker { return new(Checker) }

// Violations returns what was found, in the order in which it was found.
func (*Checker) Violations() []*Violation { return nil }

// Pairs returns the observed pairs "A > B", B taken while A was held, sorted.
func (*Checker) Pairs() []string { return nil }
