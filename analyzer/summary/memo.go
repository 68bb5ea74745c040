package summary

import (
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A Memo keeps the summaries of a program for another that has most of its
// functions: the next state of a patch series. What a function comes to depends on
// its ir and on what Of asks its environment. So a summary is kept with the
// questions and the answers, and taken again where the same function gets the same
// answers; an answer is the same if it is the same value, not one that looks like it.
// The rules must be the same but for the orders, which no summary asks for.
//
// A cache on disk would keep the same records, by content.
type Memo struct {
	mu sync.Mutex
	m  map[memoKey][]*memoEntry
}

// NewMemo returns an empty one.
func NewMemo() *Memo { return &Memo{m: map[memoKey][]*memoEntry{}} }

type memoKey struct {
	fn    *ir.Func
	first bool // pass
}

// maxMemo bounds the versions of a summary that are kept.
const maxMemo = 32

type memoEntry struct {
	asked []answer
	sum   *Summary
}

// An answer is one of the environment's, with its question.
type answer struct {
	kind    answerKind
	a, b    string // id; owner and field; name
	from    *ir.Func
	sum     *Summary
	targets []Target
	name    string
}

type answerKind uint8

const (
	askSummary answerKind = iota
	askPrevious
	askIndirect
	askGlobal
)

func (a *answer) same(env *Env) bool {
	switch a.kind {
	case askSummary:
		return env.Summary(a.a) == a.sum
	case askPrevious:
		return env.Previous(a.a) == a.sum
	case askGlobal:
		return env.GlobalName(a.a) == a.name
	}
	return slices.Equal(env.Indirect(a.a, a.b, a.from), a.targets)
}

// of is Of, by way of the memo, which may be nil. forget is called on what is new.
func (m *Memo) of(fn *ir.Func, first bool, env *Env, forget func(*Summary)) *Summary {
	if m == nil {
		s := Of(fn, env)
		forget(s)
		return s
	}
	key := memoKey{fn, first}
	m.mu.Lock()
	entries := m.m[key]
	m.mu.Unlock()
next:
	for _, e := range slices.Backward(entries) {
		for i := range e.asked {
			if !e.asked[i].same(env) {
				continue next
			}
		}
		return e.sum
	}
	e := &memoEntry{}
	e.sum = Of(fn, e.record(env))
	forget(e.sum)
	m.mu.Lock()
	defer m.mu.Unlock()
	entries = m.m[key]
	if len(entries) == maxMemo {
		entries = entries[1:]
	}
	m.m[key] = append(slices.Clone(entries), e)
	return e.sum
}

// record returns an environment that answers like env and keeps what it says.
func (e *memoEntry) record(env *Env) *Env {
	type question struct {
		kind answerKind
		a, b string
		from *ir.Func
	}
	seen := map[question]bool{}
	note := func(a answer) {
		if q := (question{a.kind, a.a, a.b, a.from}); !seen[q] {
			seen[q] = true
			e.asked = append(e.asked, a)
		}
	}
	out := *env
	out.Summary = func(id string) *Summary {
		s := env.Summary(id)
		note(answer{kind: askSummary, a: id, sum: s})
		return s
	}
	out.Previous = func(id string) *Summary {
		s := env.Previous(id)
		note(answer{kind: askPrevious, a: id, sum: s})
		return s
	}
	out.Indirect = func(owner, field string, from *ir.Func) []Target {
		ts := env.Indirect(owner, field, from)
		note(answer{kind: askIndirect, a: owner, b: field, from: from, targets: ts})
		return ts
	}
	out.GlobalName = func(name string) string {
		s := env.GlobalName(name)
		note(answer{kind: askGlobal, a: name, name: s})
		return s
	}
	return &out
}
