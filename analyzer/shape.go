package analyzer

import (
	"cmp"
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/cparse"
)

// Most patches change the bodies of a few functions, and some names besides. The other
// functions of a file are then what they were, further up or down, and who refers to any of
// them refers to the same.

// A shape is a version of a file, function by function and name by name.
type shape struct {
	text  cache.Hash // zero if there is no such file
	plain bool       // its functions can be told apart by their names
	funcs []shapeFunc
	byRef map[funcRef]int
	names map[string]int            // of its functions -> index
	says  map[string]cparse.Meaning // what it says of names
	reach []string                  // the headers that it includes
	lines []string                  // the macros that it defines, line by line
}

// A shapeFunc is a function of a version of a file.
type shapeFunc struct {
	ref    funcRef
	line   int32
	column int
	text   string
	behind int // so many of the lines
}

// there reports whether the tree has the file.
func (s *shape) there() bool { return s.text != cache.Hash{} }

// function is the index of a function; false if there is none of that name, or if there is no
// telling.
func (s *shape) function(name string) (int, bool) {
	if s == nil {
		return 0, false
	}
	i, ok := s.names[name]
	return i, ok && s.plain
}

// outlined finds the shape of a file as the tree has it now.
func (u *reuse) outlined(name string) *shape {
	s := &shape{byRef: map[funcRef]int{}, names: map[string]int{}}
	err := u.tree.Text().Look(name, func(src []byte) { s.text = cache.Sum(src) })
	key := shapeKey{name, s.text, u.headers}
	u.mu.Lock()
	known := u.shapes[key]
	u.mu.Unlock()
	if known != nil {
		return known
	}
	s.plain = err != nil
	if f, err := u.tree.File(name); err == nil {
		s.read(f)
	}
	if _, over := u.overlay[name]; over && u.passing {
		return s
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.shapes[key] = s
	return s
}

// A shapeKey names a version of a file, which says what it says under some headers.
type shapeKey struct {
	name    string
	text    cache.Hash
	headers cache.Hash // those of the overlay
}

// read reads the shape of a file. Two functions of one name stand for each other in ways that
// a move may change (see loader.finish).
func (s *shape) read(f *cparse.File) {
	s.says, s.reach, s.plain = f.Meanings(), f.Reach(), f.Whole()
	lines := f.MacroLines()
	for _, l := range lines {
		s.lines = append(s.lines, l.Name)
	}
	for i, fn := range f.Funcs {
		sf := shapeFunc{
			ref: refTo(fn), line: int32(f.Position(fn.NamePos).Line), column: f.Position(fn.Pos).Column,
			text: string(f.Src[fn.Pos:fn.End]),
		}
		sf.behind, _ = slices.BinarySearchFunc(lines, fn.Pos, func(l cparse.MacroLine, pos int32) int { return cmp.Compare(l.Pos, pos) })
		if _, twice := s.names[fn.Name]; twice {
			s.plain = false
		}
		s.byRef[sf.ref], s.names[fn.Name] = i, i
		s.funcs = append(s.funcs, sf)
	}
}

// alike reports, function by function of a version of a file, whether an earlier version has
// one of that name that is written alike, behind the same macros, and which.
func (s *shape) alike(was *shape) []int {
	out := make([]int, len(s.funcs))
	before, ok := behind(was, s)
	now, _ := behind(s, was)
	for j, f := range s.funcs {
		out[j] = -1
		if i, there := was.function(f.ref.name); there && ok && s.plain {
			if g := was.funcs[i]; f.text == g.text && f.column == g.column && before[g.behind] == now[f.behind] {
				out[j] = i
			}
		}
	}
	return out
}

// behind counts, for each number of lines that define macros, those of macros that another
// version has, too; false if the two have those in another order.
func behind(s, other *shape) ([]int, bool) {
	has := map[string]bool{}
	for _, name := range other.lines {
		has[name] = true
	}
	n := make([]int, 1, len(s.lines)+1)
	var mine []string
	for _, name := range s.lines {
		if has[name] {
			mine = append(mine, name)
		}
		n = append(n, len(mine))
	}
	own := map[string]bool{}
	for _, name := range s.lines {
		own[name] = true
	}
	theirs := slices.DeleteFunc(slices.Clone(other.lines), func(name string) bool { return !own[name] })
	return n, slices.Equal(mine, theirs)
}

// common is the name that a function of this load has in all versions of its file.
func (u *reuse) common(r funcRef) funcRef {
	s := u.state.shapes[r.file]
	if s == nil || !s.plain || r.whole != "" {
		return r
	}
	if _, ok := s.byRef[r]; !ok {
		return r
	}
	if i, ok := u.disk[r.file].function(r.name); ok {
		return u.disk[r.file].funcs[i].ref
	}
	return funcRef{file: r.file, name: r.name, pos: -1, header: r.header}
}

// here is the inverse of common; false if this load has no such function.
func (u *reuse) here(r funcRef) (funcRef, bool) {
	s := u.state.shapes[r.file]
	if s == nil || r.whole != "" {
		return r, true
	}
	if !s.plain {
		_, ok := s.byRef[r]
		return r, ok
	}
	if i, ok := s.function(r.name); ok {
		return s.funcs[i].ref, true
	}
	return r, false
}

// allHere is here of references; false if one is not.
func (u *reuse) allHere(refs []funcRef) ([]funcRef, bool) {
	out := make([]funcRef, len(refs))
	for i, r := range refs {
		to, ok := u.here(r)
		if !ok {
			return nil, false
		}
		out[i] = to
	}
	return out, true
}

// allCommon is common of references.
func (u *reuse) allCommon(refs []funcRef) []funcRef {
	out := make([]funcRef, len(refs))
	for i, r := range refs {
		out[i] = u.common(r)
	}
	return out
}
