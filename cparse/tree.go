package cparse

import (
	"errors"
	"fmt"
	gotoken "go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A Tree is one source tree: files, macros, types and functions, read on
// demand. Its methods may be called concurrently; what they return does not
// depend on the order of calls.
type Tree struct {
	cfg  Config
	disk disk
	dir  string
	data *settings

	dirs sync.Map // directory -> map[string]entry

	mu    sync.Mutex // guards files
	files map[string]*fileSlot

	retired map[string][]*fileSlot // what Update has replaced
	passing bool                   // see Passing

	unsettled []string         // files that have changed under headers that were read with them
	husks     map[string]*File // what Shed has left; guarded by mu
	leaning   []*File          // those with rests.types; guarded by mu

	hmu     sync.Mutex // held while headers are scanned
	headers []*File    // by id; guarded by hmu, headersView is for others
	view    atomic.Pointer[[]*File]
	byName  map[string]*File
	odd     atomic.Pointer[oddHeaders]
	forced  []*File // what every file includes first

	lines *lineTable // of files that no overlay has
	names nameTable
	index treeIndex
	ahead sync.WaitGroup // see lookAhead

	includes includeGraph // guarded by hmu
	parts    sync.Map     // directory -> map from included .c files to their includers

	kbuild kbuild

	nearby  sync.Map     // directory -> headers below it by base name
	missing atomic.Int64 // headers that are not in the tree

	premises premises
}

type fileSlot struct {
	once sync.Once
	f    *File
	err  error
	kept bool // somebody may hold the file for as long as the tree is there
}

// Open returns the tree below the directory root.
func Open(root string, cfg Config) (*Tree, error) {
	st, err := os.Stat(root)
	if err != nil {
		return nil, err
	}
	if !st.IsDir() {
		return nil, fmt.Errorf("%s: not a directory", root)
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	if cfg.Arch == "" {
		cfg.Arch = "x86"
	}
	t := newTree(root, cfg, disk{r, newBeneath(r), cfg.Overlay, cfg.Memory})
	t.data = newSettings(cfg)
	t.data.loadKconfig = t.loadKconfig
	t.index.init(t)
	t.lookAhead()
	t.force()
	return t, nil
}

// lookAhead begins with what everybody asks of a kernel sooner or later, and what one
// processor can do while another reads Kconfig files and headers: which files there are, and
// what they define.
func (t *Tree) lookAhead() {
	if !t.Kernel() {
		return
	}
	t.ahead.Go(func() {
		t.walkDir(".", nil, func(string) {})
		for i := range t.index.stages {
			t.index.stages[i].read(t)
		}
	})
}

// Wait returns when the tree does nothing of its own accord.
func (t *Tree) Wait() { t.ahead.Wait() }

func newTree(dir string, cfg Config, d disk) *Tree {
	t := &Tree{
		cfg: cfg, disk: d, dir: dir, files: map[string]*fileSlot{}, retired: map[string][]*fileSlot{},
		husks: map[string]*File{}, byName: map[string]*File{}, lines: newLineTable(),
	}
	t.names.init()
	return t
}

// force reads the headers that every file includes first.
func (t *Tree) force() {
	t.hmu.Lock()
	defer t.hmu.Unlock()
	for _, name := range t.data.forced {
		if h := t.header(name, nil); h != nil {
			t.forced = append(t.forced, h)
		}
	}
}

// Kernel reports whether the tree is laid out as a kernel's.
func (t *Tree) Kernel() bool { return t.isDir("include/linux") }

// Root is the directory that the tree was opened at.
func (t *Tree) Root() string { return t.dir }

// MissingHeaders counts the #include lines that name a file that the tree
// does not have: generated headers, mostly.
func (t *Tree) MissingHeaders() int { return int(t.missing.Load()) }

// clean brings a name to the slash-separated form relative to the root; false
// where it leaves the tree.
func (t *Tree) clean(name string) (string, bool) {
	if filepath.IsAbs(name) {
		abs, err := filepath.Abs(t.dir)
		if err != nil {
			return "", false
		}
		rel, err := filepath.Rel(abs, name)
		if err != nil {
			return "", false
		}
		name = rel
	}
	name = path.Clean(filepath.ToSlash(name))
	if name == ".." || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "/") || strings.IndexByte(name, 0) >= 0 {
		return "", false
	}
	return name, true
}

// Walk returns the .c files at and below the paths, which are relative to
// the root (or absolute and inside it), sorted and without duplicates. No
// paths mean the whole tree. A path that does not exist is an error that
// names it. Symbolic links are not followed.
func (t *Tree) Walk(paths []string) ([]string, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	seen := map[string]bool{}
	var out []string
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, p := range paths {
		name, ok := t.clean(p)
		if !ok {
			return nil, fmt.Errorf("%s: outside of the tree %s", p, t.dir)
		}
		if _, over := t.cfg.Overlay[name]; over || name != "." && t.exists(name) {
			if _, err := t.disk.read(name); err != nil {
				return nil, err
			}
			add(name)
			continue
		}
		if name != "." {
			if t.listDir(path.Dir(name))[path.Base(name)] != directory {
				return nil, fmt.Errorf("%s: no such file or directory in %s", p, t.dir)
			}
		}
		t.walkDir(name, nil, func(name string) {
			if strings.HasSuffix(name, ".c") {
				add(name)
			}
		})
	}
	sort.Strings(out)
	return out, nil
}

// Files returns the files of the tree with one of the suffixes, sorted,
// without those below the directories that skip names. Symbolic links are not
// followed.
func (t *Tree) Files(skip func(dir string) bool, suffixes ...string) []string {
	var out []string
	t.walkDir(".", skip, func(name string) {
		for _, s := range suffixes {
			if strings.HasSuffix(name, s) {
				out = append(out, name)
				return
			}
		}
	})
	sort.Strings(out)
	return out
}

// walkDir calls add for each regular file below dir.
func (t *Tree) walkDir(dir string, skip func(dir string) bool, add func(string)) {
	for n, kind := range t.listDir(dir) {
		full := path.Join(dir, n)
		switch {
		case kind == regular:
			add(full)
		case kind == directory && n != ".git" && (skip == nil || !skip(full)):
			t.walkDir(full, skip, add)
		}
	}
}

// File returns the named file, read and scanned. The error is that of
// reading; trouble inside the file is in its Problems.
func (t *Tree) File(name string) (*File, error) { return t.file(name, true) }

// Borrow is File, for one that calls Shed in the end.
func (t *Tree) Borrow(name string) (*File, error) { return t.file(name, false) }

func (t *Tree) file(name string, keep bool) (*File, error) {
	name, ok := t.clean(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("outside of the tree")}
	}
	t.mu.Lock()
	s := t.files[name]
	if s == nil {
		s = &fileSlot{}
		t.files[name] = s
	}
	s.kept = s.kept || keep
	t.mu.Unlock()
	s.once.Do(func() {
		includer := t.WholeOf(name)
		var whole *File
		if includer != "" {
			// Scanned where it is included; here if that is inactive.
			whole, _ = t.File(includer)
		}
		if includer != "" || strings.HasSuffix(name, ".h") {
			t.hmu.Lock()
			s.f = t.header(name, whole)
			t.hmu.Unlock()
			if s.f == nil {
				_, s.err = t.disk.read(name)
				if s.err == nil {
					s.err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
				}
			}
			return
		}
		var src []byte
		if src, s.err = t.disk.read(name); s.err == nil {
			s.f = t.newFile(name, src)
			s.f.scan()
			s.f.done()
		}
	})
	return s.f, s.err
}

