package check

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// entryLocks says which classes some caller may hold when a function is entered, within
// contextDepth calls. Functions and classes are numbers; sets are of classes.
type entryLocks struct {
	r       *Result
	ids     []string // of the functions, sorted
	fns     map[string]int32
	calls   [][]entryCall // by function
	classes []rules.Class
	kinds   map[rules.Class]bitset // the classes of a kind, which has no subclass and qualifier
	held    []bitset               // by function; nil: none
	list    []entryLock            // the same, nearest callers first
	byFunc  func() [][]entryLock   // the same, by function
	called  []called               // by function
	room    []uint64
}

// An entryLock is a class that some caller holds when a function is entered.
type entryLock struct {
	fn, class int32
	by        int32 // who calls fn with it: at depth 1, the one that takes it
	depth     int32
}

// An entryCall is a Context of a function.
type entryCall struct {
	callee int32
	drops  bitset // all of the kinds that are not held any more; nil: none
}

// A bitset is a set of numbers. Those of one entryLocks are of one length.
type bitset []uint64

func (b bitset) add(i int32) { b[i>>6] |= 1 << (i & 63) }

// called is the surest way in which a function is seen to be called.
type called uint8

const (
	notCalled called = iota
	byPointer
	byName
)

// heldRow are classes that are held when a function is entered.
type heldRow struct {
	fn  int32
	set bitset
}

// entryLocks is what findEntryLocks finds, once: several checks ask for it.
func (r *Result) entryLocks() *entryLocks { return r.entry() }

// findEntryLocks finds, callers first, which classes may be held when each
// function is entered.
func (r *Result) findEntryLocks() *entryLocks {
	l := &entryLocks{r: r, ids: slices.Sorted(slices.Values(r.sums.Graph.Order)), fns: map[string]int32{}}
	for i, id := range l.ids {
		l.fns[id] = int32(i)
	}
	l.byFunc = sync.OnceValue(func() [][]entryLock {
		out := make([][]entryLock, len(l.ids))
		for _, h := range l.list {
			out[h.fn] = append(out[h.fn], h)
		}
		return out
	})
	level := l.contexts()
	at := make([]int32, len(l.ids)) // by function: its row in next, from 1
	for depth := int32(2); depth <= contextDepth && len(level) > 0; depth++ {
		var next []heldRow
		// Of several callers that are as near, the first by name counts.
		slices.SortFunc(level, func(a, b heldRow) int { return cmp.Compare(a.fn, b.fn) })
		for _, from := range level {
			for _, c := range l.calls[from.fn] {
				next = l.pass(from, c, depth, next, at)
			}
		}
		for _, row := range next {
			at[row.fn] = 0
		}
		level = next
	}
	return l
}

// pass adds what a function hands to one that it calls to the rows of the next level.
func (l *entryLocks) pass(from heldRow, c entryCall, depth int32, next []heldRow, at []int32) []heldRow {
	for w, v := range from.set {
		if c.drops != nil {
			v &^= c.drops[w]
		}
		if known := l.held[c.callee]; known != nil {
			v &^= known[w]
		}
		if v == 0 {
			continue
		}
		if at[c.callee] == 0 {
			next = append(next, heldRow{c.callee, l.newSet()})
			at[c.callee] = int32(len(next))
		}
		next[at[c.callee]-1].set[w] |= v
		for ; v != 0; v &= v - 1 {
			l.add(c.callee, int32(w<<6+bits.TrailingZeros64(v)), from.fn, depth)
		}
	}
	return next
}

func (l *entryLocks) add(fn, class, by, depth int32) {
	if l.held[fn] == nil {
		l.held[fn] = l.newSet()
	}
	l.held[fn].add(class)
	l.list = append(l.list, entryLock{fn, class, by, depth})
}

// newSet returns an empty set.
func (l *entryLocks) newSet() bitset {
	n := (len(l.classes) + 63) / 64
	if len(l.room) < n {
		l.room = make([]uint64, 256*n)
	}
	set := l.room[:n:n]
	l.room = l.room[n:]
	return set
}

