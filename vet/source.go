package vet

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
)

// sources are the source files: their names in reports, and their lines.
type sources struct {
	base string // names are relative to it
	mu   sync.Mutex
	text map[string][][]byte
}

func newSources(dir string) *sources {
	base, err := filepath.Abs(dir)
	if err != nil {
		base = dir
	}
	return &sources{base: base, text: map[string][][]byte{}}
}

// name is what reports call a file: relative where it is below the directory.
func (s *sources) name(file string) string {
	if rel, err := filepath.Rel(s.base, file); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(file)
}

// line returns a line of a file, false if there is none.
func (s *sources) line(name string, n int) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines, ok := s.text[name]
	if !ok {
		if text, err := s.read(name); err == nil {
			lines = bytes.Split(text, []byte("\n"))
		}
		s.text[name] = lines
	}
	if n < 1 || n > len(lines) {
		return "", false
	}
	return string(lines[n-1]), true
}

// read returns the text of a file that reports call name.
func (s *sources) read(name string) ([]byte, error) {
	file := filepath.FromSlash(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(s.base, file)
	}
	return os.ReadFile(file)
}

// A shortener writes lock classes without the path of their package, where
// one package of the program has the name.
type shortener struct {
	paths map[string]string // last element to the only path with it, "" for several
}

func newShortener(funcs []*ir.Func) *shortener {
	s := &shortener{paths: map[string]string{}}
	var walk func(e *ir.Expr)
	walk = func(e *ir.Expr) {
		for ; e != nil; e = e.X {
			switch {
			case e.Op == ir.Field && e.Owner != "":
				s.add(e.Owner)
			case e.Op == ir.Global:
				s.add(e.Name)
			}
			walk(e.Y)
		}
	}
	for _, f := range funcs {
		for _, b := range f.Blocks {
			for i := range b.Ops {
				if op := &b.Ops[i]; op.Kind == ir.Lock {
					walk(op.Lock)
				}
				walk(b.Ops[i].Addr)
			}
		}
	}
	return s
}

// add notes the package of a name.
func (s *shortener) add(name string) {
	path := packagePath(name)
	last := path[strings.LastIndexByte(path, '/')+1:]
	if old, ok := s.paths[last]; ok && old != path {
		path = ""
	}
	s.paths[last] = path
}

// packagePath is the import path in the name of a type or a variable.
func packagePath(name string) string {
	slash := strings.LastIndexByte(name, '/') + 1
	if dot := strings.IndexByte(name[slash:], '.'); dot >= 0 {
		return name[:slash+dot]
	}
	return ""
}

func (s *shortener) class(name string) string {
	path := packagePath(name)
	i := strings.LastIndexByte(path, '/')
	if i < 0 || s.paths[path[i+1:]] != path {
		return name
	}
	return name[i+1:]
}

// violation shortens the names of classes in v. The key keeps them.
func (s *shortener) violation(v *report.Violation) {
	seen := map[string]bool{}
	note := func(name string) {
		if name != "" {
			seen[name] = true
		}
	}
	note(v.Outer)
	note(v.Inner)
	for _, p := range v.Paths {
		note(p.Outer)
		note(p.Inner)
		for _, st := range p.Steps {
			for _, h := range st.Held {
				note(h)
			}
		}
	}
	for _, d := range v.Rule {
		note(d.Before)
		note(d.After)
	}
	var pairs []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(seen))) { // a name before its beginnings
		if short := s.class(name); short != name {
			pairs = append(pairs, name, short)
		}
	}
	r := strings.NewReplacer(pairs...)
	for _, p := range []*string{&v.Outer, &v.Inner, &v.Message, &v.Help} {
		*p = r.Replace(*p)
	}
	for i := range v.Reasons {
		v.Reasons[i] = r.Replace(v.Reasons[i])
	}
	for i := range v.Notes {
		v.Notes[i] = r.Replace(v.Notes[i])
	}
	for i := range v.Rule {
		v.Rule[i].Before, v.Rule[i].After = r.Replace(v.Rule[i].Before), r.Replace(v.Rule[i].After)
	}
	for i := range v.Paths {
		p := &v.Paths[i]
		p.Title, p.Outer, p.Inner = r.Replace(p.Title), r.Replace(p.Outer), r.Replace(p.Inner)
		for j := range p.Steps {
			st := &p.Steps[j]
			st.Target = r.Replace(st.Target)
			for k := range st.Held {
				st.Held[k] = r.Replace(st.Held[k])
			}
		}
	}
	if v.Scenario != nil {
		s := v.Scenario
		for i := range s.Events {
			s.Events[i].Lock = r.Replace(s.Events[i].Lock)
		}
		for i := range s.Chain {
			s.Chain[i] = r.Replace(s.Chain[i])
		}
	}
}
