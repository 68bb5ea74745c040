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

// RestsOn lists the .c files, besides f, and the headers on whose contents rests what was
// read in f up to now, sorted. What else it rests on is the names of files, the names in
// the index, and the configuration. Not to be asked of a file that is or has a part.
func (f *File) RestsOn() (sources, headers []string) {
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
	var all bitset
	for ; len(todo) > 0; todo = todo[1:] {
		g := todo[0]
		if strings.HasSuffix(g.Name, ".c") {
			out[g.Name] = true
		}
		follow(g)
		all.union(g.closure)
		left.takeFrom(g.closure, func(id int32) { follow(scanned[id]) })
	}
	f.rests.mu.Lock()
	defer f.rests.mu.Unlock()
	for name := range f.rests.files {
		if strings.HasSuffix(name, ".c") {
			out[name] = true
		} else if h, err := f.tree.File(name); err == nil {
			all.union(h.closure)
		}
	}
	for _, name := range f.tree.headerNames(all) {
		if strings.HasSuffix(name, ".h") {
			headers = append(headers, name)
		} else { // a part
			out[name] = true
		}
	}
	delete(out, f.Name)
	return slices.Sorted(maps.Keys(out)), headers
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

// Whole reports whether f is read by itself: it neither is nor has a part, and all that it
// includes are headers by their names.
func (f *File) Whole() bool {
	if f.id >= 0 && !strings.HasSuffix(f.Name, ".h") || f.hasParts || f.includer != nil {
		return false
	}
	return !f.closure.meets(f.tree.oddHeaders())
}

// oddHeaders are the headers that are none by their names.
func (t *Tree) oddHeaders() bitset {
	headers := t.headersView()
	if o := t.odd.Load(); o != nil && o.of == len(headers) {
		return o.set
	}
	o := &oddHeaders{of: len(headers)}
	for id, h := range headers {
		if !strings.HasSuffix(h.Name, ".h") {
			o.set.add(int32(id))
		}
	}
	t.odd.Store(o)
	return o.set
}

// oddHeaders are those of the first so many headers.
type oddHeaders struct {
	of  int
	set bitset
}

// IndexSum is a checksum of the names that the files of the tree define, as they were
// when it was first asked for one that nothing else explains.
func (t *Tree) IndexSum() []byte {
	var out []byte
	for i := range t.index.stages {
		st := &t.index.stages[i]
		st.once.Do(func() { st.build(t) })
		out = append(out, st.sum[:]...)
	}
	return out
}
