package lockdep

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A Source is a tree, as far as the names of its locks go.
type Source struct {
	Tree   *cparse.Tree
	Rules  *rules.Set
	Arch   string                                    // "" is x86
	Option func(name string) (value string, ok bool) // of the configuration; nil: every file counts as built
	Global func(name string) string                  // the class name of a global lock, as the graph has it
}

// A Meaning is what a name at run time stands for.
type Meaning struct {
	Origins []Origin // sorted; empty: no class
	Why     string   // why not, where the rules or the tree say it
}

// An Origin is a class, and the initialiser that gives it the name.
type Origin struct {
	Class rules.Class
	File  string // "" where the rules map the name
	Line  int
}

// Classes lists the classes of m, each once.
func (m *Meaning) Classes() []rules.Class {
	var out []rules.Class
	for _, o := range m.Origins {
		if !slices.Contains(out, o.Class) {
			out = append(out, o.Class)
		}
	}
	return out
}

func (m *Meaning) add(o Origin) {
	if !slices.Contains(m.Origins, o) {
		m.Origins = append(m.Origins, o)
	}
}

// A namer finds the meanings of names.
type namer struct {
	Source
	files  []string
	root   *os.Root
	want   map[string]*Meaning
	why    map[string]string // of names that are no lock of ours, from the tree
	mu     sync.Mutex
	ruled  []*Meaning // what the rules say; homes are where their records are defined
	homes  map[string]Origin
	macros map[string][]wrapper // macros that name a lock
	funcs  map[string][]wrapper // functions that name a lock of their caller's
	done   map[string]bool      // wrappers that were looked for
}

// A wrapper is a macro or function whose callers name a lock through it.
type wrapper struct {
	name   string // of the class: a template over params for a macro
	params []string
	arg    int // function: the parameter that leads to the lock
	depth  int
}

// Bounds on the search.
const (
	maxRounds   = 8   // calls between the one that names a lock and the one that knows it
	maxWrappers = 400 // sites of one round that are read for one wrapper
)

