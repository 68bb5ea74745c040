package analyzer

import (
	"cmp"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/rules"
)

// importOrders reads what the comments of the tree declare, and adds it to
// the rules.
func importOrders(cfg Config, set *rules.Set, ruleSet string, n *namer) (*rules.Set, rules.Import) {
	arch := cmp.Or(cfg.Arch, "x86")
	kinds := []string{".c", ".h", ".rst", ".txt"}
	names, known := cfg.reuse.declaring(func(name string) bool {
		for d := path.Dir(name); d != "."; d = path.Dir(d) {
			if skipComments(d, arch) {
				return false
			}
		}
		return slices.Contains(kinds, path.Ext(name))
	})
	if !known {
		names = n.tree.Files(func(dir string) bool { return skipComments(dir, arch) }, kinds...)
	}
	silent := silentFiles(cfg, ruleSet)
	class := silent.watch(n.class)
	todo, parts := cfg.reuse.heard(silent.skip(names), class)
	heard := &listener{class: class, asked: map[string][]question{}}
	read := rules.ImportFiles(todo, n.tree.Text().Read, set, rules.ImportOptions{Names: heard.ask})
	imp := rules.Join(append(parts, read)...)
	silent.learn(imp)
	cfg.reuse.imported(todo, read, heard.asked)
	return set.WithOrders(imp.Orders), imp
}

// skipComments says which directories of a tree hold no declarations about
// the code that is analysed: version control, other architectures, tools.
func skipComments(dir, arch string) bool {
	if dir != "." && strings.HasPrefix(filepath.Base(dir), ".") {
		return true
	}
	parent, name, ok := strings.Cut(dir, "/")
	if !ok {
		return dir == "tools" || dir == "scripts" || dir == "samples"
	}
	return parent == "arch" && !strings.Contains(name, "/") && name != arch
}

// declaring lists the files that may declare an order, if an import before has
// shown which do: those, and the files of the overlays that fit. imported learns from
// the first import.
func (u *reuse) declaring(fits func(name string) bool) ([]string, bool) {
	if u == nil || u.comments == nil {
		return nil, false
	}
	names := slices.Clone(u.comments)
	for name := range u.disk {
		if text, over := u.overlay[name]; fits(name) && (text != nil || !over) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

// A fileVersion is a file with what an overlay makes of it; zero: nothing.
type fileVersion struct {
	name    string
	version cache.Hash
}

// What the comments of a file declare, which goes by what they were told of the tree.
type said struct {
	rules.Import
	asked []question
}

// A question is whether a name is that of a class, with the answer.
type question struct {
	name  string
	class rules.Class
	ok    bool
}

// heard is what the comments of files say that were read before; others are to be read.
func (u *reuse) heard(names []string, class func(name, file string) (rules.Class, bool)) (others []string, parts []rules.Import) {
	if u == nil || len(u.said) == 0 {
		return names, nil
	}
	for _, name := range names {
		s, ok := u.said[fileVersion{name, u.versions[name]}]
		if ok && !slices.ContainsFunc(s.asked, func(q question) bool {
			c, ok := class(q.name, name)
			return ok != q.ok || c != q.class
		}) {
			parts = append(parts, s.Import)
		} else {
			others = append(others, name)
		}
	}
	return others, parts
}

// A listener keeps what the files ask while their comments are read.
type listener struct {
	class func(name, file string) (rules.Class, bool)
	mu    sync.Mutex
	asked map[string][]question // by file
}

func (l *listener) ask(name, file string) (rules.Class, bool) {
	c, ok := l.class(name, file)
	l.mu.Lock()
	l.asked[file] = append(l.asked[file], question{name, c, ok})
	l.mu.Unlock()
	return c, ok
}

// imported learns from an import of some files. Of those that declare nothing, it keeps the
// ones that overlays have: the others are not read again.
func (u *reuse) imported(names []string, imp rules.Import, asked map[string][]question) {
	if u == nil {
		return
	}
	by := imp.ByFile()
	if u.comments == nil {
		u.comments = append([]string{}, slices.Sorted(maps.Keys(by))...) // none is known, too
	}
	for _, name := range names {
		if part, ok := by[name]; ok || u.disk[name] != nil {
			u.said[fileVersion{name, u.versions[name]}] = said{part, asked[name]}
		}
	}
}
