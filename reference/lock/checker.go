//go:build lockcheck

package lock

import (
	"sort"
	"sync"
)

// A Checker checks the acquisitions of its tasks and keeps the lock-order
// graph that they draw.
type Checker struct {
	rank map[*Class]int

	mu    sync.Mutex
	pairs map[*Class]map[*Class]bool // outer to inner, blocking only
	found []*Violation
	seen  map[Violation]bool // without the text
}

// NewChecker returns a checker for classes that must be taken in the given
// order, outermost first.
func NewChecker(order []*Class) *Checker {
	c := &Checker{
		rank:  make(map[*Class]int),
		pairs: make(map[*Class]map[*Class]bool),
		seen:  make(map[Violation]bool),
	}
	for i, class := range order {
		c.rank[class] = i + 1
	}
	return c
}

// check checks a blocking acquisition against the held set of t.
func (c *Checker) check(t *Task, h hold) {
	for _, held := range t.held.list {
		if held.class == h.class {
			if h.sub <= held.sub {
				t.violate(Nesting, h.class, held.class, "%s takes a second %v without a subclass", t.Name, h)
			}
			continue
		}
		outer, inner := c.rank[held.class], c.rank[h.class]
		if outer > 0 && inner > 0 && outer > inner {
			t.violate(Order, h.class, held.class, "%s takes %v while it holds %v", t.Name, h, held)
			continue // a pair against the order would be reported again as a cycle
		}
		if c.addPair(held.class, h.class) {
			t.violate(Cycle, h.class, held.class, "%s takes %v while it holds %v, and the reverse was seen", t.Name, h, held)
		}
	}
}

// addPair records that inner was taken while outer was held, and reports
// whether that closes a cycle.
func (c *Checker) addPair(outer, inner *Class) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pairs[outer][inner] {
		return false
	}
	if c.reaches(inner, outer, make(map[*Class]bool)) {
		return true
	}
	if c.pairs[outer] == nil {
		c.pairs[outer] = make(map[*Class]bool)
	}
	c.pairs[outer][inner] = true
	return false
}

func (c *Checker) reaches(from, to *Class, seen map[*Class]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for next := range c.pairs[from] {
		if c.reaches(next, to, seen) {
			return true
		}
	}
	return false
}

// report keeps v unless the same classes broke the same rule before.
func (c *Checker) report(v *Violation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := Violation{Kind: v.Kind, Lock: v.Lock, Held: v.Held}
	if !c.seen[id] {
		c.seen[id] = true
		c.found = append(c.found, v)
	}
}

// Violations returns what was found, in the order in which it was found.
func (c *Checker) Violations() []*Violation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*Violation(nil), c.found...)
}

// Pairs returns the observed pairs "A > B", B taken while A was held, sorted.
func (c *Checker) Pairs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for outer, inners := range c.pairs {
		for inner := range inners {
			list = append(list, outer.String()+" > "+inner.String())
		}
	}
	sort.Strings(list)
	return list
}
