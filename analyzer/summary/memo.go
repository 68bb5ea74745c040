package summary

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A Memo keeps summaries for other programs that have the same functions: the next state
// of a patch series, the next run. What a function comes to depends on its ir, on the
// rules, and on what Of asks its environment. So a summary is kept with the questions and
// the answers, and taken again where the same function gets the same answers. Two
// answers are the same if callers cannot tell them apart: where a summary is made anew and
// has the same face as before (see encode), what depends on it stays.
//
// The rules must be the same but for the orders, which no summary asks for.
type Memo struct {
	rules *rules.Set
	store Store
	keep  bool

	passing bool // see Pass
	passed  map[*ir.Func]*codeInfo

	damaged atomic.Bool // what was kept of a summary made no sense when it was looked into

	mu    sync.Mutex
	bytes int // of what is new and will be kept for the runs that follow
	codes map[*ir.Func]*codeInfo
	m     map[memoKey][]*memoEntry
	files map[string]*memoFile
}

// A Store has what a Memo keeps from run to run, by the source file that the functions are
// defined in. It is for one set of rules and one set of Options.
type Store interface {
	Get(file string) (data string, ok bool)
	Put(file string, data []byte) // which it must not keep
	Damaged(file string)          // what Get gave makes no sense
}

// Reset is for a tree that was read anew, with rules that say the same.
func (m *Memo) Reset(rs *rules.Set) {
	m.rules, m.codes = rs, map[*ir.Func]*codeInfo{}
	for _, es := range m.m {
		for _, e := range es {
			e.forms = nil
		}
	}
}

// NewMemo returns one that has what store has; store may be nil.
func NewMemo(rs *rules.Set, store Store) *Memo {
	return &Memo{rules: rs, store: store, keep: store != nil, codes: map[*ir.Func]*codeInfo{}, m: map[memoKey][]*memoEntry{}, files: map[string]*memoFile{}}
}

// distrust forgets all that is kept: some of it made no sense, and was used.
func (m *Memo) distrust() {
	m.store, m.keep = nil, false
	m.m, m.files = map[memoKey][]*memoEntry{}, map[string]*memoFile{}
	m.damaged.Store(false)
}

type memoKey struct {
	code               cache.Hash
	last, methods, cut bool // those of Env
}

// maxMemo bounds the versions of a summary that are kept.
const maxMemo = 32

// maxNew bounds, in bytes, what a run keeps in memory for those that follow: the summaries of
// a whole kernel would need much more, and the next run makes again what is left out.
const maxNew = 256 << 20

type memoEntry struct {
	asked []answer
	face  cache.Hash
	data  string // "": it has no form

	mu    sync.Mutex
	forms []form // the newest last
}

// A form is a summary as it was made, or read, over those of what it asked for. Others with the
// same faces make another one: the ways to what callees do lead through them.
type form struct {
	sum   *Summary
	deps  []*Summary
	parts []part // of those that it refers to; nil: not known
}

// maxForms bounds the forms of an entry: the states of a series that have one in common come
// after others that do not.
const maxForms = 4

func (e *memoEntry) keep(f form) {
	if len(e.forms) == maxForms {
		e.forms = append(e.forms[:0], e.forms[1:]...)
	}
	e.forms = append(e.forms, f)
}

// An answer is one of the environment's, with its question.
type answer struct {
	kind    answerKind
	a, b    string     // id; owner and field; name
	early   bool       // of a summary: it is of the pass before, if there was one
	face    cache.Hash // of a summary; zero: there is none
	targets []Target
	name    string // of a global: what it is called, or the table that is asked for
}

type answerKind uint8

const (
	askSummary answerKind = iota
	askPrevious
	askIndirect
	askGlobal
	answerKinds
)

// An asker answers the questions that Of asks of an Env, and of summaries tells whether it
// is of the pass before. dropped: there was one.
type asker struct {
	*Env
	find func(id string, previous bool) (s *Summary, early, dropped bool)
	open func() // is told that a summary of the pass before, or that there is none, counts
}

// same reports whether a question still has this answer, and returns the summary if it is one.
func (a *answer) same(fn *ir.Func, ask *asker) (*Summary, bool) {
	switch a.kind {
	case askGlobal:
		return nil, ask.GlobalName(a.a) == a.name
	case askIndirect:
		return nil, slices.Equal(ask.Indirect(a.a, a.b, a.name, fn), a.targets)
	}
	s, early, dropped := ask.find(a.a, a.kind == askPrevious)
	if dropped || early != a.early || s == nil {
		return nil, !dropped && early == a.early && a.face == cache.Hash{}
	}
	return s, s.face == a.face
}

