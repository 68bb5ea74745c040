package analyzer

import (
	"bytes"
	"path"
	"reflect"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/lower"
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
// It lives as long as one run. A cache on disk would stand in the same place.
type reuse struct {
	tree     *cparse.Tree
	rules    *rules.Set // before the import
	ruleSet  string
	overlay  map[string][]byte // of the load before
	ever     map[string]bool   // files of any overlay so far
	comments []string          // files whose comments declare something, or try to

	mu      sync.Mutex
	lowered map[*cparse.Func][]lower.Lowered // by what it refers to
	irs     map[string][]*ir.Func            // by ID: equal ones are one
	bound   map[*cparse.File]bindings
	memo    *summary.Memo
	fresh   []string // names that changed files have come to define, at any time
}

// bindings is what lower.Bindings returns.
type bindings struct {
	list []callgraph.Binding
	refs []*cparse.Func
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
	for name := range cfg.Overlay {
		u.ever[name] = true
	}
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
	u.tree, u.overlay, u.rules, u.comments, u.fresh = tree, cfg.Overlay, nil, nil, nil
	u.clear()
	return tree, kconfig, err
}

// clear forgets what was made of the sources.
func (u *reuse) clear() {
	u.lowered, u.bound = map[*cparse.Func][]lower.Lowered{}, map[*cparse.File]bindings{}
	u.irs = map[string][]*ir.Func{}
	u.memo = summary.NewMemo()
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

// function lowers a function, or returns what it was lowered to before.
func (u *reuse) function(fn *cparse.Func, rs *rules.Set) lower.Lowered {
	if u == nil {
		return lower.Func(fn, rs)
	}
	u.mu.Lock()
	versions := u.lowered[fn]
	u.mu.Unlock()
	for _, out := range slices.Backward(versions) {
		if u.good(fn.File, out.Refs) {
			return out
		}
	}
	out := lower.Func(fn, rs)
	u.mu.Lock()
	defer u.mu.Unlock()
	// The same code is the same value, so that its summary can stay.
	id := out.Func.ID
	if i := slices.IndexFunc(u.irs[id], func(f *ir.Func) bool { return reflect.DeepEqual(f, out.Func) }); i >= 0 {
		out.Func = u.irs[id][i]
	} else {
		u.irs[id] = append(u.irs[id], out.Func)
	}
	u.lowered[fn] = append(slices.Clone(versions), out)
	return out
}

// bindings reads the initialisers of a file, or returns what was read before.
func (u *reuse) bindings(f *cparse.File) ([]callgraph.Binding, []*cparse.Func) {
	if u == nil {
		return lower.Bindings(f)
	}
	u.mu.Lock()
	b, ok := u.bound[f]
	u.mu.Unlock()
	if ok && u.good(f, b.refs) {
		return b.list, b.refs
	}
	b.list, b.refs = lower.Bindings(f)
	u.mu.Lock()
	u.bound[f] = b
	u.mu.Unlock()
	return b.list, b.refs
}

// good reports whether what a file of the tree was found to refer to is still
// what it refers to.
func (u *reuse) good(f *cparse.File, refs []*cparse.Func) bool {
	for _, r := range refs {
		if r.File.Stale() {
			return false
		}
	}
	for _, name := range u.fresh {
		if bytes.Contains(f.Src, []byte(name)) {
			return false
		}
	}
	return true
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