// A File is one source file: what its active text defines.
type File struct {
	Name     string // relative to the root, with slashes
	Src      []byte
	Funcs    []*Func // in order
	Problems []Problem
	Skipped  int // items of the top level that read as no declaration

	tree      *Tree
	text      string // Src
	id        int32  // of a header, else -1
	premise   int32  // that it is what it is, of a header
	quietArms bool
	read      bool  // the scan is over
	scanned   bool  // macros and closure are final
	includer  *File // of a .c file that another one includes
	hasParts  bool  // it includes .c files
	inactive  []Span
	macros    map[string][]*Macro
	direct    []int32
	closure   bitset
	lines     []int32
	linesOnce sync.Once
	items     items

	rests rests
	notes notes

	memoMu sync.RWMutex
	memo   map[string]*Macro
	shapes map[*Macro]shape
	binds  map[string]bool
	expand map[string]*expansion
	types  typeMemo
}

func (t *Tree) newFile(name string, src []byte) *File {
	f := &File{Name: name, Src: src, tree: t, id: -1, macros: map[string][]*Macro{}}
	f.text = unsafe.String(unsafe.SliceData(src), len(src))
	f.Trim()
	for _, h := range t.forced {
		f.closure.union(h.closure)
	}
	return f
}

// Trim forgets what was remembered of look-ups in the file. It is worth its
// cost where nobody is going to ask soon: that is most of what a file holds.
func (f *File) Trim() {
	f.memoMu.Lock()
	defer f.memoMu.Unlock()
	f.memo = map[string]*Macro{}
	f.shapes = map[*Macro]shape{}
	f.binds = map[string]bool{}
	f.expand = map[string]*expansion{}
}

