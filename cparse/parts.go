package cparse

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"unsafe"
)

// A .c file may be a part: another one, its whole, includes it, and it means what it means
// there. The first whole of its directory reads it as a header is read; each other one has a
// private part. A part of a part belongs to the whole at the top.

// includesPart is in the text of each file that includes a .c file.
const includesPart = `.c"`

// WholeOf names the .c file of the same directory that includes a .c file, and that it is
// read as a part of; "" for none. Of several, it is the first by name: the others have
// parts of their own.
func (t *Tree) WholeOf(name string) string {
	if !strings.HasSuffix(name, ".c") {
		return ""
	}
	dir := path.Dir(name)
	v, ok := t.parts.Load(dir)
	if !ok {
		v, _ = t.parts.LoadOrStore(dir, t.findParts(dir))
	}
	return v.(map[string]string)[name]
}

func (t *Tree) findParts(dir string) map[string]string {
	includers := map[string]string{}
	var names []string
	for n, kind := range t.listDir(dir) {
		if kind != directory && strings.HasSuffix(n, ".c") {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		full := path.Join(dir, n)
		if _, over := t.disk.overlay[full]; t.disk.memory != nil && !over {
			if names, ok := t.disk.memory.Names(full); ok && !strings.HasPrefix(names, partMark) && !strings.Contains(names, "\n"+partMark) {
				continue
			}
		}
		src, err := t.disk.read(full)
		if err != nil {
			continue
		}
		s := unsafe.String(unsafe.SliceData(src), len(src))
		if !strings.Contains(s, includesPart) {
			continue
		}
		for _, part := range includeNames(t, full, s) {
			if strings.HasSuffix(part, ".c") && path.Dir(part) == dir && includers[part] == "" {
				includers[part] = full
			}
		}
	}
	// A part of a part belongs to the whole; files that include each other
	// have no whole.
	whole := map[string]string{}
	for part := range includers {
		up := includers[part]
		for n := 0; n <= len(includers) && includers[up] != ""; n++ {
			up = includers[up]
		}
		if includers[up] == "" {
			whole[part] = up
		}
	}
	return whole
}

// whole is the file that f is a part of, or f.
func (f *File) whole() *File {
	for f.includer != nil {
		f = f.includer
	}
	return f
}

// privatePart is header for a .c file that from includes without being the
// one whose part it is.
func (t *Tree) privatePart(name string, from *File) *File {
	key := privateKey(name, from.whole().Name)
	if h, ok := t.byName[key]; ok {
		return h
	}
	src, err := t.disk.read(name)
	if err != nil {
		t.byName[key] = nil
		return nil
	}
	h := t.scanSource(key, name, src, from)
	h.done()
	return h
}

// privateKey is what the part of several wholes goes by, but for the first.
func privateKey(name, whole string) string { return name + "\x00" + whole }

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

// Alone reports whether the file is a .c file that is no part of another one and has
// none itself: Update takes it in without reading the tree anew.
func (f *File) Alone() bool {
	return f.id < 0 && strings.HasSuffix(f.Name, ".c") && !strings.Contains(f.text, includesPart) && f.tree.WholeOf(f.Name) == ""
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
