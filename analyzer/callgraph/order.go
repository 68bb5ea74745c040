package callgraph

import "github.com/lockorder/lockorder/internal/scc"

// order puts callees before their callers. Of the calls of a recursion, those that close a
// loop are left with a callee behind its caller. Which ones these are follows from the
// functions that call each other in circles, whatever else was read: they are walked from
// the first by name.
func order(ids []string, callees map[string][]string) []string {
	number := make(map[string]int32, len(ids))
	for i, id := range ids {
		number[id] = int32(i)
	}
	w := &walk{next: make([][]int32, len(ids)), circle: make([]int32, len(ids)), seen: make([]bool, len(ids))}
	for i, id := range ids {
		for _, c := range callees[id] {
			w.next[i] = append(w.next[i], number[c])
		}
	}
	circles := scc.Components(w.next)
	for i, members := range circles {
		for _, n := range members {
			w.circle[n] = int32(i)
		}
	}
	for _, members := range circles {
		w.from(members[0]) // which leads to all of them
	}
	out := make([]string, len(w.done))
	for i, n := range w.done {
		out[i] = ids[n]
	}
	return out
}

// A walk goes depth first through circles of functions.
type walk struct {
	next   [][]int32
	circle []int32 // which one each function is in
	seen   []bool
	done   []int32 // callees first
}

// from goes on from a function to what it calls in its circle, which is all of it. It keeps
// its own stack: chains of calls are long.
func (w *walk) from(root int32) {
	type step struct {
		fn   int32
		next int
	}
	w.seen[root] = true
	for way := []step{{fn: root}}; len(way) > 0; {
		s := &way[len(way)-1]
		if s.next < len(w.next[s.fn]) {
			n := w.next[s.fn][s.next]
			s.next++
			if !w.seen[n] && w.circle[n] == w.circle[root] {
				w.seen[n] = true
				way = append(way, step{fn: n})
			}
			continue
		}
		w.done = append(w.done, s.fn)
		way = way[:len(way)-1]
	}
}
