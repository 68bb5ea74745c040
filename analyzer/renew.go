package analyzer

import (
	"bytes"
	"maps"
	"path"
	"slices"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/cparse"
)

// A file that changes concerns the code that mentions what it says otherwise than before
// (cparse.File.Meanings): in most patches, functions, members and macros that are new, and the
// few functions that use them. So what was lowered in one state of a tree stays in another
// one, but for that, and for what comes of the names through macros and declarations
// (cparse.File.Leaning). Names that a macro pastes together are seen only where they stand as
// they are. States with other headers have cparse trees of their own.
//
// Everything is read anew where names are not all: a header goes, or includes another one that
// it did not include, a line of #if depends on it, a macro changes that may make functions,
// or what changes is or has a part of another file.

// A state is a tree under one overlay, by what differs between the states of a run. Numbers
// are equal where what they are of reads alike.
type state struct {
	names  map[string]int    // of names that ever meant something else; 0 where there is none
	shapes map[string]*shape // of the files that any overlay has had so far
	kin    map[string][]int  // of their functions, in order
}

// function is the number of a function; 0 where no overlay has had its file.
func (st *state) function(r funcRef) int {
	s, kin := st.shapes[r.file], st.kin[r.file]
	if i, ok := s.function(r.name); ok {
		return kin[i]
	}
	if s == nil {
		return 0
	}
	if i, ok := s.byRef[r]; ok {
		return kin[i]
	}
	return -1
}

// another brings the tree to an overlay with other headers; false if more changes than single
// files.
func (u *reuse) another(cfg Config) bool {
	if !u.tree.Apart(cfg.Overlay) {
		return false
	}
	u.reached()
	u.forked = true
	if u.keeps() {
		u.trees = append(u.trees, headedTree{u.headers, u.tree})
	}
	key, tree := headersOf(cfg.Overlay), (*cparse.Tree)(nil)
	if i := slices.IndexFunc(u.trees, func(t headedTree) bool { return t.headers == key }); i >= 0 {
		tree = u.trees[i].tree
		u.trees = slices.Delete(u.trees, i, i+1)
	}
	if tree == nil || !tree.Update(cfg.Overlay) {
		tree = u.tree.Fork(cfg.Overlay)
	}
	u.trees = u.trees[max(0, len(u.trees)-maxTrees):]
	u.tree = tree
	if u.store != nil {
		u.store.tree = tree
	}
	return true
}

// A headedTree is a tree that the run has left, with what its headers are known by. They are
// not small, and cost about a second.
type headedTree struct {
	headers cache.Hash
	tree    *cparse.Tree
}

// maxTrees bounds how many of those are kept, the ones that were left last.
const maxTrees = 4

// headersOf is a hash of the headers in an overlay.
func headersOf(overlay map[string][]byte) cache.Hash {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(overlay)) {
		if text := overlay[name]; isHeader(name) {
			sum := cache.Sum(text)
			parts = append(parts, name, string(sum[:]))
		}
	}
	return cache.SumStrings(parts...)
}

// reached notes which headers the files that were read may see.
func (u *reuse) reached() {
	for _, name := range u.tree.Headers() {
		u.reach[name] = true
	}
	if u.store != nil {
		u.store.reached(u.reach)
	}
}

// number returns one that nothing has.
func (u *reuse) number() int {
	u.numbers++
	return u.numbers
}

