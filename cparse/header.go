package cparse

import (
	"math/bits"
	"path"
	"sort"
	"strings"
)

// A bitset is a set of header ids.
type bitset []uint64

func (b bitset) has(i int32) bool {
	return i >= 0 && int(i>>6) < len(b) && b[i>>6]&(1<<(i&63)) != 0
}

func (b *bitset) add(i int32) {
	for int(i>>6) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}

func (b *bitset) union(o bitset) {
	for len(*b) < len(o) {
		*b = append(*b, 0)
	}
	for i, w := range o {
		(*b)[i] |= w
	}
}

func (b bitset) len() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// each calls fn for each member, in order.
func (b bitset) each(fn func(int32)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			fn(int32(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}

// meets reports whether the sets have a member in common.
func (b bitset) meets(o bitset) bool {
	for i := range min(len(b), len(o)) {
		if b[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// takeFrom removes the members of o, and calls fn for each that was there, in order.
func (b bitset) takeFrom(o bitset, fn func(int32)) {
	for i := range min(len(b), len(o)) {
		w := b[i] & o[i]
		b[i] &^= w
		for ; w != 0; w &= w - 1 {
			fn(int32(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}

// include acts on an #include: text is what follows the word. The header is
// scanned if it is not yet, and its closure joins the file's.
func (f *File) include(text string, pos int32, isNext bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if text[0] != '"' && text[0] != '<' {
		// A computed include: a macro that becomes "file" or <file>.
		x := &expander{lookup: f.macroFor}
		var b strings.Builder
		for _, t := range x.expand(lexAll(text, 0, len(text))) {
			b.WriteString(t.text)
		}
		text = b.String()
		if text == "" {
			return
		}
	}
	closer := byte('"')
	if text[0] == '<' {
		closer = '>'
	} else if text[0] != '"' {
		return
	}
	end := strings.IndexByte(text[1:], closer)
	if end < 0 {
		f.problem(pos, "#include: no closing %c", closer)
		return
	}
	name := text[1 : 1+end]
	full := f.tree.findInclude(f.Name, name, closer == '"', isNext)
	if full == "" {
		f.notes.add(f.tree, PremiseName, path.Base(name))
		f.tree.missing.Add(1)
		return
	}
	if f.id < 0 {
		f.tree.hmu.Lock()
		defer f.tree.hmu.Unlock()
	}
	h := f.tree.header
	f.hasParts = f.hasParts || strings.HasSuffix(full, ".c")
	if strings.HasSuffix(full, ".c") && f.tree.WholeOf(full) != f.whole().Name {
		// The part of several wholes: those but the first have their own.
		h = f.tree.privatePart
	}
	if h := h(full, f); h != nil && h != f {
		f.direct = append(f.direct, h.id)
		f.closure.add(h.id)
		f.closure.union(h.closure)
	}
}

// findInclude resolves an #include to a name in the tree, "" if the tree has
// no such file or the name leaves it.
func (t *Tree) findInclude(from, name string, quoted, isNext bool) string {
	try := func(dir string) string {
		full, ok := t.clean(path.Join(dir, name))
		if !ok || full == from && isNext {
			return ""
		}
		if t.exists(full) {
			return full
		}
		return ""
	}
	if name == "" || strings.HasPrefix(name, "/") {
		return ""
	}
	dir := path.Dir(from)
	if quoted && !isNext {
		if s := try(dir); s != "" {
			return s
		}
	}
	for _, d := range t.data.includeDirs {
		if s := try(d); s != "" && !(isNext && s == from) {
			return s
		}
	}
	for _, w := range t.data.wrappers {
		if rest, ok := strings.CutPrefix(name, w.prefix); ok {
			if full, ok := t.clean(path.Join(w.dir, rest)); ok && full != from && t.exists(full) {
				return full
			}
		}
	}
	// A build file's -I: the directory itself, its parents and their
	// include directories, nearest first.
	for d := dir; d != "." && d != "/"; d = path.Dir(d) {
		if s := try(d); s != "" {
			return s
		}
		if s := try(path.Join(d, "include")); s != "" {
			return s
		}
	}
	return t.nearbyHeader(dir, name)
}

// nearbyHeader stands in for the -I that we do not read from build files: the
// header of that name in the smallest directory around dir that has one, but
// none so large that it is somebody else's.
func (t *Tree) nearbyHeader(dir, name string) string {
	base := path.Base(name)
	for ; strings.Count(dir, "/") >= 1; dir = path.Dir(dir) {
		v, ok := t.nearby.Load(dir)
		if !ok {
			m := map[string][]string{}
			t.walkSources(dir, func(n string) {
				if strings.HasSuffix(n, ".h") {
					m[path.Base(n)] = append(m[path.Base(n)], n)
				}
			})
			for _, l := range m {
				sort.Strings(l)
			}
			v, _ = t.nearby.LoadOrStore(dir, m)
		}
		for _, full := range v.(map[string][]string)[base] {
			if strings.HasSuffix(full, "/"+name) {
				return full
			}
		}
	}
	return ""
}

// header returns the scanned header of that name, nil if it cannot be read.
// hmu is held. from is the file that includes it, if any: a .c file that is
// included means what it means there.
//
// What a header means must not depend on who asks first, though headers
// include each other in circles. So the headers of one circle are scanned
// together, in an order of their own.
func (t *Tree) header(name string, from *File) *File {
	if h, ok := t.byName[name]; ok {
		return h
	}
	circle := t.includes.circle(t, name)
	for _, m := range circle {
		if _, started := t.byName[m]; !started {
			t.scanHeader(m, from)
		}
	}
	// Only the outermost call of a circle finds it complete.
	var hs []*File
	for _, m := range circle {
		h := t.byName[m]
		if h != nil && !h.read {
			return t.byName[name]
		}
		if h != nil && !h.scanned {
			hs = append(hs, h)
		}
	}
	for changed := len(hs) > 1; changed; {
		changed = false
		for _, h := range hs {
			before := h.closure.len()
			for _, d := range h.direct {
				h.closure.union(t.headers[d].closure)
			}
			changed = changed || h.closure.len() != before
		}
	}
	for _, h := range hs {
		h.done()
	}
	return t.byName[name]
}

func (t *Tree) scanHeader(name string, from *File) {
	src, err := t.includes.source(t, name)
	if err != nil {
		t.byName[name] = nil
		return
	}
	t.scanSource(name, name, src, from)
}

func (t *Tree) scanSource(key, name string, src []byte, from *File) *File {
	h := t.newFile(name, src)
	h.id = int32(len(t.headers))
	h.premise = t.premises.id(Premise{PremiseHeader, name})
	t.headers = append(t.headers, h)
	view := t.headers
	t.view.Store(&view)
	t.byName[key] = h
	h.closure.add(h.id)
	if from != nil && strings.HasSuffix(name, ".c") {
		h.includer = from
		h.closure.union(from.closure)
	}
	h.scan()
	h.read = true
	t.names.addFile(h)
	return h
}