// Meanings finds what the names, without version and subclass, stand for.
func (s Source) Meanings(ctx context.Context, names []string) (map[string]*Meaning, error) {
	root, err := os.OpenRoot(s.Tree.Root())
	if err != nil {
		return nil, err
	}
	defer root.Close()
	n := &namer{
		Source: s, root: root, want: map[string]*Meaning{}, why: map[string]string{}, homes: map[string]Origin{},
		macros: map[string][]wrapper{}, funcs: map[string][]wrapper{}, done: map[string]bool{},
	}
	out := map[string]*Meaning{}
	for _, name := range names {
		m := &Meaning{}
		out[name] = m
		if c, why, ok := s.Rules.RuntimeClass(name); ok {
			if m.Why = why; !c.IsZero() {
				n.ruled = append(n.ruled, m)
				m.add(Origin{Class: c})
			}
			continue
		}
		n.want[name] = m
	}
	if n.files, err = n.sources(); err != nil {
		return nil, err
	}
	if err := n.search(ctx); err != nil {
		return nil, err
	}
	for _, m := range n.ruled {
		if home, ok := n.homes[tagOf(m.Origins[0].Class)]; ok {
			m.Origins[0].File, m.Origins[0].Line = home.File, home.Line
		}
	}
	for name, m := range out {
		if len(m.Origins) == 0 && m.Why == "" {
			m.Why = n.why[name]
		}
		slices.SortFunc(m.Origins, func(a, b Origin) int {
			return cmp.Or(strings.Compare(a.Class.String(), b.Class.String()), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
		})
	}
	return out, nil
}

// sources lists the files in which a lock may be named, sorted.
func (n *namer) sources() ([]string, error) {
	arch := cmp.Or(n.Arch, "x86")
	var built *build
	if n.Option != nil {
		built = &build{read: n.root.ReadFile, option: n.Option}
	}
	var out []string
	err := fs.WalkDir(n.root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && d != nil && d.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case d.IsDir() && foreign(p, arch):
			return fs.SkipDir
		case d.Type().IsRegular() && (path.Ext(p) == ".c" || path.Ext(p) == ".h") && (built == nil || built.compiled(p)):
			out = append(out, p)
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}

// search goes through the sources: first for the calls that name a lock and for
// variables, then for the calls of what turned out to name a lock of its
// caller's, until there are none.
func (n *namer) search(ctx context.Context) error {
	roots := n.variableRoots()
	for round := range maxRounds {
		callers := map[string]bool{}
		if round > 0 {
			for _, m := range []map[string][]wrapper{n.macros, n.funcs} {
				for name := range m {
					if !n.done[name] {
						n.done[name], callers[name] = true, true
					}
				}
			}
			if len(callers) == 0 {
				return nil
			}
		}
		cands := n.scan(ctx, round == 0, callers, roots)
		if err := ctx.Err(); err != nil {
			return err
		}
		n.resolve(ctx, cands)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// A candidate is a site that names a wanted class, or a variable that may.
type candidate struct {
	site
	name string
	wrap int // index of the wrapper function's entry, -1: a primitive or macro
}

// variableRoots maps the first word of each wanted name that reads as a
// variable, or as a member of one, to those names.
func (n *namer) variableRoots() map[string]bool {
	out := map[string]bool{}
	for name := range n.want {
		if path, ok := variablePath(name); ok {
			out[path[0]] = true
		}
	}
	return out
}

// variablePath reads "a.b.c", "(a).b" or "a".
func variablePath(name string) ([]string, bool) {
	name = strings.NewReplacer("(", "", ")", "").Replace(name)
	parts := strings.Split(name, ".")
	for _, p := range parts {
		if p == "" || !isIdentStart(p[0]) || strings.IndexFunc(p, func(r rune) bool { return r > 127 || !isIdent(byte(r)) }) >= 0 {
			return nil, false
		}
	}
	return parts, true
}

// scan reads the files for calls of callers (in the first round: of the
// primitives of the rules) and for variables, and returns the candidates of
// each file in the order of the files.
func (n *namer) scan(ctx context.Context, first bool, callers, roots map[string]bool) [][]candidate {
	found := func(name string) bool {
		if first {
			p := n.Rules.Primitive(name)
			return p != nil && (p.Effect == rules.Init || p.Effect == rules.SetKey)
		}
		return callers[name]
	}
	tags := map[string]bool{}
	for _, m := range n.ruled {
		tags[tagOf(m.Origins[0].Class)] = first
	}
	out := make([][]candidate, len(n.files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				text, err := n.root.ReadFile(n.files[i])
				if err != nil {
					continue
				}
				src := unsafe.String(unsafe.SliceData(text), len(text))
				if first {
					n.records(n.files[i], src, tags)
				}
				calls(n.files[i], src, found, func(s site) {
					out[i] = append(out[i], n.candidates(s)...)
				})
				if first && strings.HasSuffix(n.files[i], ".c") {
					seen := map[string]bool{}
					definesAtMargin(src, roots, func(name string) {
						if !seen[name] {
							seen[name] = true
							out[i] = append(out[i], candidate{site: site{file: n.files[i], off: -1, callee: strings.Clone(name)}, wrap: -1})
						}
					})
				}
			}
		})
	}
	for i := range n.files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return out
}

// tagOf is the record that a class is a member of, or the variable that it is.
func tagOf(c rules.Class) string {
	tag, _, _ := strings.Cut(c.Name(), ".")
	return tag
}

// records notes where records with one of the tags are defined: of several, the
// first file.
func (n *namer) records(file, src string, tags map[string]bool) {
	for tag := range tags {
		i := strings.Index(src, "\nstruct "+tag+" {")
		if i < 0 {
			i = strings.Index(src, " "+tag+" = {") // a variable
		}
		if i >= 0 {
			n.mu.Lock()
			if old, ok := n.homes[tag]; !ok || file < old.File {
				n.homes[strings.Clone(tag)] = Origin{File: file, Line: strings.Count(src[:i], "\n") + 2}
			}
			n.mu.Unlock()
		}
	}
}

// candidates tells which wanted names a site gives; a site within a macro whose
// name depends on the arguments makes the macro one to look for.
func (n *namer) candidates(s site) []candidate {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []candidate
	give := func(template string, params []string) {
		name := substitute(template, params, s.args)
		if s.macro != nil && mentions(name, s.macro.params) {
			// The text of a site is a part of the file's; what outlives it is copied.
			n.wrap(n.macros, strings.Clone(s.macro.name), wrapper{name: strings.Clone(name), params: clones(s.macro.params)})
			return
		}
		name = unquote(name)
		if n.want[name] == nil || s.macro != nil {
			return
		}
		t := s
		t.callee, t.args, t.macro = strings.Clone(s.callee), nil, nil
		out = append(out, candidate{site: t, name: strings.Clone(name), wrap: -1})
	}
	if p := n.Rules.Primitive(s.callee); p != nil {
		if t, ok := spelledName(p, s.args); ok {
			give(t, nil)
		}
		return out
	}
	for _, w := range n.macros[s.callee] {
		give(w.name, w.params)
	}
	for i, w := range n.funcs[s.callee] {
		if s.macro == nil && n.want[w.name] != nil {
			t := s
			t.callee, t.args = strings.Clone(s.callee), nil
			out = append(out, candidate{site: t, name: w.name, wrap: i})
		}
	}
	return out
}

func clones(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = strings.Clone(s)
	}
	return out
}

// wrap notes a wrapper.
func (n *namer) wrap(in map[string][]wrapper, name string, w wrapper) {
	for _, o := range in[name] {
		if o.name == w.name && o.arg == w.arg && slices.Equal(o.params, w.params) {
			return
		}
	}
	if w.depth < maxRounds && len(in[name]) < maxWrappers {
		in[name] = append(in[name], w)
		delete(n.done, name)
	}
}

// spelledName is the text that a call of p gives the class as name: a string
// in quotes, or the spelling of an argument.
func spelledName(p *rules.Primitive, args []string) (string, bool) {
	i := p.Naming.Arg
	if p.Naming.By == rules.ByLock {
		i = p.Arg
	}
	if i < 0 || i >= len(args) || args[i] == "" {
		return "", false
	}
	if p.Naming.As != "" {
		return strings.Replace(p.Naming.As, "*", args[i], 1), true
	}
	return args[i], true
}

// unquote joins the string literals of a text: "(work_completion)" &x->work.
// What macros stringified stands there without quotes.
func unquote(s string) string {
	if !strings.Contains(s, `"`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch s[i] {
		case '"':
			j := skipString(s, i)
			b.WriteString(s[i+1 : max(i+1, j-1)])
			for i = j; i < len(s) && s[i] == ' '; i++ {
			}
		default:
			j := strings.IndexByte(s[i:], '"')
			if j < 0 {
				j = len(s) - i
			}
			b.WriteString(strings.TrimRight(s[i:i+j], " "))
			i += j
		}
	}
	return b.String()
}

// mentions reports whether one of the names is a word of the text.
func mentions(text string, names []string) bool {
	for i := 0; i < len(text); {
		if !isIdentStart(text[i]) {
			i++
			continue
		}
		j := i + 1
		for j < len(text) && isIdent(text[j]) {
			j++
		}
		if slices.Contains(names, text[i:j]) {
			return true
		}
		i = j
	}
	return false
}