// seen looks at the files that are about to be overlaid for the first time, as they are.
func (u *reuse) seen(cfg Config) {
	var names []string
	for name := range cfg.Overlay {
		if u.disk[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	found := make([]*shape, len(names))
	parallel(len(names), func(i int) { found[i] = u.outlined(names[i]) })
	for i, name := range names {
		u.disk[name] = found[i]
		for _, st := range u.entered {
			u.enter(st, name, found[i])
		}
	}
}

// enter adds a file to a state that has been without it. What was made of its functions so far
// is good where no name in it meant anything else.
func (u *reuse) enter(st *state, name string, s *shape) {
	kin := make([]int, len(s.funcs))
	changed := !s.plain
	if words := slices.Sorted(maps.Keys(st.names)); len(words) > 0 {
		err := u.tree.Text().Look(name, func(src []byte) { changed = changed || len(wordsIn(src, words)) > 0 })
		changed = changed || err != nil
	}
	for i := range kin {
		if changed {
			kin[i] = u.number()
		}
	}
	st.shapes[name], st.kin[name] = s, kin
}

// look finds what differs between the state that the tree is in and the nearest one so far;
// false if names are not all.
func (u *reuse) look() bool {
	key := stateKey(u.versions)
	is := u.states[key]
	files := slices.Sorted(maps.Keys(u.disk))
	found := make([]*shape, len(files))
	parallel(len(files), func(i int) { found[i] = u.outlined(files[i]) })
	if is != nil {
		u.state = is
		return true
	}
	was := u.nearest(files, found)
	is = &state{names: maps.Clone(was.names), shapes: map[string]*shape{}, kin: map[string][]int{}}
	own := map[string]map[string]bool{} // names of a file, and whether they are wide
	open := map[string]bool{}
	headers := false
	for i, name := range files {
		a, b := was.shapes[name], found[i]
		is.shapes[name] = b
		if a == b {
			continue
		}
		headers = headers || isHeader(name)
		names, ok := u.differ(name, a, b)
		if !ok {
			return false
		}
		own[name] = map[string]bool{}
		for n, m := range names {
			own[name][n] = m.Wide
			if m.Open {
				open[n] = open[n] || m.Wide
			}
		}
	}
	if len(open) > 0 {
		u.reached()
	}
	open, ok := u.hangs(open, func(names map[string]bool) (map[string]bool, bool) { return u.leaning(names, headers) })
	if !ok {
		return false
	}
	for _, n := range slices.Sorted(maps.Keys(open)) {
		is.names[n] = u.number()
		if !u.isFresh[n] {
			u.isFresh[n] = true
			u.fresh = append(u.fresh, n)
		}
	}
	for _, name := range files {
		is.kin[name] = u.kin(name, was, is, own[name], open)
	}
	u.state = is
	if !u.passing {
		u.states[key], u.entered = is, append(u.entered, is)
	}
	return true
}

// nearest is the state so far from which the fewest files differ, the last one if it is among
// several.
func (u *reuse) nearest(files []string, found []*shape) *state {
	list := u.entered
	if !u.passing {
		list = append([]*state{u.state}, list...)
	}
	best, least := list[0], len(files)+1
	for _, st := range list {
		n := 0
		for i, name := range files {
			if st.shapes[name] != found[i] {
				n++
			}
		}
		if n < least {
			best, least = st, n
		}
	}
	return best
}

func stateKey(versions map[string]cache.Hash) cache.Hash {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		h := versions[name]
		parts = append(parts, name, string(h[:]))
	}
	return cache.SumStrings(parts...)
}

// differ lists what two versions of a file say otherwise; false if that is not all.
func (u *reuse) differ(name string, was, is *shape) (map[string]cparse.Meaning, bool) {
	if isHeader(name) {
		switch {
		case !is.there(), !is.plain, !was.plain, !was.there() && u.includedAs(path.Base(name)):
			return nil, false
		case was.there():
			for _, h := range was.reach {
				if _, still := slices.BinarySearch(is.reach, h); !still {
					return nil, false
				}
			}
			for _, h := range is.reach {
				if _, before := slices.BinarySearch(was.reach, h); !before && !u.comes(h) {
					return nil, false
				}
			}
		}
	}
	out := map[string]cparse.Meaning{}
	for _, says := range []map[string]cparse.Meaning{was.says, is.says} {
		for n, m := range says {
			before, existed := was.says[n]
			if before == is.says[n] && was.plain && is.plain && (isHeader(name) || slices.Equal(was.reach, is.reach)) {
				continue
			}
			if existed && m.Shapes && isHeader(name) {
				return nil, false
			}
			m.Wide, m.Open = m.Wide || out[n].Wide, m.Open || out[n].Open
			out[n] = m
		}
	}
	return out, true
}

// comes reports whether a file is one that the tree did not have before the series.
func (u *reuse) comes(name string) bool {
	s := u.disk[name]
	return s != nil && !s.there()
}

// includedAs reports whether a file that was read, and is as it was, may mean a header of this
// name.
func (u *reuse) includedAs(base string) bool {
	files := maps.Clone(u.reach)
	for key := range u.lowered {
		files[key.file] = true
	}
	for key := range u.bound {
		files[key.name] = true
	}
	names := slices.Collect(maps.Keys(files))
	found := make([]bool, len(names))
	text := u.tree.Text()
	parallel(len(names), func(i int) {
		if _, over := u.overlay[names[i]]; over {
			return
		}
		text.Look(names[i], func(src []byte) { // what cannot be read has none
			for _, before := range []string{"\"", "<", "/"} {
				for _, after := range []string{"\"", ">"} {
					found[i] = found[i] || bytes.Contains(src, []byte(before+base+after))
				}
			}
		})
	})
	return slices.Contains(found, true)
}

// maxRenewed bounds the names that one step concerns.
const maxRenewed = 1 << 14

// hangs adds to names, which say whether they are wide, all that hangs on them.
func (u *reuse) hangs(names map[string]bool, leaning func(map[string]bool) (map[string]bool, bool)) (map[string]bool, bool) {
	all := maps.Clone(names)
	for more := maps.Clone(names); len(more) > 0; {
		next, ok := leaning(more)
		if !ok || len(all) > maxRenewed {
			return nil, false
		}
		more = map[string]bool{}
		for n, wide := range next {
			if was, known := all[n]; !known || wide && !was {
				all[n], more[n] = wide, wide
			}
		}
	}
	return all, true
}

// leaning lists what hangs on names in the headers that may be seen; false if there is more to
// it than names, as there may be if it is headers that say otherwise: macros may make other
// functions.
func (u *reuse) leaning(names map[string]bool, changed bool) (map[string]bool, bool) {
	headers := slices.Sorted(maps.Keys(u.reach))
	found := make([][]string, len(headers))
	text, words := u.tree.Text(), wordsOf(names)
	parallel(len(headers), func(i int) {
		text.Look(headers[i], func(src []byte) { found[i] = wordsIn(src, words) }) // what cannot be read has none
	})
	out := map[string]bool{}
	for i, name := range headers {
		if len(found[i]) == 0 {
			continue
		}
		f, err := u.tree.File(name)
		if err != nil {
			return nil, false
		}
		for _, word := range found[i] {
			on, ok := f.Leaning(word, names[word])
			if _, over := u.overlay[name]; on.Shapes && changed || !ok && !over {
				return nil, false // of one that has changed, what it says was compared
			}
			for n, wide := range on.Names {
				out[n] = out[n] || wide
			}
		}
	}
	return out, true
}

// wordsOf lists those of some names that are words.
func wordsOf(names map[string]bool) []string {
	var words []string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		if _, ok := cparse.OrderedTag(n); !ok {
			words = append(words, n)
		}
	}
	return words
}

