package analyzer

import (
	"maps"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/lower"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A funcRef names a function definition of a tree: what the loader knows of it before,
// and without, its file is opened.
type funcRef struct {
	file, name string
	pos        int32
	header     bool
	whole      string // the .c file that it is read for, where others include its file
}

func refTo(fn *cparse.Func) funcRef {
	r := funcRef{file: fn.File.Name, name: fn.Name, pos: fn.NamePos}
	if fn.File.Included() {
		if r.header = isHeader(r.file); !r.header {
			r.whole = fn.File.PartOf()
		}
	}
	return r
}

func refsTo(fns []*cparse.Func) []funcRef {
	var out []funcRef
	for _, fn := range fns {
		out = append(out, refTo(fn))
	}
	return out
}

func isHeader(file string) bool { return len(file) > 2 && file[len(file)-2:] == ".h" }

// included reports whether the function was read for the files that include it.
func (r funcRef) included() bool { return r.header || r.whole != "" }

// A fileRef names a file, or a part as one of those that include it reads it.
type fileRef struct{ name, whole string }

func (r funcRef) in() fileRef { return fileRef{r.file, r.whole} }

// lowered is a function with what it refers to.
type lowered struct {
	fn       *ir.Func
	lines    int // by which the text is further down than fn says
	refs     []funcRef
	ordered  []string // the tags of records in whose order members were read
	problems []cparse.Problem
}

// bindings are what a file has outside of its functions.
type bindings struct {
	list     []callgraph.Binding
	refs     []funcRef
	ordered  []string // as for functions
	problems []cparse.Problem
	bytes    int64
	inactive int // lock operations in branches that #if excludes
}

// sources are the files of a tree, opened where that is needed: what the run before
// has lowered, or what is kept, does not need it.
type sources struct {
	tree  *cparse.Tree
	rules *rules.Set
	reuse *reuse // nil: none
	store *store // nil: none

	mu     sync.Mutex
	open   map[fileRef]*openFile
	opened int
}

type openFile struct {
	file  *cparse.File
	funcs map[funcRef]*cparse.Func
}

// openFile opens a file, or returns it if it is.
func (s *sources) openFile(ref fileRef) (*openFile, error) {
	s.mu.Lock()
	o := s.open[ref]
	s.mu.Unlock()
	if o != nil {
		return o, nil
	}
	var f *cparse.File
	var err error
	if ref.whole != "" {
		f, err = s.tree.Part(ref.name, ref.whole)
	} else {
		f, err = s.tree.Borrow(ref.name)
	}
	if err != nil {
		return nil, err
	}
	o = &openFile{file: f, funcs: map[funcRef]*cparse.Func{}}
	for _, fn := range f.Funcs {
		o.funcs[refTo(fn)] = fn
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.open[ref]; first != nil {
		return first, nil
	}
	s.open[ref] = o
	s.opened++
	return o, nil
}

// funcs lists the functions of a file, in order.
func (s *sources) funcs(name string) (fileRef, []funcRef, error) {
	ref := fileRef{name, s.tree.WholeOf(name)}
	if fns, ok := s.store.funcs(s, ref); ok {
		return ref, fns, nil
	}
	o, err := s.openFile(ref)
	if err != nil {
		return ref, nil, err
	}
	return ref, refsTo(o.file.Funcs), nil
}

// function lowers a function.
func (s *sources) function(r funcRef) lowered {
	return s.reuse.function(s, r, func() lowered {
		if out, ok := s.store.function(s, r); ok {
			return out
		}
		o, err := s.openFile(r.in())
		if err != nil || o.funcs[r] == nil {
			return changed(r)
		}
		l := lower.Func(o.funcs[r], s.rules)
		out := lowered{fn: l.Func, refs: refsTo(l.Refs), ordered: l.Ordered, problems: l.Problems}
		s.store.lowered(r, out)
		return out
	})
}

// bindings reads what a file has outside of its functions.
func (s *sources) bindings(ref fileRef) bindings {
	return s.reuse.bindings(s, ref, func() bindings {
		if out, ok := s.store.bindings(s, ref); ok {
			return out
		}
		o, err := s.openFile(ref)
		if err != nil {
			return bindings{problems: []cparse.Problem{{File: ref.name, Msg: changedText}}}
		}
		list, refs, ordered := lower.Bindings(o.file)
		out := bindings{list: list, refs: refsTo(refs), ordered: ordered, problems: o.file.Problems, bytes: int64(len(o.file.Src))}
		o.file.InactiveCalls(func(name string, _ int32) {
			if p := s.rules.Primitive(name); p != nil && (p.Effect == rules.Acquire || p.Effect == rules.Release) {
				out.inactive++
			}
		})
		s.store.boundTo(ref, out)
		return out
	})
}

// idle says that nobody is at work on a file: its memory can go, all of it if shed is set.
func (s *sources) idle(ref fileRef, shed bool) {
	s.mu.Lock()
	o := s.open[ref]
	if o != nil && shed {
		delete(s.open, ref)
	}
	s.mu.Unlock()
	if o == nil {
		return
	}
	if shed {
		s.store.learn(ref, o.file)
		o.file.Shed()
	} else {
		o.file.Trim()
	}
}

// done says that the load is over.
func (s *sources) done() {
	open := slices.Collect(maps.Keys(s.open))
	parallel(len(open), func(i int) { s.store.learn(open[i], s.open[open[i]].file) })
	s.store.save()
}

const changedText = "the file has changed while it was read"

// changed is what is made of a function that is not there any more.
func changed(r funcRef) lowered {
	return lowered{
		fn:       &ir.Func{ID: r.file + ":" + r.name, Name: r.name, File: r.file, Blocks: []*ir.Block{{}}, Incomplete: 1},
		problems: []cparse.Problem{{File: r.file, Msg: changedText}},
	}
}
