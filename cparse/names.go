package cparse

import (
	"strings"
	"sync"
)

// A nameTable knows, for each name, the definitions that the headers read so
// far give it.
type nameTable struct {
	mu sync.RWMutex
	m  map[string]*nameEntry
}

// A nameEntry holds the definitions of one name. Records stand under their
// spelling with the keyword: "struct page".
type nameEntry struct {
	macros   []*Macro
	funcs    []*Func
	protos   []*proto
	records  []*recordDef
	typedefs []*typedefDef
	vars     []*Var
	enums    []*enumDef
}

func (n *nameTable) init() { n.m = map[string]*nameEntry{} }

func (n *nameTable) get(name string) *nameEntry {
	n.mu.RLock()
	e := n.m[name]
	n.mu.RUnlock()
	return e
}

// addFile enters what a scanned header defines. Entries are replaced, not
// changed, so that readers need no lock to use one.
func (n *nameTable) addFile(f *File) {
	n.mu.Lock()
	defer n.mu.Unlock()
	update := func(name string, fn func(e *nameEntry)) {
		e := &nameEntry{}
		if old := n.m[name]; old != nil {
			*e = *old
		}
		fn(e)
		n.m[name] = e
	}
	for name, ms := range f.macros {
		if m := ms[len(ms)-1]; !m.undef {
			update(name, func(e *nameEntry) { e.macros = append(e.macros[:len(e.macros):len(e.macros)], m) })
		}
	}
	for _, d := range f.Funcs {
		update(d.Name, func(e *nameEntry) { e.funcs = append(e.funcs[:len(e.funcs):len(e.funcs)], d) })
	}
	for _, d := range f.items.protos {
		update(d.name, func(e *nameEntry) { e.protos = append(e.protos[:len(e.protos):len(e.protos)], d) })
	}
	for _, d := range f.items.records {
		update(d.spec, func(e *nameEntry) { e.records = append(e.records[:len(e.records):len(e.records)], d) })
	}
	for _, d := range f.items.typedefs {
		update(d.name, func(e *nameEntry) { e.typedefs = append(e.typedefs[:len(e.typedefs):len(e.typedefs)], d) })
	}
	for _, d := range f.items.vars {
		update(d.Name, func(e *nameEntry) { e.vars = append(e.vars[:len(e.vars):len(e.vars)], d) })
	}
	for _, d := range f.items.enums {
		update(d.name, func(e *nameEntry) { e.enums = append(e.enums[:len(e.enums):len(e.enums)], d) })
	}
}

func (f *File) addMacro(m *Macro) {
	f.macros[m.Name] = append(f.macros[m.Name], m)
}

// Macro returns the macro of that name that is visible at the end of the
// file: its own, one of its include closure, a configuration option; nil for
// none.
func (f *File) Macro(name string) *Macro { return f.macroFor(name, int32(len(f.text))) }

// macroFor returns the macro that a name means at an offset of the file.
func (f *File) macroFor(name string, pos int32) *Macro {
	if ms := f.macros[name]; ms != nil {
		for i := len(ms) - 1; i >= 0; i-- {
			if ms[i].Pos <= pos {
				if ms[i].undef {
					return nil
				}
				return ms[i]
			}
		}
	}
	if !f.scanned {
		return f.foreignMacro(name)
	}
	f.memoMu.RLock()
	m, ok := f.memo[name]
	f.memoMu.RUnlock()
	if ok {
		return m
	}
	m = f.foreignMacro(name)
	f.memoMu.Lock()
	f.memo[name] = m
	f.memoMu.Unlock()
	return m
}

func (f *File) foreignMacro(name string) *Macro {
	if e := f.tree.names.get(name); e != nil && e.macros != nil {
		var best *Macro
		bestRank := 0
		for _, m := range e.macros {
			if m.File == f || !f.closure.has(m.File.id) {
				continue
			}
			r := f.tree.rank(m.File.Name)
			if best == nil || r < bestRank || r == bestRank && m.File.Name < best.File.Name {
				best, bestRank = m, r
			}
		}
		if best != nil {
			return best
		}
	}
	if f.includer != nil {
		return f.includer.macroFor(name, int32(len(f.includer.text)))
	}
	if strings.HasPrefix(name, optionPrefix) {
		f.notes.add(f.tree, PremiseOption, name)
		return f.tree.data.option(name)
	}
	return f.tree.data.predef[name]
}

// rank orders directories: the architecture's own headers before the rest.
func (t *Tree) rank(name string) int {
	for i, d := range t.data.rank {
		if strings.HasPrefix(name, d) {
			return i
		}
	}
	return len(t.data.rank)
}

// pick chooses among definitions of one name: those in f's closure, ranked;
// else, if any, the best of the others.
func pick[D any](f *File, defs []D, file func(D) *File) (best D, ok bool) {
	bestKey := 1 << 30
	bestName := ""
	for _, d := range defs {
		df := file(d)
		key := f.tree.rank(df.Name)
		if df != f && !f.closure.has(df.id) {
			key += 1000 - commonDir(f.Name, df.Name)
		}
		if !ok || key < bestKey || key == bestKey && df.Name < bestName {
			best, bestKey, bestName, ok = d, key, df.Name, true
		}
	}
	return best, ok
}

// commonDir counts the leading directories that two names share.
func commonDir(a, b string) int {
	n := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			n++
		}
	}
	return n
}

// isTypedef tells whether a name is a type in f.
func (f *File) isTypedef(name string) bool {
	if f.scanned {
		f.memoMu.RLock()
		v, ok := f.binds[name]
		f.memoMu.RUnlock()
		if ok {
			return v
		}
	}
	v := f.findTypedef(name) != nil || f.tree.data.types[name]
	if f.scanned {
		f.memoMu.Lock()
		f.binds[name] = v
		f.memoMu.Unlock()
	}
	return v
}

func (f *File) findTypedef(name string) *typedefDef {
	for g := f; g != nil; g = g.includer {
		if d := g.items.typedefOf[name]; d != nil {
			return d
		}
	}
	if e := f.tree.names.get(name); e != nil {
		for _, d := range e.typedefs {
			if d.file != f && f.closure.has(d.file.id) {
				return d
			}
		}
	}
	return nil
}
