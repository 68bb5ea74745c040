package analyzer

import (
	"cmp"
	"path"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A reuse keeps what a load has read for the next load of the same tree under
// another overlay. With it a load gives what it would give without: a function is
// lowered again if it has changed itself, or if it mentions what means something else now
// (see renew.go). Another set of rules, or a change of another sort, empties it.
//
// It lives as long as one run. What is kept beyond that is in a store.
type reuse struct {
	tree     *cparse.Tree
	forked   bool            // headers have changed
	trees    []headedTree    // with other headers
	reach    map[string]bool // headers that may be seen, as of the last change of headers
	rules    *rules.Set      // before the import
	ruleSet  string
	overlay  map[string][]byte     // of the load before
	headers  cache.Hash            // those of the overlay
	versions map[string]cache.Hash // of the files of overlay
	comments []string              // files whose comments declare something, or try to
	said     map[fileVersion]said  // by those

	state   *state // that the tree is in
	opened  *state // that it was opened in
	states  map[cache.Hash]*state
	entered []*state          // those, as they came
	disk    map[string]*shape // of the files of any overlay so far, as they are without
	numbers int
	fresh   []string // names that ever meant something else
	isFresh map[string]bool

	memo      *summary.Memo
	memoBase  cache.Hash
	memoRules *rules.Set
	known     callgraph.Known

	passing bool          // the states after this one come once: what is made in them is for one load
	touched []string      // files that other loads will have in their overlays
	ready   chan struct{} // closed when those are read as they are; nil: nobody does

	mu       sync.Mutex
	store    *store
	shapes   map[shapeKey]*shape
	lowered  map[funcRef][]*version[lowered] // by the names that all versions of a file have in common
	irs      map[string][]*ir.Func           // by ID: equal ones are one
	bound    map[fileRef][]*version[bindings]
	mentions map[fileRef]mention
}

// A version is what was made of a file in some state.
type version[T any] struct {
	made  T
	state *state
	shape *shape // of the file, if some overlay had had it by then
	kin   int    // of the function
}

// number is that of the function r of which it is a version: what was made before an overlay
// had the file has been numbered since.
func (v *version[T]) number(r funcRef) int {
	if v.shape == nil {
		return v.state.function(r)
	}
	return v.kin
}

// openReused is openTree, with the tree of the load before if it can be had.
func openReused(cfg Config) (*cparse.Tree, string, error) {
	u := cfg.reuse
	if u == nil {
		return openTree(cfg)
	}
	versions := map[string]cache.Hash{}
	for name, text := range cfg.Overlay {
		versions[name] = cache.Sum([]byte(strconv.FormatBool(text == nil)), text)
	}
	u.versions = versions
	u.wait()
	if u.tree != nil {
		u.seen(cfg)
		if u.tree.Update(cfg.Overlay) || u.another(cfg) {
			u.overlay, u.headers = cfg.Overlay, headersOf(cfg.Overlay)
			if u.look() {
				return u.tree, kconfigName(cfg), nil
			}
		}
	}
	tree, kconfig, err := openTree(cfg)
	if err != nil {
		return nil, "", err
	}
	if u.passing {
		tree.Passing()
	}
	u.tree, u.trees, u.forked, u.overlay, u.rules, u.comments, u.store = tree, nil, false, cfg.Overlay, nil, nil, nil
	u.headers = headersOf(cfg.Overlay)
	u.clear()
	u.shapes, u.reach, u.fresh, u.isFresh = map[shapeKey]*shape{}, map[string]bool{}, nil, map[string]bool{}
	u.opened = &state{shapes: map[string]*shape{}, kin: map[string][]int{}, names: map[string]int{}}
	u.state, u.states = u.opened, map[cache.Hash]*state{stateKey(versions): u.opened}
	u.disk, u.entered = map[string]*shape{}, []*state{u.opened}
	for name := range cfg.Overlay {
		s := u.outlined(name)
		u.enter(u.state, name, s)
		u.disk[name] = s
	}
	u.read()
	return tree, kconfig, nil
}

// read begins to read the files that will be touched, with all their headers, which takes
// as long as anything else that begins a run.
func (u *reuse) read() {
	ready, tree := make(chan struct{}), u.tree
	u.ready = ready
	go func() {
		defer close(ready)
		for _, name := range u.touched {
			if path.Ext(name) == ".c" {
				tree.File(name) // its trouble is for who asks
			}
		}
	}()
}

// pass says that each state from now on comes once.
func (u *reuse) pass() {
	u.passing = true
	u.tree.Passing()
}

// keeps reports whether what is made now is good for other loads.
func (u *reuse) keeps() bool { return !u.passing || u.state == u.opened }

// wait returns when nobody reads ahead.
func (u *reuse) wait() {
	if u.ready != nil {
		<-u.ready
		u.ready = nil
	}
}

// clear forgets what was made of the sources.
func (u *reuse) clear() {
	u.lowered, u.bound = map[funcRef][]*version[lowered]{}, map[fileRef][]*version[bindings]{}
	u.irs, u.mentions = map[string][]*ir.Func{}, map[fileRef]mention{}
	u.said = map[fileVersion]said{}
}

// loadRules is loadRules, with the rules of the load before if no rules file can
// have changed.
func (u *reuse) loadRules(cfg Config, t *cparse.Tree) (*rules.Set, string, error) {
	if u == nil {
		return loadRules(cfg, t)
	}
	if u.rules != nil && len(cfg.RuleFiles) == 0 && (cfg.RuleSet == "" || cfg.RuleSet == u.ruleSet) {
		return u.rules, u.ruleSet, nil
	}
	set, name, err := loadRules(cfg, t)
	u.rules, u.ruleSet = set, name
	u.clear()
	return set, name, err
}

// function returns what a function was lowered to before, or what is made now.
func (u *reuse) function(s *sources, r funcRef, lower func() lowered) lowered {
	if u == nil {
		return lower()
	}
	key, kin := u.common(r), u.state.function(r)
	u.mu.Lock()
	versions := u.lowered[key]
	u.mu.Unlock()
	for _, v := range slices.Backward(versions) {
		if v.number(r) != kin || u.state.shapes[r.file] == nil && !u.sameNames(v.state, s, r.in()) || !u.sameOrder(v.state, v.made.ordered) {
			continue
		}
		refs, ok := u.allHere(v.made.refs)
		if !ok {
			continue
		}
		out := u.movedTo(v, r)
		out.refs = refs
		return out
	}
	out := lower()
	kept := out
	kept.refs = u.allCommon(out.refs)
	u.mu.Lock()
	defer u.mu.Unlock()
	out.fn, out.lines = u.one(r, out.fn)
	kept.fn, kept.lines = out.fn, out.lines
	if !u.keeps() {
		return out
	}
	u.lowered[key] = append(slices.Clone(versions), &version[lowered]{made: kept, state: u.state, shape: u.state.shapes[r.file], kin: kin})
	return out
}

// one returns the function that stands for fn, wherever its text is, and how many lines
// further down fn is: the same code is the same value, so that its summary can stay. The
// caller has u.mu.
func (u *reuse) one(r funcRef, fn *ir.Func) (*ir.Func, int) {
	_, told := u.state.shapes[r.file].function(r.name)
	for _, f := range u.irs[fn.ID] {
		lines := int(fn.Pos.Line - f.Pos.Line)
		if lines != 0 && !told { // both may be there at once
			continue
		}
		at := f
		if lines != 0 {
			at = f.Moved(lines)
		}
		if reflect.DeepEqual(at, fn) {
			return f, lines
		}
	}
	if u.keeps() {
		u.irs[fn.ID] = append(u.irs[fn.ID], fn)
	}
	return fn, 0
}

// movedTo is a function of a version as it is in this load.
func (u *reuse) movedTo(v *version[lowered], r funcRef) lowered {
	out := v.made
	was, is := v.shape, u.state.shapes[r.file]
	if was == nil {
		was = u.disk[r.file]
	}
	if was == is {
		return out
	}
	i, _ := was.function(r.name)
	j, _ := is.function(r.name)
	from, to := was.funcs[i], is.funcs[j]
	lines, bytes := int(to.line-from.line), to.ref.pos-from.ref.pos
	out.lines += lines
	out.problems = slices.Clone(out.problems)
	for i := range out.problems {
		if p := &out.problems[i]; p.File == r.file {
			p.Line += lines
			p.Pos += bytes
		}
	}
	return out
}

// bindings returns what was read of the initialisers of a file before, or what is now.
func (u *reuse) bindings(s *sources, f fileRef, read func() bindings) bindings {
	if u == nil {
		return read()
	}
	u.mu.Lock()
	versions := u.bound[f]
	u.mu.Unlock()
	shape := u.state.shapes[f.name]
	for _, v := range slices.Backward(versions) {
		was := v.shape
		if was == nil {
			was = u.disk[f.name]
		}
		if was != shape || !u.sameNames(v.state, s, f) || !u.sameOrder(v.state, v.made.ordered) {
			continue
		}
		if refs, ok := u.allHere(v.made.refs); ok {
			out := v.made
			out.refs = refs
			return out
		}
	}
	out := read()
	if !u.keeps() {
		return out
	}
	kept := out
	kept.refs = u.allCommon(out.refs)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bound[f] = append(slices.Clone(versions), &version[bindings]{made: kept, state: u.state, shape: shape})
	return out
}

// A mention is what is known of a file's text: which fresh names are in it, of the first so
// many.
type mention struct {
	fresh int
	names []string
	in    *shape // of the file, nil if no overlay has had it
}

// mentioned lists the fresh names that are in the text of a file, or of what is read together
// with it.
func (u *reuse) mentioned(s *sources, file fileRef) []string {
	if len(u.fresh) == 0 {
		return nil
	}
	in := u.state.shapes[file.name]
	u.mu.Lock()
	m := u.mentions[file]
	u.mu.Unlock()
	if m.in != in {
		m = mention{in: in}
	}
	if m.fresh == len(u.fresh) {
		return m.names
	}
	more := slices.Sorted(slices.Values(u.fresh[m.fresh:]))
	m.names = slices.Clone(m.names)
	for _, name := range s.tree.Family(cmp.Or(file.whole, file.name)) {
		found := more
		s.tree.Text().Look(name, func(src []byte) { found = wordsIn(src, more) }) // else it may have any
		m.names = append(m.names, found...)
	}
	m.fresh = len(u.fresh)
	u.mu.Lock()
	u.mentions[file] = m
	u.mu.Unlock()
	return m.names
}

// sameNames reports whether the names in a file mean what they did in another state.
func (u *reuse) sameNames(st *state, s *sources, file fileRef) bool {
	if st == u.state {
		return true
	}
	for _, name := range u.mentioned(s, file) {
		if st.names[name] != u.state.names[name] {
			return false
		}
	}
	return true
}

// sameOrder reports whether the members of records stand in the order of another state.
func (u *reuse) sameOrder(st *state, tags []string) bool {
	for _, tag := range tags {
		name := cparse.OrderOf(tag)
		if st.names[name] != u.state.names[name] {
			return false
		}
	}
	return true
}
