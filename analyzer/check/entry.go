package check

import (
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
	w := &entryWalk{fns: map[string]int32{}, found: map[uint64]*entryLock{}, lists: map[int32][]*entryLock{}}
	w.contexts(r)
	for depth := 2; depth <= contextDepth && len(w.level) > 0; depth++ {
		last := w.level
		w.level = nil
		slices.Sort(last)
		for _, k := range last {
			h := w.found[k]
			for _, c := range w.calls[k>>32] {
				if !slices.Contains(c.drops, w.base[uint32(k)]) {
					w.add(c.callee, uint32(k), h.from, depth)
				}
			}
		}
	}
	out := make(map[string][]*entryLock, len(w.lists))
	for fn, list := range w.lists {
		out[w.ids[fn]] = list
	}
	return out
}

// An entryWalk is the work of findEntryLocks. Functions and classes are numbers, in the
// order of their names; a function and a class are one number.
type entryWalk struct {
	ids     []string
	fns     map[string]int32
	classes []rules.Class
	base    []rules.Class // of the classes
	calls   [][]entryCall // by function
	found   map[uint64]*entryLock
	lists   map[int32][]*entryLock
	level   []uint64
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
	held := func(each func(caller string, callee int32, class rules.Class)) {
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
						each(fn.Name, callee, class)
					}
				}
			}
		}
	}
	held(func(_ string, _ int32, class rules.Class) {
		if _, known := numbers[class]; !known {
			numbers[class] = 0
			w.classes = append(w.classes, class)
		}
	})
	slices.SortFunc(w.classes, func(a, b rules.Class) int { return strings.Compare(a.String(), b.String()) })
	for i, c := range w.classes {
		numbers[c] = uint32(i)
		w.base = append(w.base, c.Base())
	}
	held(func(caller string, callee int32, class rules.Class) { w.add(callee, numbers[class], caller, 1) })
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
	k := uint64(fn)<<32 | uint64(class)
	if w.found[k] != nil {
		return
	}
	h := &entryLock{class: w.classes[class], from: from, depth: depth}
	w.found[k] = h
	w.lists[fn] = append(w.lists[fn], h)
	w.level = append(w.level, k)
}
