package lockdep

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

// A Verdict is what the static graph says of an observed dependency.
type Verdict string

// The verdicts.
const (
	Found     Verdict = "found"       // the graph has the pair
	OtherSub  Verdict = "found-other" // it has the pair for other subclasses
	Reached   Verdict = "reached"     // calls lead from the one to the other, by no path that the graph followed
	Missing   Verdict = "missing"     // both classes are taken in what was loaded, and no way was found
	NotLoaded Verdict = "not-loaded"  // a class is not taken in what was loaded
	Unmapped  Verdict = "unmapped"    // no initialiser gives a name
	NoLock    Verdict = "no-lock"     // a name stands for no lock of the analysis
)

var verdicts = []Verdict{Found, OtherSub, Reached, Missing, NotLoaded, Unmapped, NoLock}

// A Comparison holds a record against the lock-order graph of the source.
type Comparison struct {
	Files      []string     `json:"files"`
	Doubts     []string     `json:"doubts,omitempty"` // where the record falls short of lockdep's own figures
	Summary    Summary      `json:"summary"`
	Names      []Name       `json:"names"`
	Observed   []Observed   `json:"observed"`
	Unobserved []Unobserved `json:"unobserved"`
	Splats     []SplatPaths `json:"splats,omitempty"`
}

// A Summary counts.
type Summary struct {
	Classes      int             `json:"classes"` // of the record
	Mapped       int             `json:"mapped"`
	Ambiguous    int             `json:"ambiguous"` // mapped to several classes
	NoLock       int             `json:"noLock"`
	Dependencies int             `json:"dependencies"`
	Verdicts     map[Verdict]int `json:"verdicts"`
	Scope        []string        `json:"scope"` // where the locks are initialised that the next figures are about
	InScope      map[Verdict]int `json:"inScope"`
	Chains       int             `json:"chains"`
	Static       int             `json:"static"`     // static pairs of classes that the record has
	Unobserved   int             `json:"unobserved"` // of those, never observed
}

// Share is the part of the dependencies in scope that the graph has: of those
// between locks of the analysis. A name that nothing explains is in no scope.
// Those that calls alone
// lead to are apart.
func (s *Summary) Share() (found, reached, all int) {
	for v, n := range s.InScope {
		switch v {
		case Found, OtherSub:
			found += n
		case Reached:
			reached += n
		}
		if v != NoLock {
			all += n
		}
	}
	return found, reached, all
}

// A Name is a name at run time with what it stands for.
type Name struct {
	Name    string   `json:"name"` // with version and subclass
	Classes []string `json:"classes,omitempty"`
	At      []string `json:"at,omitempty"` // the initialisers
	Why     string   `json:"why,omitempty"`
	Usage   string   `json:"usage,omitempty"`
}

// An Observed is one dependency of the record.
type Observed struct {
	Outer   string        `json:"outer"` // as lockdep prints them
	Inner   string        `json:"inner"`
	InScope bool          `json:"inScope,omitempty"`
	Verdict Verdict       `json:"verdict"`
	Reason  string        `json:"reason,omitempty"`
	Pair    [2]string     `json:"pair,omitzero"` // the classes of the graph's pair
	Ways    int           `json:"ways,omitempty"`
	Trace   *report.Trace `json:"trace,omitempty"`
}

// An Unobserved is a pair of the graph that the record lacks, though it has both
// classes.
type Unobserved struct {
	Outer    string        `json:"outer"`
	Inner    string        `json:"inner"`
	Ways     int           `json:"ways"`
	Depth    int           `json:"depth"`
	Indirect int           `json:"indirect"`
	Trace    *report.Trace `json:"trace,omitempty"`
}

// A SplatPaths is a splat with a static path for each of its dependencies.
type SplatPaths struct {
	Kind  string     `json:"kind"`
	Title string     `json:"title"`
	File  string     `json:"file"`
	Line  int        `json:"line"`
	Task  string     `json:"task,omitempty"`
	Taken string     `json:"taken,omitempty"`
	Held  []string   `json:"held,omitempty"`
	Deps  []Observed `json:"dependencies,omitempty"`
}

// A Graph is the static side.
type Graph struct {
	Edges   []check.Edge
	Taken   map[rules.Class]bool
	Witness func(e check.Edge, through []string) (report.Trace, bool)
	Reach   func(outer rules.Class) *check.Reach // nil: it is not looked for
}

// comparer compares.
type comparer struct {
	graph    Graph
	meanings map[string]*Meaning
	scope    []string
	edges    map[[2]rules.Class]*check.Edge
	byBase   map[[2]rules.Class][]*check.Edge
	reach    map[rules.Class]*check.Reach
}

