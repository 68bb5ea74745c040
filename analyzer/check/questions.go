package check

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// A ClassInfo is one lock class of the loaded program.
type ClassInfo struct {
	Name  string
	Kind  string // "mutex", as the primitives say
	Sites int    // acquisitions in the source
	Outer int    // classes that it is taken under
	Inner int    // classes that are taken under it
}

// Classes lists the lock classes that are taken somewhere, by name.
func (r *Result) Classes() []ClassInfo {
	by := map[string]*ClassInfo{}
	get := func(c rules.Class) *ClassInfo {
		if by[c.String()] == nil {
			by[c.String()] = &ClassInfo{Name: c.String()}
		}
		return by[c.String()]
	}
	for _, fn := range r.funcs {
		for _, e := range r.sums.Of(fn.ID).Events {
			if e.Next != nil || e.Kind != summary.Acquire {
				continue
			}
			for _, c := range e.Classes {
				i := get(c)
				i.Sites++
				if e.Prim != nil && i.Kind == "" {
					i.Kind = e.Prim.Kind
				}
			}
		}
	}
	for _, e := range r.pairs().sorted {
		get(e.outer).Inner++
		get(e.inner).Outer++
	}
	var out []ClassInfo
	for _, i := range by {
		out = append(out, *i)
	}
	slices.SortFunc(out, func(a, b ClassInfo) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Why lists every way in which inner is taken under outer, shortest first,
// one for each pair of places. The classes may be given by an alias; a class
// without a qualifier stands for all its qualified forms.
func (r *Result) Why(outer, inner string) ([]report.Trace, error) {
	oc, err := r.class(outer)
	if err != nil {
		return nil, err
	}
	ic, err := r.class(inner)
	if err != nil {
		return nil, err
	}
	var ps []*summary.Pair
	for _, e := range r.pairs().sorted {
		if matches(e.outer, oc) && matches(e.inner, ic) {
			ps = append(ps, r.pairs().edges[e]...)
		}
	}
	slices.SortStableFunc(ps, func(a, b *summary.Pair) int {
		return cmp.Or(
			boolRank(a.Infeasible, b.Infeasible), cmp.Compare(a.Inner.Indirect, b.Inner.Indirect),
			cmp.Compare(a.Inner.Depth+heldDepth(a.Outer), b.Inner.Depth+heldDepth(b.Outer)),
			strings.Compare(a.Func.ID, b.Func.ID), cmp.Compare(a.Inner.Pos.Line, b.Inner.Pos.Line),
		)
	})
	var out []report.Trace
	for _, p := range ps {
		title := fmt.Sprintf("%s, then %s", p.OuterClass, p.InnerClass)
		switch {
		case p.Infeasible:
			title += " (its conditions contradict each other)"
		case p.Inner.Try:
			title += " (a trylock)"
		}
		out = append(out, r.pairTrace(p, title))
	}
	return out, nil
}

// class finds a class by name or alias; an unknown name is an error that
// lists what it may have meant.
func (r *Result) class(name string) (rules.Class, error) {
	c, err := rules.ParseClass(name)
	if err != nil {
		return c, err
	}
	base := r.rules.Canonical(c.Name())
	c = rules.MakeClass(base, c.Qual(), c.Sub())
	var near []string
	for _, e := range r.pairs().sorted {
		for _, k := range []rules.Class{e.outer, e.inner} {
			if k.Name() == base {
				return c, nil
			}
			if _, last, _ := strings.Cut(k.Name(), "."); strings.Contains(k.Name(), base) || last == base {
				near = append(near, k.Name())
			}
		}
	}
	slices.Sort(near)
	near = slices.Compact(near)
	switch {
	case len(near) == 1:
		return rules.MakeClass(near[0], c.Qual(), c.Sub()), nil
	case len(near) > 1:
		return c, fmt.Errorf("%q may be any of %s", name, strings.Join(near[:min(8, len(near))], ", "))
	}
	return c, fmt.Errorf("no pair of the loaded functions has a lock class %q; `lockorder classes` lists them", name)
}

func matches(c, want rules.Class) bool {
	return c == want || want.Qual() == "" && want.Sub() == 0 && c.Base() == want
}

// functions finds functions by name, or by file:name.
func (r *Result) functions(name string) ([]*ir.Func, error) {
	var out []*ir.Func
	for _, f := range r.funcs {
		if f.Name == name || f.ID == name {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no function %q was loaded", name)
	}
	return out, nil
}

// Locks describes the summaries of the functions of that name.
func (r *Result) Locks(name string) (string, error) {
	fns, err := r.functions(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, f := range fns {
		if i > 0 {
			b.WriteByte('\n')
		}
		r.sums.Of(f.ID).Print(&b, r.opt.Moved[f])
	}
	return b.String(), nil
}

// Dump writes an inner form of the analysis: "ir", "summary" or "callgraph"
// of a function, or the "order" graph of the classes.
func (r *Result) Dump(what, fn string, w io.Writer) error {
	if what == "order" {
		for _, e := range r.pairs().sorted {
			if fn == "" || e.outer.Name() == fn || e.inner.Name() == fn {
				p := r.pairs().edges[e][0]
				fmt.Fprintf(w, "%s -> %s  # %d, %s:%d %s via %s\n", e.outer, e.inner, len(r.pairs().edges[e]),
					p.Func.File, r.line(p.Func, p.Inner.Pos), p.Func.Name, via(p.Inner))
			}
		}
		return nil
	}
	fns, err := r.functions(fn)
	if err != nil {
		return err
	}
	for _, f := range fns {
		switch what {
		case "ir":
			f.Moved(r.opt.Moved[f]).Print(w)
		case "summary":
			r.sums.Of(f.ID).Print(w, r.opt.Moved[f])
		case "callgraph":
			r.calls(f, w)
		default:
			return fmt.Errorf("cannot dump %q: there are ir, callgraph, summary and order", what)
		}
	}
	return nil
}

// calls writes what f calls and who calls it.
func (r *Result) calls(f *ir.Func, w io.Writer) {
	fmt.Fprintf(w, "%s\n", f.ID)
	for _, b := range f.Blocks {
		for i := range b.Ops {
			op := &b.Ops[i]
			if op.Kind != ir.Call {
				continue
			}
			c := &op.Callee
			fmt.Fprintf(w, "  %4d calls %s", r.line(f, op.Pos), c)
			switch {
			case c.Indirect():
				for _, t := range r.sums.Graph.Indirect(c.Owner, c.Field, "", f) {
					fmt.Fprintf(w, "\n         -> %s  (%s:%d)", t.Func, t.File, t.Line)
				}
			case len(c.Targets) == 0:
				fmt.Fprint(w, "  (no definition)")
			default:
				fmt.Fprintf(w, "  (%s)", strings.Join(c.Targets, ", "))
			}
			fmt.Fprintln(w)
		}
	}
	for _, g := range r.funcs {
		if slices.Contains(r.sums.Graph.Callees[g.ID], f.ID) {
			fmt.Fprintf(w, "  called or referred to by %s\n", g.ID)
		}
	}
}
