package analyzer

import (
	"bytes"
	"path"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A reuse keeps what a load has read for the next load of the same tree under
// another overlay. With it a load gives what it would give without: a function is
// lowered again if its file has changed, if it refers to a function of a file that
// has, or if its file mentions a name that a changed file has come to define. What
// does not fit that (a header that changes, another set of rules) empties it.
//
// It lives as long as one run. What is kept beyond that is in a store.
type reuse struct {
	tree     *cparse.Tree
	rules    *rules.Set // before the import
	ruleSet  string
	overlay  map[string][]byte     // of the load before
	versions map[string]cache.Hash // of the files of overlay
	ever     map[string]bool       // files of any overlay so far
	comments []string              // files whose comments declare something, or try to

	memo      *summary.Memo
	memoBase  cache.Hash
	memoRules *rules.Set

	mu       sync.Mutex
	store    *store // of the state that the tree was opened in
	lowered  map[funcRef][]version[lowered]
	irs      map[string][]*ir.Func // by ID: equal ones are one
	bound    map[fileRef][]version[bindings]
	fresh    []string        // names that changed files have come to define, at any time
	mentions map[string]bool // whether a file has one of those in its text, in this load
}

// A version is what was made of a file under some overlay.
type version[T any] struct {
	made T
	over map[string]cache.Hash // of the file and those that it refers to, those that lay over the tree
}

// openReused is openTree, with the tree of the load before if it can be had.
func openReused(cfg Config) (*cparse.Tree, string, error) {
	u := cfg.reuse
	if u == nil {
		return openTree(cfg)
	}
	if u.ever == nil {
		u.ever = map[string]bool{}
	}
	versions := map[string]cache.Hash{}
	for name, text := range cfg.Overlay {
		u.ever[name] = true
		versions[name] = cache.Sum([]byte(strconv.FormatBool(text == nil)), text)
	}
	u.versions, u.mentions = versions, map[string]bool{}
	if u.tree != nil {
		names := u.overlaid(cfg)
		before := u.definitions(names)
		if u.tree.Update(cfg.Overlay) {
			for name := range u.definitions(names) {
				if !before[name] {
					u.fresh = append(u.fresh, name)
				}
			}
			slices.Sort(u.fresh)
			u.fresh = slices.Compact(u.fresh)
			u.overlay = cfg.Overlay
			return u.tree, kconfigName(cfg), nil
		}
	}
	tree, kconfig, err := openTree(cfg)
	u.tree, u.overlay, u.rules, u.comments, u.fresh, u.store = tree, cfg.Overlay, nil, nil, nil, nil
	u.clear()
	return tree, kconfig, err
}

// clear forgets what was made of the sources.
func (u *reuse) clear() {
	u.lowered, u.bound = map[funcRef][]version[lowered]{}, map[fileRef][]version[bindings]{}
	u.irs = map[string][]*ir.Func{}
}

// overlaid lists the files of this overlay and the one before, sorted.
func (u *reuse) overlaid(cfg Config) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, m := range []map[string][]byte{u.overlay, cfg.Overlay} {
			for name := range m {
				if !yield(name) {
					return
				}
			}
		}
	}))
}

// definitions are the names that the .c files among those define, in the tree as
// it is.
func (u *reuse) definitions(names []string) map[string]bool {
	out := map[string]bool{}
	for _, name := range names {
		if path.Ext(name) != ".c" {
			continue
		}
		f, err := u.tree.File(name)
		if err != nil {
			continue
		}
		for _, fn := range f.Funcs {
			out[fn.Name] = true
		}
	}
	return out
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
	u.mu.Lock()
	versions := u.lowered[r]
	u.mu.Unlock()
	for _, v := range slices.Backward(versions) {
		if u.good(s, r.file, v.made.refs, v.over) {
			return v.made
		}
	}
	out := lower()
	over := u.over(r.file, out.refs)
	u.mu.Lock()
	defer u.mu.Unlock()
	// The same code is the same value, so that its summary can stay.
	id := out.fn.ID
	if i := slices.IndexFunc(u.irs[id], func(f *ir.Func) bool { return reflect.DeepEqual(f, out.fn) }); i >= 0 {
		out.fn = u.irs[id][i]
	} else {
		u.irs[id] = append(u.irs[id], out.fn)
	}
	u.lowered[r] = append(slices.Clone(versions), version[lowered]{out, over})
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
	for _, v := range slices.Backward(versions) {
		if u.good(s, f.name, v.made.refs, v.over) {
			return v.made
		}
	}
	out := read()
	over := u.over(f.name, out.refs)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bound[f] = append(slices.Clone(versions), version[bindings]{out, over})
	return out
}

// over are the versions of a file and of those of its references.
func (u *reuse) over(file string, refs []funcRef) map[string]cache.Hash {
	out := map[string]cache.Hash{}
	add := func(name string) {
		if v, ok := u.versions[name]; ok {
			out[name] = v
		}
	}
	add(file)
	for _, r := range refs {
		add(r.file)
	}
	return out
}

// good reports whether what a file of the tree was found to refer to is still
// what it refers to.
func (u *reuse) good(s *sources, file string, refs []funcRef, over map[string]cache.Hash) bool {
	same := func(name string) bool {
		v, ok := u.versions[name]
		was, had := over[name]
		return ok == had && v == was
	}
	for _, r := range refs {
		if !same(r.file) {
			return false
		}
	}
	return same(file) && !u.mentionsFresh(s, file)
}

// mentionsFresh reports whether a name that changed files have come to define is in the
// text of a file.
func (u *reuse) mentionsFresh(s *sources, file string) bool {
	if len(u.fresh) == 0 {
		return false
	}
	u.mu.Lock()
	yes, known := u.mentions[file]
	u.mu.Unlock()
	if !known {
		src, err := s.tree.Text().Read(file, nil)
		yes = err != nil || slices.ContainsFunc(u.fresh, func(name string) bool { return bytes.Contains(src, []byte(name)) })
		u.mu.Lock()
		u.mentions[file] = yes
		u.mu.Unlock()
	}
	return yes
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