// Compare holds the record against the graph. The scope is globs of the files
// whose locks the figure of merit is about.
func Compare(rec *Record, g Graph, meanings map[string]*Meaning, scope []string) *Comparison {
	c := &comparer{graph: g, meanings: meanings, scope: scope, edges: map[[2]rules.Class]*check.Edge{}, byBase: map[[2]rules.Class][]*check.Edge{}, reach: map[rules.Class]*check.Reach{}}
	for i := range g.Edges {
		e := &g.Edges[i]
		c.edges[[2]rules.Class{e.Outer, e.Inner}] = e
		b := [2]rules.Class{e.Outer.Base(), e.Inner.Base()}
		c.byBase[b] = append(c.byBase[b], e)
	}
	out := &Comparison{Files: rec.Files, Doubts: rec.Doubts()}
	s := &out.Summary
	s.Scope, s.Verdicts, s.InScope = scope, map[Verdict]int{}, map[Verdict]int{}
	s.Classes, s.Chains, s.Dependencies = len(rec.Classes), len(rec.Chains), len(rec.Deps)
	for _, k := range rec.Classes {
		n := c.name(k)
		out.Names = append(out.Names, n)
		switch {
		case len(n.Classes) > 1:
			s.Ambiguous++
			s.Mapped++
		case len(n.Classes) == 1:
			s.Mapped++
		case n.Why != "":
			s.NoLock++
		}
	}
	slices.SortFunc(out.Names, func(a, b Name) int { return strings.Compare(a.Name, b.Name) })
	deps := slices.Clone(rec.Deps)
	slices.SortFunc(deps, compareDeps)
	for _, d := range deps {
		o := c.observed(d, nil)
		out.Observed = append(out.Observed, o)
		s.Verdicts[o.Verdict]++
		if o.InScope {
			s.InScope[o.Verdict]++
		}
	}
	c.unobserved(rec, out)
	for _, p := range rec.Splats {
		out.Splats = append(out.Splats, c.splat(p))
	}
	return out
}

func (c *comparer) meaning(k *Class) *Meaning {
	if m := c.meanings[k.Name]; m != nil {
		return m
	}
	return &Meaning{}
}

// classes are what k may stand for, with its subclass.
func (c *comparer) classes(k *Class) []rules.Class {
	out := c.meaning(k).Classes()
	for i := range out {
		if k.Subclass > 0 {
			out[i] = out[i].WithSub(k.Subclass)
		}
	}
	return out
}

func (c *comparer) name(k *Class) Name {
	m := c.meaning(k)
	n := Name{Name: k.String(), Why: m.Why, Usage: k.Usage}
	for _, class := range c.classes(k) {
		n.Classes = append(n.Classes, class.String())
	}
	for _, o := range m.Origins {
		if o.Line > 0 {
			n.At = append(n.At, fmt.Sprintf("%s:%d", o.File, o.Line))
		}
	}
	return n
}

// inScope reports whether a lock of the name is initialised in the scope.
func (c *comparer) inScope(k *Class) bool {
	return slices.ContainsFunc(c.meaning(k).Origins, func(o Origin) bool { return Within(o.File, c.scope) })
}

// Within reports whether a file is in the scope: in or below one of its
// directories, or matched by one of its globs.
func Within(file string, scope []string) bool {
	return slices.ContainsFunc(scope, func(s string) bool {
		if ok, err := path.Match(s, file); err == nil && ok {
			return true
		}
		return strings.HasPrefix(file, strings.TrimSuffix(s, "/")+"/")
	})
}

// observed looks a dependency up in the graph.
func (c *comparer) observed(d Dep, through []string) Observed {
	o := Observed{Outer: d.Outer.String(), Inner: d.Inner.String(), InScope: c.inScope(d.Outer) && c.inScope(d.Inner)}
	for _, k := range []*Class{d.Outer, d.Inner} {
		m := c.meaning(k)
		if len(m.Origins) > 0 {
			continue
		}
		o.Verdict, o.Reason = Unmapped, fmt.Sprintf("no initialiser names a lock %s", k.Name)
		if m.Why != "" {
			o.Verdict, o.Reason = NoLock, fmt.Sprintf("%s: %s", k.Name, m.Why)
			return o
		}
	}
	if o.Verdict != "" {
		return o
	}
	outer, inner := c.classes(d.Outer), c.classes(d.Inner)
	var best *check.Edge
	rank := 0
	for _, a := range outer {
		for _, b := range inner {
			for _, e := range c.byBase[[2]rules.Class{a.Base(), b.Base()}] {
				n := 1
				switch {
				case e.Infeasible, e.Try:
				case e.Outer.Sub() == a.Sub() && e.Inner.Sub() == b.Sub():
					n = 3
				default:
					n = 2
				}
				if n > rank || n == rank && e.Depth < best.Depth {
					best, rank = e, n
				}
			}
		}
	}
	if best != nil {
		o.Pair, o.Ways = [2]string{best.Outer.String(), best.Inner.String()}, best.Ways
	}
	switch {
	case rank >= 2:
		if o.Verdict = Found; rank == 2 {
			o.Verdict = OtherSub
		}
		if t, ok := c.graph.Witness(*best, through); ok {
			o.Trace = &t
		}
	case c.reached(&o, outer, inner):
	case rank == 1 && best.Infeasible:
		o.Verdict, o.Reason = Missing, "the conditions on every way found contradict each other"
	case rank == 1:
		o.Verdict, o.Reason = Missing, "the inner lock is only tried on the ways found"
	default:
		o.Verdict, o.Reason = Missing, "no way was found"
		for _, side := range [][]rules.Class{outer, inner} {
			if !slices.ContainsFunc(side, func(k rules.Class) bool { return c.graph.Taken[k.Base()] }) {
				o.Verdict, o.Reason = NotLoaded, fmt.Sprintf("nothing that was loaded takes %s", side[0].Base())
			}
		}
	}
	return o
}

