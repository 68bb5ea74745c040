package cparse

import (
	"bytes"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"unsafe"
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
// now, sorted, and the numbers of what else it rests on. Not to be asked of a file that is or
// has a part.
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
	if w := f.whole(); w != f { // a part sees all that its whole does
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

// A Premise is a question about the tree to which what is read in a file owes something,
// besides the contents of .c files.
type Premise struct {
	Kind PremiseKind
	Name string
}

// A PremiseKind says what is asked of a name.
type PremiseKind uint8

const (
	PremiseHeader PremiseKind = iota // what is in a header; that implies PremiseName of its base name
	PremiseName                      // which files of the tree have a base name
	PremiseIndex                     // which files define a name, as Tree.Defining says
	PremiseOption                    // the value of a configuration option
)

// premises are numbered as they come.
type premises struct {
	mu   sync.RWMutex
	ids  map[Premise]int32
	list []Premise
}

func (p *premises) id(of Premise) int32 {
	p.mu.RLock()
	id, ok := p.ids[of]
	p.mu.RUnlock()
	if ok {
		return id
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, ok := p.ids[of]; ok {
		return id
	}
	if p.ids == nil {
		p.ids = map[Premise]int32{}
	}
	id = int32(len(p.list))
	p.ids[of] = id
	p.list = append(p.list, of)
	return id
}

// Premises are those that RestsOn numbers.
func (t *Tree) Premises() []Premise {
	t.premises.mu.RLock()
	defer t.premises.mu.RUnlock()
	return t.premises.list
}

// Defining lists the files that seem to define a name, sorted; records stand under "struct x"
// and "union x", types under "typedef x".
func (t *Tree) Defining(name string) []string { return t.index.files(t, name) }

// Option is the value of a configuration option, false if it is not set.
func (t *Tree) Option(name string) (string, bool) {
	if m := t.data.option(name); m != nil {
		return m.Text, true
	}
	return "", false
}

// notes are the premises that were asked for in a file itself.
type notes struct {
	mu  sync.Mutex
	set bitset
}

func (n *notes) add(t *Tree, kind PremiseKind, name string) {
	id := t.premises.id(Premise{kind, name})
	n.mu.Lock()
	defer n.mu.Unlock()
	n.set.add(id)
}

func (n *notes) addTo(to *bitset) {
	n.mu.Lock()
	defer n.mu.Unlock()
	to.union(n.set)
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

// Part returns a .c file as another one that includes it reads it; see File.PartOf.
func (t *Tree) Part(name, whole string) (*File, error) {
	w, err := t.File(whole)
	if err != nil {
		return nil, err
	}
	t.hmu.Lock()
	defer t.hmu.Unlock()
	if f := t.byName[privateKey(name, whole)]; f != nil {
		return f, nil
	}
	if f := t.header(name, w); f != nil && f.PartOf() == whole {
		return f, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// PartOf names the .c file that f was read for, of which it is a part; "" if it is none.
func (f *File) PartOf() string {
	if f.includer == nil {
		return ""
	}
	return f.whole().Name
}

// WholeOf names the .c file that a .c file is read as a part of, "" for none.
func (t *Tree) WholeOf(name string) string { return t.includerOf(name) }

// Family lists the .c files that a .c file of this name includes, directly or not, by the
// words of its text, itself first.
func (t *Tree) Family(name string) []string {
	out := []string{name}
	for i := 0; i < len(out); i++ {
		src, err := t.disk.read(out[i])
		if err != nil || !bytes.Contains(src, []byte(includesPart)) {
			continue
		}
		for _, part := range includeNames(t, out[i], unsafe.String(unsafe.SliceData(src), len(src))) {
			if strings.HasSuffix(part, ".c") && !slices.Contains(out, part) {
				out = append(out, part)
			}
		}
	}
	return out
}

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