// kin numbers the functions of a file: as before, those that are written as before, and in
// which no name means something else. own are names that its own text says otherwise, open
// those that others do.
func (u *reuse) kin(name string, was, is *state, own, open map[string]bool) []int {
	a, b := was.shapes[name], is.shapes[name]
	alike := b.alike(a)
	words := maps.Clone(open)
	for n, wide := range own {
		words[n] = words[n] || wide
	}
	if f, err := u.tree.File(name); err == nil && len(words) > 0 {
		all, ok := u.hangs(words, func(names map[string]bool) (map[string]bool, bool) {
			out := map[string]bool{}
			for _, word := range wordsIn(f.Src, wordsOf(names)) {
				on, ok := f.Leaning(word, names[word])
				if !ok {
					return nil, false
				}
				for n, wide := range on.Names {
					out[n] = out[n] || wide
				}
			}
			return out, true
		})
		if !ok {
			alike = slices.Repeat([]int{-1}, len(alike))
		}
		words = all
	}
	if !isHeader(name) && !slices.Equal(a.reach, b.reach) {
		alike = slices.Repeat([]int{-1}, len(alike))
	}
	kin := make([]int, len(b.funcs))
	list := wordsOf(words)
	for j, f := range b.funcs {
		if i := alike[j]; i >= 0 && len(wordsIn([]byte(f.text), list)) == 0 {
			kin[j] = was.kin[name][i]
		} else {
			kin[j] = u.number()
		}
	}
	return kin
}

// hasWord reports whether a word is in a text.
func hasWord(text []byte, word string) bool {
	for pos := 0; ; {
		i := bytes.Index(text[pos:], []byte(word))
		if i < 0 {
			return false
		}
		start, end := pos+i, pos+i+len(word)
		if (start == 0 || !wordByte(text[start-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		pos = end
	}
}

// wordsIn lists those of some sorted words that are in a text.
func wordsIn(text []byte, words []string) (found []string) {
	if len(words) <= 16 { // each is looked for faster than all words are cut out
		for _, w := range words {
			if hasWord(text, w) {
				found = append(found, w)
			}
		}
		return found
	}
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	for i := 0; i < len(text); i++ {
		if !wordBytes[text[i]] {
			continue
		}
		start := i
		for i < len(text) && wordBytes[text[i]] {
			i++
		}
		if w := text[start:i]; set[string(w)] {
			found = append(found, string(w))
			set[string(w)] = false
		}
	}
	slices.Sort(found)
	return found
}
