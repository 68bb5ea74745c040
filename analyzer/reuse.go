package analyzer

import (
	"bytes"
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
// lowered again if it has changed itself, if the outline of its file has (see shape.go)
// or that of a file to which it refers, or if its file mentions a name that a changed file
// has come to define. What does not fit that (a header that changes, another set of rules)
// empties it.
//
// It lives as long as one run. What is kept beyond that is in a store.
type reuse struct {
	tree     *cparse.Tree
	rules    *rules.Set // before the import
	ruleSet  string
	overlay  map[string][]byte     // of the load before
	versions map[string]cache.Hash // of the files of overlay
	opened   map[string]cache.Hash // of those when the tree was opened
	ever     map[string]bool       // files of any overlay so far
	now      map[string]*shape     // of the files of overlay
	outlines map[string]*shape     // the first ones with theirs
	comments []string              // files whose comments declare something, or try to

	memo      *summary.Memo
	memoBase  cache.Hash
	memoRules *rules.Set
	known     callgraph.Known

	touched []string      // files that other loads will have in their overlays
	ready   chan struct{} // closed when those are read as they are; nil: nobody does

	mu       sync.Mutex
	store    *store // of the state that the tree was opened in
	shapes   map[string]*shapes
	lowered  map[funcRef][]*version[lowered] // by what versions of a file have in common
	irs      map[string][]*ir.Func           // by ID: equal ones are one
	bound    map[fileRef][]*version[bindings]
	fresh    []freshName        // names that changed files have come to define, or that mean something else in them, at any time
	mentions map[string]mention // whether a file has one of those in its text
}

// A version is what was made of a file under some overlay. Functions of files that an
// overlay has had go by the names that they have in the first version with that outline.
type version[T any] struct {
	made  T
	shape *shape            // of the file; nil: that of the disk
	over  map[string]*shape // outlines of the files that lay over the tree
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
		before := map[string]*shape{}
		for name := range u.ever {
			before[name] = u.shape(name)
		}
		if u.tree.Update(cfg.Overlay) {
			u.overlay = cfg.Overlay
			u.look(before)
			return u.tree, kconfigName(cfg), nil
		}
	}
	tree, kconfig, err := openTree(cfg)
	if err != nil {
		return nil, "", err
	}
	u.tree, u.overlay, u.rules, u.comments, u.fresh, u.store = tree, cfg.Overlay, nil, nil, nil, nil
	u.clear()
	u.opened = u.versions
	u.shapes, u.ever = map[string]*shapes{}, map[string]bool{}
	u.seen(cfg)
	u.look(nil)
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

// wait returns when nobody reads ahead.
func (u *reuse) wait() {
	if u.ready != nil {
		<-u.ready
		u.ready = nil
	}
}

// seen looks at the files that are about to be overlaid for the first time, as they are.
func (u *reuse) seen(cfg Config) {
	var names []string
	for name := range cfg.Overlay {
		if _, over := u.overlay[name]; !over && !u.ever[name] {
			names = append(names, name)
		}
		u.ever[name] = true
	}
	found := make([]*shape, len(names))
	parallel(len(names), func(i int) { found[i] = u.outlined(names[i]) })
	for i, name := range names {
		u.shapes[name].disk = found[i]
	}
}

// clear forgets what was made of the sources.
func (u *reuse) clear() {
	u.lowered, u.bound = map[funcRef][]*version[lowered]{}, map[fileRef][]*version[bindings]{}
	u.irs, u.mentions = map[string][]*ir.Func{}, map[string]mention{}
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
	key := u.common(r)
	u.mu.Lock()
	versions := u.lowered[key]
	u.mu.Unlock()
	for _, v := range slices.Backward(versions) {
		if !v.same(u, s, r.file, v.made.refs) {
			continue
		}
		u.mu.Lock()
		out, ok := movedTo(u, v, r)
		u.mu.Unlock()
		if ok {
			return out
		}
	}
	out := lower()
	kept := out
	kept.refs = each(out.refs, u.common)
	u.mu.Lock()
	defer u.mu.Unlock()
	out.fn, out.lines = u.one(r, out.fn)
	kept.fn, kept.lines = out.fn, out.lines
	u.lowered[key] = append(slices.Clone(versions), newVersion(u, r.file, kept))
	return out
}

// one returns the function that stands for fn, wherever its text is, and how many lines
// further down fn is: the same code is the same value, so that its summary can stay. The
// caller has u.mu.
func (u *reuse) one(r funcRef, fn *ir.Func) (*ir.Func, int) {
	_, told := u.shape(r.file).index(r)
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
	u.irs[fn.ID] = append(u.irs[fn.ID], fn)
	return fn, 0
}

// bindings returns what was read of the initialisers of a file before, or what is now.
func (u *reuse) bindings(s *sources, f fileRef, read func() bindings) bindings {
	if u == nil {
		return read()
	}
	u.mu.Lock()
	versions := u.bound[f]
	u.mu.Unlock()
	for _, v := range slices.Backward(versions) {
		if v.same(u, s, f.name, v.made.refs) && v.at(u, f.name) == u.shape(f.name) {
			out := v.made
			out.refs = each(out.refs, u.here)
			return out
		}
	}
	out := read()
	kept := out
	kept.refs = each(out.refs, u.common)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bound[f] = append(slices.Clone(versions), newVersion(u, f.name, kept))
	return out
}

// A freshName is a name with the file that has come to define it.
type freshName struct{ name, file string }

// A mention is what is known of a file's text: which files define the fresh names that are
// in it, of the first so many.
type mention struct {
	names int
	files []string
	in    *shape // of the file, nil if no overlay has had it
}

// mentioned lists the files that have come to define a name, or define it otherwise, which
// is in the text of a file: it rests on their outlines.
func (u *reuse) mentioned(s *sources, file string) []string {
	if len(u.fresh) == 0 {
		return nil
	}
	in := u.shape(file)
	u.mu.Lock()
	m := u.mentions[file]
	u.mu.Unlock()
	if m.in != in {
		m = mention{in: in}
	}
	if m.names == len(u.fresh) {
		return m.files
	}
	src, err := s.tree.Text().Read(file, nil)
	m.files = slices.Clone(m.files)
	for _, n := range u.fresh[m.names:] {
		if n.file != file && !slices.Contains(m.files, n.file) && (err != nil || hasWord(src, n.name)) {
			m.files = append(m.files, n.file)
		}
	}
	m.names = len(u.fresh)
	u.mu.Lock()
	u.mentions[file] = m
	u.mu.Unlock()
	return m.files
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

// declaring lists the files that may declare an order, if an import before has
// shown which do: those, and the files of the overlays that fit. imported learns from
// the first import.
func (u *reuse) declaring(fits func(name string) bool) ([]string, bool) {
	if u == nil || u.comments == nil {
		return nil, false
	}
	names := slices.Clone(u.comments)
	for name := range u.ever {
		if text, over := u.overlay[name]; fits(name) && (text != nil || !over) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

func (u *reuse) imported(imp rules.Import) {
	if u == nil || u.comments != nil {
		return
	}
	u.comments = declaring(imp)
}

// declaring lists the files whose comments declare something, or try to; it is not nil.
func declaring(imp rules.Import) []string {
	out := []string{}
	for _, o := range imp.Orders {
		out = append(out, o.Pos.Filename)
	}
	for _, m := range imp.Unmapped {
		out = append(out, m.Pos.Filename)
	}
	for _, s := range imp.Sites {
		out = append(out, s.Pos.Filename)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