// of is Of, by way of the memo, which may be nil. forget is called on what is new.
func (m *Memo) of(fn *ir.Func, first bool, ask *asker, forget func(*Summary), lean bool) *Summary {
	if m == nil {
		s := Of(fn, ask.Env)
		forget(s)
		return s
	}
	code := m.code(fn)
	key := memoKey{code.key, ask.Last, ask.Methods, ask.Cut}
	for _, e := range slices.Backward(m.entries(fn, key)) {
		if s := m.again(e, fn, ask, lean, first && !ask.Last && !lean); s != nil {
			return s
		}
	}
	e := &memoEntry{}
	env, deps := e.record(fn, ask)
	s := Of(fn, env)
	forget(s)
	w := newCoder(m.rules)
	read := make([]*Summary, len(*deps))
	for i, d := range *deps {
		read[i] = d.read()
	}
	if data := s.encode(w, read, m.code); code.ok {
		e.data = string(data)
	}
	w.done()
	e.face = s.face
	if !lean {
		e.keep(form{sum: s, deps: *deps})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	keep := m.keep && e.data != "" && m.bytes < maxNew
	if keep {
		m.bytes += len(e.data)
		f := m.files[fn.File]
		f.entries = append(f.entries, fileEntry{fn.ID, key, e})
		f.new = true
	}
	if keep || !lean && !m.passing { // nobody else asks again
		entries := m.m[key]
		if len(entries) == maxMemo {
			entries = entries[1:]
		}
		m.m[key] = append(slices.Clone(entries), e)
	}
	return s
}

// SameCode reports whether two functions are the same but for where they stand.
func (m *Memo) SameCode(a, b *ir.Func) bool {
	c, d := m.code(a), m.code(b)
	return c.ok && d.ok && c.key == d.key
}

// code is what is known of a function by its ir.
func (m *Memo) code(fn *ir.Func) *codeInfo {
	m.mu.Lock()
	c := m.codes[fn]
	if c == nil {
		c = m.passed[fn]
	}
	m.mu.Unlock()
	if c != nil {
		return c
	}
	c = infoOf(fn, m.rules)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.passing {
		m.passed[fn] = c
	} else {
		m.codes[fn] = c
	}
	return c
}

// again returns the summary that e keeps if it holds here, else nil. Another pass makes one
// for good of what can wait: it is read when somebody looks into it, and often nobody does.
func (m *Memo) again(e *memoEntry, fn *ir.Func, ask *asker, lean, wait bool) (found *Summary) {
	var deps []*Summary
	early := false
	for i := range e.asked {
		a := &e.asked[i]
		s, ok := a.same(fn, ask)
		if !ok {
			return nil
		}
		early = early || a.early
		if s != nil {
			deps = append(deps, s)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() {
		if early && found != nil {
			ask.open()
		}
	}()
	// Where there is a form, another one is compared with it right away: what is above stays
	// as it is if they are the same.
	wait = wait && !slices.ContainsFunc(e.forms, func(f form) bool { return f.sum.Func == fn })
	for _, f := range slices.Backward(e.forms) {
		if f.sum.Func == fn && slices.Equal(f.deps, deps) {
			return f.sum
		}
	}
	if e.data == "" {
		return nil
	}
	made := form{deps: deps}
	if data := e.data; wait {
		made.sum = &Summary{Func: fn, face: e.face, later: sync.OnceValue(func() *Summary { return m.look(data, fn, e.face, deps) })}
	} else {
		var ok bool
		if made.sum, made.parts, ok = decode(data, fn, m.rules, e.face, deps); !ok {
			m.store.Damaged(fn.File)
			e.data = ""
			return nil
		}
		if old := e.like(made.parts, fn, m.rules); old != nil {
			made.sum = old
		}
	}
	if !lean && !m.passing {
		e.keep(made)
	}
	return made.sum
}

// like returns the summary that was made of other versions of what fn asked for, where the
// parts of them that it refers to say the same: it does for these as well, and so do those
// that were made of it.
func (e *memoEntry) like(parts []part, fn *ir.Func, rs *rules.Set) *Summary {
	for i, f := range slices.Backward(e.forms) {
		if f.sum.Func != fn || slices.ContainsFunc(e.forms[i+1:], func(g form) bool { return g.sum == f.sum }) {
			continue
		}
		if f.parts == nil && parts != nil {
			var ok bool
			if _, f.parts, ok = decode(e.data, fn, rs, e.face, f.deps); !ok {
				continue
			}
			e.forms[i] = f
		}
		if slices.EqualFunc(parts, f.parts, part.same) {
			return f.sum
		}
	}
	return nil
}

// look reads a summary that was taken by its face. Where that makes no sense, nothing that
// comes of it counts.
func (m *Memo) look(data string, fn *ir.Func, face cache.Hash, deps []*Summary) *Summary {
	s, _, ok := decode(data, fn, m.rules, face, deps)
	if !ok {
		m.store.Damaged(fn.File)
		m.damaged.Store(true)
		return &Summary{Func: fn, face: face}
	}
	return s
}

// record returns an environment that answers like ask and keeps what it says, and the
// summaries among it.
func (e *memoEntry) record(fn *ir.Func, ask *asker) (*Env, *[]*Summary) {
	type question struct {
		kind       answerKind
		a, b, name string
	}
	seen := map[question]bool{}
	deps := &[]*Summary{} // one for each question, so that their numbers hold wherever the answers do
	note := func(a answer, s *Summary) {
		q := question{kind: a.kind, a: a.a, b: a.b}
		if a.kind == askIndirect {
			q.name = a.name
		}
		if !seen[q] {
			seen[q] = true
			e.asked = append(e.asked, a)
			if s != nil {
				*deps = append(*deps, s)
			}
		}
	}
	find := func(id string, previous bool) *Summary {
		a := answer{kind: askSummary, a: id}
		if previous {
			a.kind = askPrevious
		}
		s, early, dropped := ask.find(id, previous)
		if dropped {
			panic("summary: " + id + " was dropped, and is asked for by " + fn.ID)
		}
		if a.early = early; early {
			ask.open()
		}
		if s != nil {
			a.face = s.face
		}
		note(a, s)
		return s.read()
	}
	out := *ask.Env
	out.Summary = func(id string) *Summary { return find(id, false) }
	out.Previous = func(id string) *Summary { return find(id, true) }
	out.Indirect = func(owner, field, table string, from *ir.Func) []Target {
		ts := ask.Indirect(owner, field, table, from)
		note(answer{kind: askIndirect, a: owner, b: field, name: table, targets: ts}, nil)
		return ts
	}
	out.GlobalName = func(name string) string {
		s := ask.GlobalName(name)
		note(answer{kind: askGlobal, a: name, name: s}, nil)
		return s
	}
	return &out, deps
}
