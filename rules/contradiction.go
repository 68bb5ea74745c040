package rules

import (
	"slices"
	"strings"

	"github.com/lockorder/lockorder/internal/scc"
)

// Contradictions returns the loops among the declared orders: each is a chain
// of orders whose last ends where the first begins. For every order that lies
// on a loop the shortest such loop is given, each loop once. Orders bound to
// two different parts of the tree do not meet.
//
// A class and its narrowing by a qualifier count as one here, unless an order
// tells them apart, so that a general declaration and one for a special case
// that disagree are seen. Resolved tells those loops from true ones.
func (s *Set) Contradictions() [][]Order {
	var loops [][]Order
	seen := map[string]bool{}
	scopes := []string{""}
	for _, o := range s.graph.all {
		if !slices.Contains(scopes, o.Scope) {
			scopes = append(scopes, o.Scope)
		}
	}
	slices.Sort(scopes)
	for _, scope := range scopes {
		for _, loop := range s.loops(scope) {
			loop = rotate(loop)
			var key strings.Builder
			for _, o := range loop {
				key.WriteString(o.String())
				key.WriteByte(';')
			}
			if !seen[key.String()] {
				seen[key.String()] = true
				loops = append(loops, loop)
			}
		}
	}
	slices.SortStableFunc(loops, func(a, b []Order) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.CompareFunc(a, b, compareOrder)
	})
	return loops
}

// Resolved returns the qualifier that settles a loop of Contradictions: the
// orders are of a class and of its narrowing, and the narrow ones replace the
// general ones. It is "" for a loop that no qualifier settles.
func (s *Set) Resolved(loop []Order) (qual string) {
	for i, o := range loop {
		next := loop[(i+1)%len(loop)].Before
		if o.After != next {
			if q := o.After.Qual(); q != "" {
				return q
			}
			return next.Qual()
		}
	}
	return ""
}

// mixesScopes reports whether some orders of a loop are bound to a part of the
// tree and others are not: within that part, the former replace the latter.
func mixesScopes(loop []Order) bool {
	return slices.ContainsFunc(loop, func(o Order) bool { return o.Scope != loop[0].Scope })
}

// rotate starts a loop at its least order, so that equal loops look equal.
func rotate(loop []Order) []Order {
	least := 0
	for i := range loop {
		if compareOrder(loop[i], loop[least]) < 0 {
			least = i
		}
	}
	return slices.Concat(loop[least:], loop[:least])
}

// loops finds the shortest loop through each order in force in scope.
func (s *Set) loops(scope string) [][]Order {
	var orders []Order
	have := map[[2]Class]bool{}
	byBase := map[Class][]int{}
	for _, o := range s.graph.all {
		pair := [2]Class{o.Before, o.After}
		if o.Scope != "" && o.Scope != scope || have[pair] {
			continue
		}
		have[pair] = true
		byBase[o.Before.Base()] = append(byBase[o.Before.Base()], len(orders))
		orders = append(orders, o)
	}
	joins := s.joiner()
	next := func(i int) []int {
		var out []int
		end := orders[i].After
		// The exact continuation first: a loop that needs no narrowing is the better one.
		for _, exact := range [2]bool{true, false} {
			for _, j := range byBase[end.Base()] {
				if begin := orders[j].Before; (begin == end) == exact && joins(end, begin) {
					out = append(out, j)
				}
			}
		}
		return out
	}
	succ := make([][]int, len(orders))
	for i := range orders {
		succ[i] = next(i)
	}
	cyclic := inCycle(succ)
	var loops [][]Order
	for i, o := range orders {
		if !cyclic[i] || scope != "" && !slices.ContainsFunc(orders, func(o Order) bool { return o.Scope != "" }) {
			continue
		}
		prev := make([]int, len(orders))
		for k := range prev {
			prev[k] = -1
		}
		queue := []int{i}
		end := -1
		for len(queue) > 0 && end < 0 {
			at := queue[0]
			queue = queue[1:]
			for _, j := range succ[at] {
				if j == i {
					end = at
					break
				}
				if prev[j] < 0 && cyclic[j] {
					prev[j] = at
					queue = append(queue, j)
				}
			}
		}
		if end < 0 {
			continue
		}
		var loop []Order
		for k := end; k != i; k = prev[k] {
			loop = append(loop, orders[k])
		}
		loop = append(loop, o)
		slices.Reverse(loop)
		if len(loop) > 1 && elementary(loop) {
			loops = append(loops, loop)
		}
	}
	return loops
}

// elementary reports whether a loop passes each class once.
func elementary(loop []Order) bool {
	seen := map[Class]int{}
	for _, o := range loop {
		seen[o.Before]++
		if seen[o.Before] > 1 {
			return false
		}
	}
	return true
}

// joiner returns whether an order that ends at one class is continued by an
// order that begins at another of the same base.
func (s *Set) joiner() func(end, begin Class) bool {
	apart := map[[2]Class]bool{}
	general := func(o Order) bool { return !s.graph.ofAny(o) }
	return func(end, begin Class) bool {
		if end == begin {
			return true
		}
		if !slices.Contains(generals(end), begin) && !slices.Contains(generals(begin), end) {
			return false
		}
		key := [2]Class{end, begin}
		told, ok := apart[key]
		if !ok {
			told = s.graph.path(end, begin, plain, general) != nil || s.graph.path(begin, end, plain, general) != nil
			apart[key] = told
		}
		return !told
	}
}

// inCycle marks the nodes that lie on some cycle of several.
func inCycle(succ [][]int) []bool {
	out := make([]bool, len(succ))
	for _, component := range scc.Components(succ) {
		for _, n := range component {
			out[n] = len(component) > 1
		}
	}
	return out
}
