package check

import (
	"fmt"
	"go/token"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

var orderCheck = &Check{
	Name: "order", Default: true, run: (*Result).order,
	Doc: `a lock is taken against the declared order

The rules, or a comment in the tree, declare that A is taken before B, directly
or through other locks. The report shows a path that holds B and then blocks on
A. If another CPU runs a path in the declared order at the same time, each may
wait for the other for ever.

A trylock of A is no fault: it cannot wait. Nor is a path whose conditions
contradict each other. Where the declarations order A and B both ways they
contradict themselves and nothing is reported; "lockorder rules" lists such
loops. A lock of a nested subclass, as of a child below its parent, is trusted
less where the order speaks of the class alone.`,
}

// order finds the pairs that go against a declared order.
func (r *Result) order() []*report.Violation {
	type witness struct {
		pair  *summary.Pair
		chain []rules.Order
	}
	var found []*report.Violation
	of := map[*report.Violation]witness{}
	in := map[string][]rules.Order{} // what pairs of one edge go against, by the file of the inner lock
	for _, e := range r.pairs().sorted {
		if e.outer.Base() == e.inner.Base() {
			continue
		}
		clear(in)
		seen := sync.OnceValue(func() traffic { return r.traffic(e) })
		for _, p := range r.pairs().edges[e] {
			if !ordering(p) {
				continue
			}
			file := p.Inner.Leaf().Func.File
			chain, known := in[file]
			if !known {
				chain = r.broken(p)
				in[file] = chain
			}
			if chain == nil {
				continue
			}
			v := r.inversion(p, chain, seen())
			of[v] = witness{p, chain}
			found = append(found, v)
		}
	}
	// Few of them are the best of their kind, and only those are shown with their paths.
	found = fold(found)
	for _, v := range found {
		r.inversionPaths(v, of[v].pair, of[v].chain)
	}
	return found
}

// broken returns the declarations that p goes against, nil if none.
func (r *Result) broken(p *summary.Pair) []rules.Order {
	file := p.Inner.Leaf().Func.File
	if len(r.rules.WhyAt(p.OuterClass, p.InnerClass, file)) > 0 {
		return nil
	}
	return r.rules.WhyAt(p.InnerClass, p.OuterClass, file)
}

// inversion is a violation by a pair, but for its paths.
func (r *Result) inversion(p *summary.Pair, chain []rules.Order, t traffic) *report.Violation {
	fn := r.taker(p.Inner)
	v := &report.Violation{
		Check: "order", Pos: r.place(p.Inner), Message: fmt.Sprintf("%s taken under %s", p.InnerClass, p.OuterClass),
		Outer: p.OuterClass.String(), Inner: p.InnerClass.String(), Function: fn.Name, Root: p.Func.Name,
		Callers: p.Count - 1,
		Key:     report.MakeKey("order", []string{p.OuterClass.String(), p.InnerClass.String()}, []string{fn.Name}),
	}
	r.score(v, p)
	t.weigh(v, "the declared one")
	if narrow, general, ok := r.mixed(p, chain); ok {
		devalue(v, 55)
		v.Reasons = append(v.Reasons, fmt.Sprintf("%s is not known to be of the sort of %s", general, narrow))
	}
	if c := p.InnerClass; beneath(c, chain) {
		devalue(v, 55)
		v.Reasons = append(v.Reasons, fmt.Sprintf("%s nests in a lock of another object, and the order is declared for %s", c, c.WithSub(0)))
	}
	return v
}

// inversionPaths adds to v what it rests on.
func (r *Result) inversionPaths(v *report.Violation, p *summary.Pair, chain []rules.Order) {
	v.Rule = declared(chain)
	v.Paths = []report.Trace{r.pairTrace(p, "against the rule")}
	if q := r.follows(edge{p.InnerClass, p.OuterClass}); q != nil {
		v.Paths = append(v.Paths, r.pairTrace(q, "the declared order"))
		v.Scenario = report.MakeScenario(v.Paths)
	}
	v.Help = fmt.Sprintf("drop %s before %s:%d, or take %s first", p.OuterClass, p.Func.File, r.line(p.Func, p.Inner.Pos), p.InnerClass)
}

// beneath reports whether a lock of c is taken below another one of its kind, as its
// subclass says, while the declarations speak of that kind alone.
func beneath(c rules.Class, chain []rules.Order) bool {
	return c.Sub() != 0 && !slices.ContainsFunc(chain, func(o rules.Order) bool { return o.Before.Sub() != 0 && o.Before.Base() == c.Base() })
}

// mixed reports whether one lock of p is of a qualifier that splits the class of
// the other, of which it is not known. Where the qualifier is that of a whole class,
// this is a doubt if the declarations in force speak of the narrow class.
func (r *Result) mixed(p *summary.Pair, chain []rules.Order) (narrow, general rules.Class, ok bool) {
	narrow, general = p.OuterClass, p.InnerClass
	if !r.rules.Mixed(narrow, general) {
		narrow, general = general, narrow
	}
	speaks := func(c rules.Class) bool { return c.Name() == general.Name() && c.Qual() != general.Qual() }
	return narrow, general, r.rules.Mixed(narrow, general) && (narrow.Qual() != "" ||
		slices.ContainsFunc(chain, func(o rules.Order) bool { return speaks(o.Before) || speaks(o.After) }))
}

// follows is the best pair on an edge that blocks, nil if there is none.
func (r *Result) follows(e edge) *summary.Pair {
	for _, p := range r.pairs().edges[e] {
		if ordering(p) {
			return p
		}
	}
	return nil
}

func declared(chain []rules.Order) []report.Declared {
	var out []report.Declared
	for _, o := range chain {
		d := report.Declared{Before: o.Before.String(), After: o.After.String(), Pos: position(o.Pos), Source: o.Source, Note: o.Note}
		if o.From == rules.FromComment { // the position is the source
			d.Source = ""
		}
		out = append(out, d)
	}
	return out
}

func position(p token.Position) report.Position {
	return report.Position{File: p.Filename, Line: p.Line, Col: p.Column}
}
