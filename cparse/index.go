package cparse

import (
	"path"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"unsafe"
)

// A treeIndex knows which files define a function or record that neither
// the asking file nor its headers explain. It is cheap and lexical: lines that
// begin at the margin, as all kernel code does. What it says is checked by
// scanning the files it names. It reads the tree in stages, the likely
// directories first.
type treeIndex struct {
	stages []indexStage
}

type indexStage struct {
	dirs []string
	once sync.Once
	m    map[string][]string // name -> files, sorted; records as "struct x"
}

func (x *treeIndex) init(t *Tree) {
	dirs := t.data.indexStages
	if !t.Kernel() { // some other program, laid out as it likes
		dirs = [][]string{{"."}}
	}
	x.stages = make([]indexStage, len(dirs))
	for i, d := range dirs {
		x.stages[i].dirs = d
	}
}

// lookup returns the files that may define name, nearest to the asking file
// first, from the first stage that has any.
func (x *treeIndex) lookup(from *File, name string) []string {
	from.notes.add(from.tree, PremiseIndex, name)
	out := slices.Clone(x.files(from.tree, name))
	sort.SliceStable(out, func(i, j int) bool { return commonDir(from.Name, out[i]) > commonDir(from.Name, out[j]) })
	return out
}

// files is lookup, by their names.
func (x *treeIndex) files(t *Tree, name string) []string {
	for i := range x.stages {
		st := &x.stages[i]
		st.read(t)
		if files := st.m[name]; len(files) > 0 {
			return files
		}
	}
	return nil
}

// read reads the stage's directories, once.
func (st *indexStage) read(t *Tree) { st.once.Do(func() { st.build(t) }) }

func (st *indexStage) build(t *Tree) {
	var names []string
	for _, d := range st.dirs {
		if !t.isDir(d) {
			continue
		}
		t.walkSources(d, func(n string) { names = append(names, n) })
	}
	sort.Strings(names)
	type found struct {
		file string
		defs []string
	}
	workers := runtime.GOMAXPROCS(0)
	results := make([][]found, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var buf []byte
			for i := w; i < len(names); i += workers {
				if defs, ok := t.disk.defs(names[i], &buf); ok {
					results[w] = append(results[w], found{names[i], defs})
				}
			}
		}()
	}
	wg.Wait()
	total := 0
	for _, fs := range results {
		for _, f := range fs {
			total += len(f.defs)
		}
	}
	st.m = make(map[string][]string, total)
	for i := range names {
		fs := results[i%workers]
		if len(fs) == 0 || fs[0].file != names[i] {
			continue
		}
		results[i%workers] = fs[1:]
		for _, d := range fs[0].defs {
			switch have := st.m[d]; {
			case len(have) == 0: // most names are defined once
				st.m[d] = names[i : i+1 : i+1]
			case have[len(have)-1] != names[i]:
				st.m[d] = append(have, names[i])
			}
		}
	}
}

// defs lists what looks like a definition in a file; false if it cannot be read. buf
// is for its text.
func (d disk) defs(name string, buf *[]byte) ([]string, bool) {
	_, over := d.overlay[name]
	remember := d.memory != nil && !over
	if remember {
		if names, ok := d.memory.Names(name); ok {
			return splitNames(names), true
		}
	}
	src, err := d.readInto(name, *buf)
	if err != nil {
		return nil, false
	}
	*buf = src
	var defs []string
	text := unsafe.String(unsafe.SliceData(src), len(src))
	quickDefs(text, strings.HasSuffix(name, ".h"), func(n string) { defs = append(defs, strings.Clone(n)) })
	if strings.HasSuffix(name, ".c") {
		defs = append(defs, partMarks(text)...)
	}
	if remember {
		d.memory.SetNames(name, strings.Join(defs, "\n"))
	}
	return defs, true
}

// partMark begins what stands among the definitions of a .c file for a line that may
// include another one. No definition has such a name.
const partMark = "# "

func partMarks(text string) (out []string) {
	if !strings.Contains(text, includesPart) {
		return nil
	}
	for line := range strings.Lines(text) {
		if strings.Contains(line, includesPart) {
			out = append(out, partMark+strings.TrimSpace(line))
		}
	}
	return out
}

func splitNames(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, "\n")
}

func (t *Tree) isDir(name string) bool {
	if name == "." {
		return true
	}
	return t.listDir(path.Dir(name))[path.Base(name)] == directory
}

// walkSources calls add for each .c and .h file below dir.
func (t *Tree) walkSources(dir string, add func(string)) {
	for n, kind := range t.listDir(dir) {
		full := path.Join(dir, n)
		switch {
		case kind == directory:
			t.walkSources(full, add)
		case strings.HasSuffix(n, ".c"), strings.HasSuffix(n, ".h"):
			add(full)
		}
	}
}