// Shed drops what was read of a .c file but for the identity of its functions:
// Resolve goes on to return them, and File reads the file anew. It does nothing
// where others may hold the file, or where the file is part of another or has
// parts. The caller must be done with the file and with the bodies of its functions.
func (f *File) Shed() {
	t := f.tree
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.files[f.Name]; f.id >= 0 || f.hasParts || s == nil || s.f != f || s.kept {
		return
	}
	delete(t.files, f.Name)
	t.husks[f.Name] = f
	f.Src, f.text, f.inactive, f.macros, f.direct, f.lines = nil, "", nil, nil, nil, nil
	f.memo, f.shapes, f.binds, f.expand = nil, nil, nil, nil
	f.types.typedefs, f.types.opaque, f.types.vars = nil, nil, nil
	for _, fn := range f.Funcs {
		fn.head, fn.bodyToks, fn.sig = head{}, "", nil
	}
	i := &f.items // funcsOf stays, and may be read at this moment
	i.protos, i.records, i.typedefs, i.vars, i.enums = nil, nil, nil, nil, nil
	i.typedefOf, i.recordOf, i.varOf, i.protoOf, i.enumOf = nil, nil, nil, nil, nil
}

// headersView is headers as of now, for those that do not hold hmu.
func (t *Tree) headersView() []*File {
	if v := t.view.Load(); v != nil {
		return *v
	}
	return nil
}

// done ends the scan: look-ups may be remembered from here on.
func (f *File) done() { f.scanned = true }

// Included reports whether the file was read for those that include it.
func (f *File) Included() bool { return f.id >= 0 }

// Tree returns the tree that the file belongs to.
func (f *File) Tree() *Tree { return f.tree }

// Inactive returns the runs of text that #if groups exclude, in order.
func (f *File) Inactive() []Span { return f.inactive }

// InactiveCalls calls fn for each name that is followed by "(" in the text
// that #if groups exclude.
func (f *File) InactiveCalls(fn func(name string, pos int32)) {
	for _, s := range f.inactive {
		l := newLexer(f.text, int(s.Pos), int(s.End))
		var prev token = l.next()
		for prev.kind != tokEOF {
			t := l.next()
			if t.is("(") && prev.kind == tokIdent && keywords[prev.text] == wordNone {
				fn(prev.text, prev.pos)
			}
			prev = t
		}
	}
}

func (f *File) lineStarts() []int32 {
	f.linesOnce.Do(func() { f.lines = lineStarts(f.text) })
	return f.lines
}

// Position gives the place of a byte offset: the file's name relative to the
// root, line and column (in bytes) from 1. Offsets outside of the file are
// moved to its ends.
func (f *File) Position(off int32) gotoken.Position {
	off = max(0, min(off, int32(len(f.text))))
	ls := f.lineStarts()
	i := sort.Search(len(ls), func(i int) bool { return ls[i] > off }) - 1
	return gotoken.Position{Filename: f.Name, Offset: int(off), Line: i + 1, Column: int(off-ls[i]) + 1}
}

// LineText returns a line of the source, counted from 1, without its
// newline; "" for a line that is not there.
func (f *File) LineText(line int) string {
	text, _ := lineOf(f.text, f.lineStarts(), line)
	return text
}

func (f *File) newProblem(pos int32, format string, args ...any) Problem {
	p := f.Position(pos)
	return Problem{File: f.Name, Pos: int32(p.Offset), Line: p.Line, Col: p.Column, Msg: fmt.Sprintf(format, args...)}
}

// problem records trouble found by the scan.
func (f *File) problem(pos int32, format string, args ...any) {
	if len(f.Problems) < 100 {
		f.Problems = append(f.Problems, f.newProblem(pos, format, args...))
	}
}
