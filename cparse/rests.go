package cparse

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// A rests notes which files that a file does not include have been asked for what is
// read in it.
type rests struct {
	mu    sync.Mutex
	files map[string]bool // for definitions of functions
	types map[*File]bool  // for types, which rest on further files
}

func (r *rests) onFile(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files == nil {
		r.files = map[string]bool{}
	}
	r.files[name] = true
}

// onTypes notes that types of g are read in f.
func (f *File) onTypes(g *File) {
	r := &f.rests
	r.mu.Lock()
	first := r.types == nil
	if first {
		r.types = map[*File]bool{}
	}
	r.types[g] = true
	r.mu.Unlock()
	if first {
		t := f.tree
		t.mu.Lock()
		t.leaning = append(t.leaning, f)
		t.mu.Unlock()
	}
}

// RestsOn lists the .c files, besides f, on whose contents rests what was read in f up to
// now, sorted, and the numbers of what else it rests on, by Tree.Premises. A part rests on
// all that its whole does.
func (f *File) RestsOn() (sources []string, premises []int32) {
	f.tree.mu.Lock()
	leaning := f.tree.leaning
	f.tree.mu.Unlock()
	scanned := f.tree.headersView()
	var left bitset // of the headers among them, those that were not followed
	for _, h := range leaning {
		if h.id >= 0 {
			left.add(h.id)
		}
	}
	out := map[string]bool{}
	done := map[*File]bool{f: true}
	todo := []*File{f}
	if w := f.whole(); w != f {
		done[w] = true
		todo = append(todo, w)
	}
	follow := func(h *File) {
		h.rests.mu.Lock()
		defer h.rests.mu.Unlock()
		for t := range h.rests.types {
			if !done[t] {
				done[t] = true
				todo = append(todo, t)
			}
		}
	}
	var all, found bitset
	for ; len(todo) > 0; todo = todo[1:] {
		g := todo[0]
		g.notes.addTo(&found)
		if strings.HasSuffix(g.Name, ".c") {
			out[g.Name] = true
		}
		follow(g)
		all.union(g.closure)
		left.takeFrom(g.closure, func(id int32) { follow(scanned[id]) })
	}
	for _, name := range f.asked() { // whether they define it hangs on what they see
		if strings.HasSuffix(name, ".c") {
			out[name] = true
		}
		if g := f.tree.known(name); g != nil {
			all.union(g.closure)
			g.notes.addTo(&found)
		}
	}
	scanned = f.tree.headersView() // others go on reading
	all.each(func(id int32) {
		h := scanned[id]
		if strings.HasSuffix(h.Name, ".h") {
			found.add(h.premise)
		} else { // a part
			out[h.Name] = true
		}
		h.notes.addTo(&found)
	})
	delete(out, f.Name)
	premises = make([]int32, 0, found.len())
	found.each(func(id int32) { premises = append(premises, id) })
	return slices.Sorted(maps.Keys(out)), premises
}

// asked lists the files that f, or what it is a part of, was sent to for functions.
func (f *File) asked() (names []string) {
	for ; f != nil; f = f.includer {
		f.rests.mu.Lock()
		names = slices.AppendSeq(names, maps.Keys(f.rests.files))
		f.rests.mu.Unlock()
	}
	return names
}

// known is a file that was read, though it may have been shed.
func (t *Tree) known(name string) *File {
	t.mu.Lock()
	g, s := t.husks[name], t.files[name]
	t.mu.Unlock()
	if s != nil {
		if f, err := t.file(name, false); err == nil {
			return f
		}
	}
	return g
}

// headerNames lists the names of headers, sorted.
func (t *Tree) headerNames(ids bitset) []string {
	scanned := t.headersView()
	names := make([]string, 0, ids.len())
	ids.each(func(id int32) { names = append(names, scanned[id].Name) })
	slices.Sort(names)
	return names
}

// Headers lists those that were read so far, sorted.
func (t *Tree) Headers() []string {
	var out []string
	for _, h := range t.headersView() {
		out = append(out, h.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Reach lists the headers that the file includes, directly or not, itself if it is one,
// sorted.
func (f *File) Reach() []string { return f.tree.headerNames(f.closure) }
