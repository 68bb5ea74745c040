package analyzer

import (
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/cparse"
)

// Most patches change the bodies of a few functions. The other functions of the file are
// then what they were, further up or down, and who refers to any of them refers to the
// same. So what a load has lowered is kept by the outlines of files (see cparse.File.Outline),
// which such a patch leaves as they are.

// A shape is what a load can see of a version of a file, apart from bodies.
type shape struct {
	text  cache.Hash // zero if there is no such file
	first *shape     // the first one of the file with this outline
	at    map[funcRef]int
	funcs []shapeFunc // none, if there is no telling the functions apart
	names []string    // of the functions that a .c file defines
	tags  []string    // of the records
}

// A shapeFunc is a function of a version of a file.
type shapeFunc struct {
	ref  funcRef
	line int32
	text cache.Hash
}

// shapes are the versions of one file.
type shapes struct {
	disk      *shape // of the tree as it is; nil as long as no overlay had the file
	byText    map[cache.Hash]*shape
	byOutline map[cache.Hash]*shape
}

// outlined finds the shape of a file as the tree has it now.
func (u *reuse) outlined(name string) *shape {
	s := &shape{at: map[funcRef]int{}}
	if src, err := u.tree.Text().Read(name, nil); err == nil {
		s.text = cache.Sum(src)
	}
	u.mu.Lock()
	all := u.shapes[name]
	if all == nil {
		all = &shapes{byText: map[cache.Hash]*shape{}, byOutline: map[cache.Hash]*shape{}}
		u.shapes[name] = all
	}
	known := all.byText[s.text]
	u.mu.Unlock()
	if known != nil {
		return known
	}
	key := s.text
	file, outline, ok := u.outline(name)
	if file != nil {
		s.tags = file.Tags()
		for _, fn := range file.Funcs {
			s.names = append(s.names, fn.Name)
		}
	}
	if ok {
		for i, fn := range file.Funcs {
			f := shapeFunc{ref: refTo(fn), line: int32(file.Position(fn.NamePos).Line)}
			f.text = cache.Sum(file.Src[fn.Pos:fn.End], []byte(strconv.Itoa(file.Position(fn.Pos).Column)))
			s.at[f.ref] = i
			s.funcs = append(s.funcs, f)
		}
		key = cache.SumStrings(outline)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if all.byOutline[key] == nil {
		all.byOutline[key] = s
	}
	s.first = all.byOutline[key]
	all.byText[s.text] = s
	return s
}

// look finds the shapes that the tree has now, and learns which names mean something else
// than in the shapes before.
func (u *reuse) look(before map[string]*shape) {
	u.now, u.outlines = map[string]*shape{}, map[string]*shape{}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(u.ever)) {
		if _, over := u.overlay[name]; over || u.onDisk(name) == nil {
			names = append(names, name)
		}
	}
	found := make([]*shape, len(names))
	parallel(len(names), func(i int) { found[i] = u.outlined(names[i]) })
	for i, s := range found {
		if _, over := u.overlay[names[i]]; over {
			u.now[names[i]], u.outlines[names[i]] = s, s.first
		} else {
			u.shapes[names[i]].disk = s
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		was, is := before[name], u.shape(name)
		if was.first == is.first {
			continue
		}
		for _, def := range is.names {
			if !slices.Contains(was.names, def) {
				u.renewed(freshName{def, name})
			}
		}
		for _, tag := range slices.Concat(was.tags, is.tags) {
			u.renewed(freshName{tag, name})
		}
	}
}

// renewed notes that a name has come to mean something else.
func (u *reuse) renewed(name freshName) {
	if !slices.Contains(u.fresh, name) {
		u.fresh = append(u.fresh, name)
	}
}

// outline reads a file; false if its functions are not told apart. Two of one name stand
// for each other in ways that a move may change (see loader.finish).
func (u *reuse) outline(name string) (*cparse.File, string, bool) {
	if path.Ext(name) != ".c" {
		return nil, "", false
	}
	f, err := u.tree.File(name)
	if err != nil {
		return nil, "", false
	}
	seen := map[string]bool{}
	for _, fn := range f.Funcs {
		if seen[fn.Name] {
			return f, "", false
		}
		seen[fn.Name] = true
	}
	o, ok := f.Outline()
	return f, o, ok
}

// shape is that of a file in this load, nil for one that no overlay has had so far.
func (u *reuse) shape(name string) *shape {
	if s := u.now[name]; s != nil {
		return s
	}
	return u.onDisk(name)
}

// onDisk is the shape of a file as the tree is, nil for one that no overlay has had so far.
func (u *reuse) onDisk(name string) *shape {
	if all := u.shapes[name]; all != nil {
		return all.disk
	}
	return nil
}

// index is the number of a function of this load in its file.
func (s *shape) index(r funcRef) (int, bool) {
	if s == nil {
		return 0, false
	}
	i, ok := s.at[r]
	return i, ok
}

// common is the name of a function of this load that all versions of its file with the
// same outline share.
func (u *reuse) common(r funcRef) funcRef {
	s := u.shape(r.file)
	if i, ok := s.index(r); ok {
		return s.first.funcs[i].ref
	}
	return r
}

// here is the inverse of common.
func (u *reuse) here(r funcRef) funcRef {
	s := u.shape(r.file)
	if s == nil {
		return r
	}
	if i, ok := s.first.index(r); ok {
		return s.funcs[i].ref
	}
	return r
}

// each is fn of references.
func each(refs []funcRef, fn func(funcRef) funcRef) []funcRef {
	out := refs // which others have, too
	for i, r := range refs {
		if to := fn(r); to != r {
			if &out[0] == &refs[0] {
				out = slices.Clone(refs)
			}
			out[i] = to
		}
	}
	return out
}

// same reports whether what was made of a file, under some overlay, is what this load would
// make of it, but for the places, and for the bodies of functions.
func (v *version[T]) same(u *reuse, s *sources, file string, refs []funcRef) bool {
	same := func(name string) bool {
		if !u.ever[name] {
			return true
		}
		was := v.over[name]
		if was == nil {
			was = u.onDisk(name).first
		}
		return was == u.shape(name).first
	}
	for _, r := range refs {
		if !same(r.file) {
			return false
		}
	}
	for _, name := range u.mentioned(s, file) {
		if !same(name) {
			return false
		}
	}
	return same(file)
}

// at is the shape of the version; nil if no overlay has had the file so far.
func (v *version[T]) at(u *reuse, file string) *shape {
	if v.shape != nil {
		return v.shape
	}
	return u.onDisk(file)
}

// newVersion is what this load has made of a file.
func newVersion[T any](u *reuse, file string, made T) *version[T] {
	return &version[T]{made: made, shape: u.shape(file), over: u.outlines}
}

// movedTo is a function of a version as it is in this load; false if it is another one. The
// caller has u.mu.
func movedTo(u *reuse, v *version[lowered], r funcRef) (lowered, bool) {
	out := v.made
	out.refs = each(out.refs, u.here)
	was, is := v.at(u, r.file), u.shape(r.file)
	if was == is {
		return out, true
	}
	i, ok := is.index(r)
	if !ok || i >= len(was.funcs) || was.funcs[i].text != is.funcs[i].text {
		return lowered{}, false
	}
	from, to := was.funcs[i], is.funcs[i]
	lines, bytes := int(to.line-from.line), to.ref.pos-from.ref.pos
	out.lines += lines
	out.problems = slices.Clone(out.problems)
	for i := range out.problems {
		if p := &out.problems[i]; p.File == r.file {
			p.Line += lines
			p.Pos += bytes
		}
	}
	return out, true
}
