// Package pair lays the lock-order graphs of two programs side by side: one in
// C, one in Go, which are to nest their locks alike.
//
// The programs are analysed by the two front ends under one rules file. Its
// aliases bind a class to its spelling in each language, so that a class is the
// same value in both graphs. What is compared is which class may be waited for
// while which other is held. An edge that is only tried makes no order: it is
// shown and is no difference. If one program waits where the other tries, that
// is one.
//
// The subclasses of lockdep are left out of the comparison: Go has none, and
// what they order are locks of one class. So x < x/1 in C is x < x in Go.
// Qualifiers are kept: what one program does to the locks of hugetlb pages says
// nothing of the other's page locks in general.
//
// A difference is declared in the rules file, with its reason ("differs", see
// package rules). A difference that nothing declares, and a declaration of one
// that does not occur, are both faults: the second would hide the next
// difference in its place.
//
// # Limits
//
// A pair has one witness in each program. That both make it does not say that
// they make it in the same operation. The graph has every pair that some path
// makes if its conditions do not contradict each other, those of low confidence
// too: a declaration is the place to say that a pair is not believed.
//
// Differences are read from the rules of the C program. What a Go module declares
// in its own rules file and in comments is for its program alone.
package pair

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

// A Comparison is two lock-order graphs side by side.
type Comparison struct {
	Classes []Class    `json:"classes"` // by name
	Pairs   []Pair     `json:"pairs"`   // by outer and inner class
	Unused  []Declared `json:"unused"`  // declared differences that do not occur
}

// A Class is a lock class of a pair.
type Class struct {
	Name string   `json:"name"`
	C    bool     `json:"c"`               // it is in a pair of the C program
	Go   bool     `json:"go"`              // it is in a pair of the Go program
	As   []string `json:"go_as,omitempty"` // its names in Go that the rules bind to it
}

// A Pair is an edge of the graphs: Inner is taken while Outer is held. A side
// is nil if its program never does that.
type Pair struct {
	Outer    string    `json:"outer"`
	Inner    string    `json:"inner"`
	C        *Side     `json:"c,omitempty"`
	Go       *Side     `json:"go,omitempty"`
	Status   Status    `json:"status"`
	Declared *Declared `json:"declared,omitempty"` // says that it differs
}

// A Side is a pair in one of the programs.
type Side struct {
	Blocks bool         `json:"blocks"` // some path may wait; else all only try
	Ways   int          `json:"ways"`
	Path   report.Trace `json:"path"` // the one that needs the least to be believed
}

// A Declared is a difference of the rules file.
type Declared struct {
	Rule   string          `json:"rule"`
	Pos    report.Position `json:"pos"`
	Reason string          `json:"reason"`
}

// A Status says which programs make the order that a pair is.
type Status string

const (
	Same   Status = "same" // both may wait
	OnlyC  Status = "c"    // the C program alone
	OnlyGo Status = "go"   // the Go program alone
	Tried  Status = "try"  // neither: where it is taken, it is tried
)

// Compare lays the graph of a C program beside that of a Go program. Both have
// been analysed under one rules file.
func Compare(c, g *check.Result) *Comparison {
	x := comparer{
		rules: c.Rules(), classes: map[rules.Class]*Class{}, pairs: map[edge]*Pair{}, differences: c.Rules().Differences(),
	}
	x.add(c, rules.LangC)
	x.add(g, rules.LangGo)
	return x.compare()
}

type edge struct{ outer, inner rules.Class }

type comparer struct {
	rules       *rules.Set
	classes     map[rules.Class]*Class
	pairs       map[edge]*Pair
	differences []rules.Difference
}

