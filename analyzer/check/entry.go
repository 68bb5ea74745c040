package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// entryLock is a class that some caller holds when a function is entered.
type entryLock struct {
	class rules.Class
	from  string // the function that takes it
	depth int
}

func (h *entryLock) droppedBy(e *summary.Event) bool { return dropsClass(e.Dropped, h.class) }

func dropsClass(refs []summary.LockRef, c rules.Class) bool {
	for _, d := range refs {
		for _, dc := range d.Classes {
			if dc.Base() == c.Base() {
				return true
			}
		}
	}
	return false
}

// entryLocks is what findEntryLocks finds, once: several checks ask for it.
func (r *Result) entryLocks() map[string][]*entryLock { return r.entry() }

// findEntryLocks finds, callers first, which classes may be held when each
// function is entered, nearest holder first.
func (r *Result) findEntryLocks() map[string][]*entryLock {
	w := &entryWalk{fns: map[string]int32{}}
	w.contexts(r)
	var last []heldAt
	for depth := 2; depth <= contextDepth && len(w.level) > 0; depth++ {
		last, w.level = w.level, last[:0]
		slices.SortFunc(last, func(a, b heldAt) int { return cmp.Compare(a.key, b.key) })
		for _, k := range last {
			class := uint32(k.key)
			for _, c := range w.calls[k.key>>32] {
				if !slices.Contains(c.drops, w.base[class]) {
					w.add(c.callee, class, k.lock.from, depth)
				}
			}
		}
	}
	out := map[string][]*entryLock{}
	for fn, list := range w.lists {
		if len(list) > 0 {
			out[w.ids[fn]] = list
		}
	}
	return out
}

// An entryWalk is the work of findEntryLocks. Functions and classes are numbers, in the
// order of their names; a function and a class are one number.
type entryWalk struct {
	ids     []string
	fns     map[string]int32
	classes []rules.Class
	base    []rules.Class  // of the classes
	calls   [][]entryCall  // by function
	found   [][]uint64     // by function: a bit for each class; nil: none
	lists   [][]*entryLock // by function
	level   []heldAt
}

// A heldAt is a function and a class, as one number, with the lock.
type heldAt struct {
	key  uint64
	lock *entryLock
}

// An entryCall is a Context of a function.
type entryCall struct {
	callee int32
	drops  []rules.Class // without subclass and qualifier
}

// contexts numbers what the contexts of all functions name, and adds what they hold themselves.
func (w *entryWalk) contexts(r *Result) {
	w.ids = slices.Sorted(slices.Values(r.sums.Graph.Order))
	for i, id := range w.ids {
		w.fns[id] = int32(i)
	}
	w.calls = make([][]entryCall, len(w.ids))
	numbers := map[rules.Class]uint32{}
	type heldFor struct {
		caller string
		callee int32
		class  rules.Class
	}
	var held []heldFor
	for _, fn := range r.funcs {
		contexts := r.sums.Of(fn.ID).Contexts
		for i := range contexts {
			callee, ok := w.fns[contexts[i].Callee]
			if !ok {
				continue
			}
			for _, h := range contexts[i].Held {
				if h.Entry || h.Prim != nil && h.Prim.Scope {
					continue
				}
				for _, class := range h.Classes {
					if h.Qual != "" && !strings.HasPrefix(h.Qual, "!") && r.rules.Qualified(class.Name(), h.Qual) {
						class = class.WithQual(h.Qual)
					}
					if _, known := numbers[class]; !known {
						numbers[class] = 0
						w.classes = append(w.classes, class)
					}
					held = append(held, heldFor{fn.Name, callee, class})
				}
			}
		}
	}
	slices.SortFunc(w.classes, func(a, b rules.Class) int { return strings.Compare(a.String(), b.String()) })
	for i, c := range w.classes {
		numbers[c] = uint32(i)
		w.base = append(w.base, c.Base())
	}
	w.found, w.lists = make([][]uint64, len(w.ids)), make([][]*entryLock, len(w.ids))
	for _, h := range held {
		w.add(h.callee, numbers[h.class], h.caller, 1)
	}
	for i, id := range w.ids {
		contexts := r.sums.Of(id).Contexts
		for j := range contexts {
			callee, ok := w.fns[contexts[j].Callee]
			if !ok {
				continue
			}
			c := entryCall{callee: callee}
			for _, d := range contexts[j].Dropped {
				for _, class := range d.Classes {
					c.drops = append(c.drops, class.Base())
				}
			}
			w.calls[i] = append(w.calls[i], c)
		}
	}
}

func (w *entryWalk) add(fn int32, class uint32, from string, depth int) {
	if w.found[fn] == nil {
		w.found[fn] = make([]uint64, (len(w.classes)+63)/64)
	}
	known, bit := &w.found[fn][class/64], uint64(1)<<(class%64)
	if *known&bit != 0 {
		return
	}
	*known |= bit
	h := &entryLock{class: w.classes[class], from: from, depth: depth}
	w.lists[fn] = append(w.lists[fn], h)
	w.level = append(w.level, heldAt{uint64(fn)<<32 | uint64(class), h})
}