// reached looks for calls that lead from a lock of outer to one of inner.
func (c *comparer) reached(o *Observed, outer, inner []rules.Class) bool {
	if c.graph.Reach == nil {
		return false
	}
	for _, a := range outer {
		r := c.reach[a.Base()]
		if r == nil {
			r = c.graph.Reach(a)
			c.reach[a.Base()] = r
		}
		for _, b := range inner {
			if t, ok := r.Inner(b); ok {
				o.Verdict, o.Reason = Reached, "along calls whose conditions were not followed"
				o.Pair, o.Trace, o.Ways = [2]string{a.Base().String(), b.Base().String()}, &t, 0
				return true
			}
		}
	}
	return false
}

// unobserved lists the pairs of the graph between classes of the record that it
// does not have in that order.
func (c *comparer) unobserved(rec *Record, out *Comparison) {
	known := map[rules.Class]bool{}
	for _, k := range rec.Classes {
		for _, class := range c.meaning(k).Classes() {
			known[class.Base()] = true
		}
	}
	seen := map[[2]rules.Class]bool{}
	pairs, _ := rec.Observed()
	for _, d := range pairs {
		for _, a := range c.meaning(d.Outer).Classes() {
			for _, b := range c.meaning(d.Inner).Classes() {
				seen[[2]rules.Class{a.Base(), b.Base()}] = true
			}
		}
	}
	best := map[[2]rules.Class]*check.Edge{}
	ways := map[[2]rules.Class]int{}
	for i := range c.graph.Edges {
		e := &c.graph.Edges[i]
		b := [2]rules.Class{e.Outer.Base(), e.Inner.Base()}
		if e.Try || e.Infeasible || e.Wait || !e.InPath || !known[b[0]] || !known[b[1]] || b[0] == b[1] {
			continue
		}
		if ways[b] += e.Ways; best[b] == nil || e.Depth+4*e.Indirect < best[b].Depth+4*best[b].Indirect {
			best[b] = e
		}
	}
	out.Summary.Static = len(best)
	for b, e := range best {
		if seen[b] {
			continue
		}
		u := Unobserved{Outer: b[0].String(), Inner: b[1].String(), Ways: ways[b], Depth: e.Depth, Indirect: e.Indirect}
		if t, ok := c.graph.Witness(*e, nil); ok {
			u.Trace = &t
		}
		out.Unobserved = append(out.Unobserved, u)
	}
	out.Summary.Unobserved = len(out.Unobserved)
	// What is nearest at hand first: few calls, none through pointers.
	slices.SortFunc(out.Unobserved, func(a, b Unobserved) int {
		return cmp.Or(cmp.Compare(a.Depth+4*a.Indirect, b.Depth+4*b.Indirect), strings.Compare(a.Outer, b.Outer), strings.Compare(a.Inner, b.Inner))
	})
}

// splat finds a path for each dependency of a splat; of several, one through
// the functions of the kernel's own trace.
func (c *comparer) splat(p *Splat) SplatPaths {
	s := SplatPaths{Kind: p.Kind, Title: p.Title, File: p.File, Line: p.Line, Task: p.Task}
	if p.Taken != nil {
		s.Taken = p.Taken.String()
	}
	for _, h := range p.Held {
		s.Held = append(s.Held, h.Class.String())
	}
	for _, d := range p.Chain {
		s.Deps = append(s.Deps, c.observed(d.Dep, d.Trace))
	}
	return s
}

// Names lists the names, without version and subclass, that the record needs
// the meaning of, sorted.
func (r *Record) Names() []string {
	var out []string
	add := func(c *Class) {
		if c != nil {
			out = append(out, c.Name)
		}
	}
	for _, c := range r.Classes {
		add(c)
	}
	for _, s := range r.Splats {
		add(s.Taken)
		for _, h := range s.Held {
			add(h.Class)
		}
		for _, d := range s.Chain {
			add(d.Outer)
			add(d.Inner)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