// add adds the graph of one program.
func (x *comparer) add(r *check.Result, lang string) {
	for _, e := range r.Graph() {
		if !e.InPath || e.Infeasible || e.Wait {
			continue
		}
		path, ok := r.Witness(e, nil)
		if !ok {
			continue
		}
		x.class(e.Outer, lang)
		x.class(e.Inner, lang)
		k := edge{e.Outer.WithSub(0), e.Inner.WithSub(0)}
		p := x.pairs[k]
		if p == nil {
			p = &Pair{Outer: k.outer.String(), Inner: k.inner.String()}
			x.pairs[k] = p
		}
		side := &p.C
		if lang == rules.LangGo {
			side = &p.Go
		}
		switch {
		case *side == nil:
			*side = &Side{Blocks: e.Blocks, Ways: e.Ways, Path: path}
		case e.Blocks && !(*side).Blocks:
			*side = &Side{Blocks: true, Ways: (*side).Ways + e.Ways, Path: path}
		default:
			(*side).Ways += e.Ways
		}
	}
}

func (x *comparer) class(c rules.Class, lang string) {
	c = c.WithSub(0)
	k := x.classes[c]
	if k == nil {
		k = &Class{Name: c.String(), As: x.rules.Spellings(c, rules.LangGo)}
		x.classes[c] = k
	}
	if lang == rules.LangC {
		k.C = true
	} else {
		k.Go = true
	}
}

// compare tells the differences and what the rules say of them.
func (x *comparer) compare() *Comparison {
	out := &Comparison{Classes: []Class{}, Pairs: []Pair{}, Unused: []Declared{}}
	for _, c := range x.classes {
		out.Classes = append(out.Classes, *c)
	}
	slices.SortFunc(out.Classes, func(a, b Class) int { return strings.Compare(a.Name, b.Name) })
	used := make([]bool, len(x.differences))
	for k, p := range x.pairs {
		p.Status = statusOf(p)
		if p.Status == OnlyC || p.Status == OnlyGo {
			for i, d := range x.differences {
				if d.Lang != string(p.Status) || !d.Covers(k.outer, k.inner) {
					continue
				}
				used[i] = true
				if p.Declared == nil { // the first one, in order of declaration
					p.Declared = declared(d)
				}
			}
		}
		out.Pairs = append(out.Pairs, *p)
	}
	slices.SortFunc(out.Pairs, func(a, b Pair) int {
		return cmp.Or(strings.Compare(a.Outer, b.Outer), strings.Compare(a.Inner, b.Inner))
	})
	for i, d := range x.differences {
		if !used[i] {
			out.Unused = append(out.Unused, *declared(d))
		}
	}
	return out
}

func statusOf(p *Pair) Status {
	c, g := p.C != nil && p.C.Blocks, p.Go != nil && p.Go.Blocks
	switch {
	case c && g:
		return Same
	case c:
		return OnlyC
	case g:
		return OnlyGo
	}
	return Tried
}

func declared(d rules.Difference) *Declared {
	return &Declared{
		Rule:   d.String(),
		Pos:    report.Position{File: d.Pos.Filename, Line: d.Pos.Line, Col: d.Pos.Column},
		Reason: d.Reason,
	}
}

// Undeclared reports whether p differs and nothing declares it.
func (p *Pair) Undeclared() bool {
	return (p.Status == OnlyC || p.Status == OnlyGo) && p.Declared == nil
}

// Faults counts the differences that nothing declares, and the declared ones
// that do not occur.
func (c *Comparison) Faults() int {
	n := len(c.Unused)
	for i := range c.Pairs {
		if c.Pairs[i].Undeclared() {
			n++
		}
	}
	return n
}

// Summary is one line of figures.
func (c *Comparison) Summary() string {
	n := map[Status]int{}
	undeclared := 0
	for i := range c.Pairs {
		p := &c.Pairs[i]
		if p.Undeclared() {
			undeclared++
			continue
		}
		n[p.Status]++
	}
	return fmt.Sprintf("%d in both, %d differ as declared (%d in C only, %d in Go only), %d differ undeclared, %d declared do not occur",
		n[Same], n[OnlyC]+n[OnlyGo], n[OnlyC], n[OnlyGo], undeclared, len(c.Unused))
}