// contexts reads what functions hold where they call others, and returns what they have taken
// themselves.
func (l *entryLocks) contexts() []heldRow {
	n := len(l.ids)
	l.calls, l.held, l.kinds, l.called = make([][]entryCall, n), make([]bitset, n), map[rules.Class]bitset{}, make([]called, n)
	numbers := map[rules.Class]int32{}
	var taken []entryLock
	for i, id := range l.ids {
		contexts := l.r.sums.Of(id).Contexts
		for j := range contexts {
			c := &contexts[j]
			callee, ok := l.fns[c.Callee]
			if !ok {
				continue
			}
			how := byPointer
			if c.Via == "" {
				how = byName
			}
			l.called[callee] = max(l.called[callee], how)
			for _, h := range c.Held {
				if h.Entry || h.Prim != nil && h.Prim.Scope {
					continue
				}
				for _, class := range h.Classes {
					if h.Qual != "" && !strings.HasPrefix(h.Qual, "!") && l.r.rules.Qualified(class.Name(), h.Qual) {
						class = class.WithQual(h.Qual)
					}
					number, known := numbers[class]
					if !known {
						number = int32(len(l.classes))
						numbers[class] = number
						l.classes = append(l.classes, class)
					}
					taken = append(taken, entryLock{callee, number, int32(i), 1})
				}
			}
		}
	}
	for i, c := range l.classes {
		if l.kinds[c.Base()] == nil {
			l.kinds[c.Base()] = l.newSet()
		}
		l.kinds[c.Base()].add(int32(i))
	}
	for i, id := range l.ids {
		contexts := l.r.sums.Of(id).Contexts
		for j := range contexts {
			c := &contexts[j]
			if callee, ok := l.fns[c.Callee]; ok {
				l.calls[i] = append(l.calls[i], entryCall{callee, l.kindsOf(c.Dropped)})
			}
		}
	}
	var level []heldRow
	for _, t := range taken {
		if set := l.held[t.fn]; set == nil || set[t.class>>6]&(1<<(t.class&63)) == 0 {
			l.add(t.fn, t.class, t.by, 1)
		}
	}
	for fn, set := range l.held {
		if set != nil {
			level = append(level, heldRow{int32(fn), slices.Clone(set)})
		}
	}
	return level
}

// kindsOf are the classes of the kinds of locks.
func (l *entryLocks) kindsOf(refs []summary.LockRef) (out bitset) {
	for _, ref := range refs {
		for _, class := range ref.Classes {
			kind := l.kinds[class.Base()]
			if kind == nil {
				continue
			}
			if out == nil {
				out = l.newSet()
			}
			for w, v := range kind {
				out[w] |= v
			}
		}
	}
	return out
}

// howCalled says how a function is seen to be called on some path.
func (l *entryLocks) howCalled(id string) called {
	if fn, ok := l.fns[id]; ok {
		return l.called[fn]
	}
	return notCalled
}

// holds reports whether a lock of the kind of class may be held when a function is entered.
func (l *entryLocks) holds(id string, class rules.Class) bool {
	fn, ok := l.fns[id]
	if !ok || l.held[fn] == nil {
		return false
	}
	for w, v := range l.kinds[class.Base()] {
		if l.held[fn][w]&v != 0 {
			return true
		}
	}
	return false
}

// of lists what may be held when a function is entered.
func (l *entryLocks) of(id string) []entryLock {
	if fn, ok := l.fns[id]; ok {
		return l.byFunc()[fn]
	}
	return nil
}

// taker is the function that takes what is held when another one is entered.
func (l *entryLocks) taker(h entryLock) string {
	for h.depth > 1 {
		above := l.byFunc()[h.by]
		h = above[slices.IndexFunc(above, func(o entryLock) bool { return o.class == h.class })]
	}
	return l.r.sums.Of(l.ids[h.by]).Func.Name
}

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