// quickTypedef looks at the typedef that starts at pos and returns where to go
// on.
func quickTypedef(s string, pos int, add func(string)) int {
	end := min(len(s), pos+1<<16)
	for i := pos; i < end; i++ {
		switch s[i] {
		case '{':
			depth := 0
			for ; i < end; i++ {
				if s[i] == '{' {
					depth++
				} else if s[i] == '}' {
					if depth--; depth == 0 {
						break
					}
				}
			}
		case ';':
			text := s[pos:i]
			if j := strings.Index(text, "(*"); j >= 0 && strings.HasSuffix(text, ")") {
				text = text[:j+2+identLen(text[j+2:])]
			} else if j := strings.IndexByte(text, '('); j >= 0 && strings.HasSuffix(text, ")") && !strings.Contains(text, "__attribute") {
				text = strings.TrimRight(text[:j], " \t")
			} else if j := strings.LastIndexByte(text, '['); j >= 0 {
				text = text[:j]
			}
			k := len(text)
			for k > 0 && identPart[text[k-1]] {
				k--
			}
			if k < len(text) {
				add("typedef " + text[k:])
			}
			return nextLine(s, i)
		}
	}
	return nextLine(s, pos)
}

func identLen(s string) int {
	i := 0
	for i < len(s) && identPart[s[i]] {
		i++
	}
	return i
}

// quickDefs finds what looks like a definition at the left margin: functions
// by name, records as "struct x", in headers also types as "typedef x".
func quickDefs(s string, header bool, add func(string)) {
	for pos := 0; pos < len(s); {
		c := s[pos]
		switch {
		case c == '/' && pos+1 < len(s) && s[pos+1] == '*':
			pos = nextLine(s, skipBlockComment(s, pos, len(s)))
		case c == '#':
			pos = directiveEnd(s, pos, len(s))
			pos = nextLine(s, pos)
		case c == 't' && header && strings.HasPrefix(s[pos:], "typedef "):
			pos = quickTypedef(s, pos, add)
		case identStart[c]:
			pos = quickDef(s, pos, header, add)
		default:
			pos = nextLine(s, pos)
		}
	}
}

func nextLine(s string, pos int) int {
	if pos >= len(s) {
		return len(s)
	}
	i := strings.IndexByte(s[pos:], '\n')
	if i < 0 {
		return len(s)
	}
	return pos + i + 1
}

// quickDef looks at the item that starts at pos and returns where to go on.
func quickDef(s string, pos int, header bool, add func(string)) int {
	end := min(len(s), pos+4096)
	i := pos
	paren := -1
	for ; i < end; i++ {
		switch s[i] {
		case '(':
			if paren < 0 {
				paren = i
			}
			continue
		case ';', '=', '#', '}', '"':
			return nextLine(s, i)
		case '/':
			if i+1 < end && s[i+1] == '*' {
				i = skipBlockComment(s, i, len(s)) - 1
			}
			continue
		case '{':
		default:
			continue
		}
		break
	}
	if i >= end {
		return nextLine(s, pos)
	}
	if paren > 0 && (header || !strings.HasPrefix(s[pos:], "static")) {
		if e := strings.TrimRight(s[pos:paren], " \t\n"); e != "" {
			k := len(e)
			for k > 0 && identPart[e[k-1]] {
				k--
			}
			if k < len(e) {
				add(e[k:])
			}
		}
	}
	for _, kw := range [...]string{"struct ", "union "} {
		if strings.HasPrefix(s[pos:], kw) {
			k := pos + len(kw)
			for k < len(s) && identPart[s[k]] {
				k++
			}
			add(s[pos:k])
		}
	}
	if line := s[i:nextLine(s, i)]; strings.Count(line, "{") == strings.Count(line, "}") {
		return i + len(line) // all of it on one line
	}
	if j := strings.Index(s[i:], "\n}"); j >= 0 {
		return nextLine(s, i+j+1)
	}
	return nextLine(s, i)
}

// Resolve returns the definitions that a call of name in from can mean: the
// file's own; else functions of the headers that it includes; else
// definitions with external linkage in the tree, nearest directory first.
func (t *Tree) Resolve(from *File, name string) []*Func {
	for g := from; g != nil; g = g.includer {
		if fs := g.items.funcsOf[name]; fs != nil {
			return fs
		}
	}
	if e := t.names.get(name); e != nil {
		var in []*Func
		for _, d := range e.funcs {
			if from.closure.has(d.File.id) {
				in = append(in, d)
			}
		}
		if d, ok := pick(from, in, func(d *Func) *File { return d.File }); ok {
			return []*Func{d}
		}
	}
	var out, inline []*Func
	for _, fname := range t.index.lookup(from, name) {
		from.rests.onFile(fname)
		for _, fn := range t.funcsOf(fname, name) {
			switch {
			case !fn.Static:
				out = append(out, fn)
			case strings.HasSuffix(fname, ".h"):
				inline = append(inline, fn)
			}
		}
	}
	if len(out) == 0 && len(inline) > 0 {
		return inline[:1]
	}
	return out
}

// funcsOf returns the functions of that name that a file defines: always the
// same ones, be the file shed or not.
func (t *Tree) funcsOf(file, name string) []*Func {
	t.mu.Lock()
	g := t.husks[file]
	t.mu.Unlock()
	if g == nil {
		var err error
		if g, err = t.Borrow(file); err != nil {
			return nil
		}
	}
	return g.items.funcsOf[name]
}
