// Package callgraph connects the functions of a program: direct calls,
// functions that are passed or stored as values, and calls through members
// of records (ops tables), resolved by record type and member.
//
// The graph orders the summaries, callees first. Only edges that are certain
// to matter for that order are in it: calls by name, and references to a
// function as a value, because a caller that passes a callback resolves the
// callee's call through it. Calls through ops tables are not: they would make
// most of a kernel call itself. Their targets are listed by Indirect, and the
// summaries take them from the pass before, as they do the callee of the one
// call that closes a recursion. Where it is known through which variable a call goes, and
// that is const, what its initialiser says is all: a function that is missing there
// because the initialiser was not understood is missed.
package callgraph

import (
	"path"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
)

// A Binding says that member Field of some object of record type Owner
// points to the function Func.
type Binding struct {
	Owner, Field string
	Func         string // ID
	File         string // where it is said
	Line         int32
	Via          string // how a report names the way; "" for an ops table
	Table        string // the variable that is initialised so, if it is one
	Const        bool   // it holds that and nothing else
}

// A Graph is the call graph of a program. It does not change once built.
type Graph struct {
	Funcs   map[string]*ir.Func
	Callees map[string][]string // certain edges, sorted
	Order   []string            // of the functions: callees first, but for recursion
	Rank    map[string]int      // where each function stands in Order
	// Everywhere: a call through a pointer may reach any directory's functions.
	Everywhere bool
	indirect   map[member][]Binding
	tables     map[inTable]bool
	fixed      map[string]bool // tables that do not change
	pointed    map[string]bool
}

type member struct{ owner, field string }

type inTable struct {
	table string
	member
	fn string
}

// New builds the graph of funcs. Bindings come from initialisers; those made
// by assignments are found in funcs.
func New(funcs []*ir.Func, bindings []Binding) *Graph { return NewKnown(funcs, bindings, nil, nil) }

// NewKnown is New for one of several programs that have functions in common: it notes in
// known, if that is not nil, what is found in them. moved says by how many lines the text
// of a function is further down in this program than its ir says.
func NewKnown(funcs []*ir.Func, bindings []Binding, known Known, moved map[*ir.Func]int) *Graph {
	g := &Graph{
		Funcs: make(map[string]*ir.Func, len(funcs)), Callees: make(map[string][]string, len(funcs)),
		Rank: make(map[string]int, len(funcs)), indirect: map[member][]Binding{}, tables: map[inTable]bool{}, fixed: map[string]bool{},
		pointed: map[string]bool{},
	}
	for _, f := range funcs {
		g.Funcs[f.ID] = f
	}
	for _, b := range bindings {
		g.bind(b)
	}
	ids := make([]string, 0, len(funcs))
	for _, f := range funcs {
		ids = append(ids, f.ID)
		r := known[f]
		if r == nil {
			r = refsOf(f)
			if known != nil {
				known[f] = r
			}
		}
		g.Callees[f.ID] = g.add(r, int32(moved[f]))
	}
	slices.Sort(ids)
	for m, bs := range g.indirect {
		slices.SortFunc(bs, func(a, b Binding) int {
			if c := strings.Compare(a.Func, b.Func); c != 0 {
				return c
			}
			if c := strings.Compare(a.File, b.File); c != 0 {
				return c
			}
			return int(a.Line - b.Line)
		})
		g.indirect[m] = slices.CompactFunc(bs, func(a, b Binding) bool { return a.Func == b.Func })
	}
	g.Order = order(ids, g.Callees)
	for i, id := range g.Order {
		g.Rank[id] = i
	}
	return g
}

func (g *Graph) bind(b Binding) {
	if b.Const {
		g.fixed[b.Table] = true
	}
	if _, ok := g.Funcs[b.Func]; ok && b.Owner != "" {
		m := member{b.Owner, b.Field}
		g.indirect[m] = append(g.indirect[m], b)
		g.pointed[b.Func] = true
		if b.Table != "" {
			g.tables[inTable{b.Table, m, b.Func}] = true
			g.tables[inTable{b.Table[strings.LastIndexByte(b.Table, ':')+1:], m, b.Func}] = true
		}
	}
}

// InTable reports whether the variable of this name, or of this file and name, is
// initialised with the function in that member.
func (g *Graph) InTable(table, owner, field, id string) bool {
	return g.tables[inTable{table, member{owner, field}, id}]
}

// Known is what functions refer to.
type Known map[*ir.Func]*funcRefs

// funcRefs is what one function refers to.
type funcRefs struct {
	names    []string  // of what it calls by name or refers to as a value, sorted
	values   []string  // of the latter
	bindings []Binding // that it makes
}

func refsOf(f *ir.Func) *funcRefs {
	r := &funcRefs{}
	var refs func(e *ir.Expr)
	refs = func(e *ir.Expr) {
		for ; e != nil; e = e.X {
			if e.Op == ir.FuncAddr {
				r.values = append(r.values, e.Name)
			}
			refs(e.Y)
		}
	}
	for _, b := range f.Blocks {
		for i := range b.Ops {
			op := &b.Ops[i]
			r.names = append(r.names, op.Callee.Targets...)
			refs(op.Val)
			refs(op.Callee.Ptr)
			for _, a := range op.Args {
				refs(a)
			}
			if op.Kind == ir.Store && op.Val.Op == ir.FuncAddr && op.Addr.Op == ir.Field {
				r.bindings = append(r.bindings, Binding{Owner: op.Addr.Owner, Field: op.Addr.Name, Func: op.Val.Name, File: f.File, Line: op.Pos.Line})
			}
		}
		refs(b.Cond)
		refs(b.Ret)
	}
	r.names = append(r.names, r.values...)
	slices.Sort(r.names)
	r.names = slices.Clone(slices.Compact(r.names))
	return r
}

// add enters what a function refers to that is so many lines further down, and returns whom
// of the graph it may call.
func (g *Graph) add(r *funcRefs, lines int32) []string {
	for _, name := range r.values {
		g.pointed[name] = true
	}
	for _, b := range r.bindings {
		b.Line += lines
		g.bind(b)
	}
	in := func(id string) bool { _, ok := g.Funcs[id]; return ok }
	n := 0
	for n < len(r.names) && in(r.names[n]) {
		n++
	}
	if n == len(r.names) {
		return r.names
	}
	out := append(make([]string, 0, len(r.names)), r.names[:n]...)
	for _, id := range r.names[n:] {
		if in(id) {
			out = append(out, id)
		}
	}
	return out
}

// Indirect lists the functions that a call through owner.field made in from
// may reach. What belongs to another module than from cannot be: a path of
// one file system does not continue in the operations of the next. Where the call is
// through the global called table, and that is const, only what it is initialised
// with is meant.
func (g *Graph) Indirect(owner, field, table string, from *ir.Func) []Binding {
	if owner == "" {
		return nil
	}
	all := g.indirect[member{owner, field}]
	out := make([]Binding, 0, len(all))
	for _, b := range all {
		if g.fixed[table] && !g.InTable(table, owner, field, b.Func) {
			continue
		}
		if g.Everywhere || g.fixed[table] || !Foreign(from.File, g.Funcs[b.Func].File) {
			out = append(out, b)
		}
	}
	return out
}

// Bound lists the functions that a member of a record may point to, wherever they are.
func (g *Graph) Bound(owner, field string) []Binding { return g.indirect[member{owner, field}] }

// Pointed reports whether some code has a pointer to a function: a call by another
// name may reach it.
func (g *Graph) Pointed(id string) bool { return g.pointed[id] }

// Members returns the number of (record, member) pairs that have targets.
func (g *Graph) Members() int { return len(g.indirect) }

// Foreign reports whether two files belong to sibling modules: directories
// of which neither contains the other, two or more levels below the root and
// with a common parent (fs/ext4 and fs/btrfs; drivers/net/a and
// drivers/net/b, drivers/scsi and drivers/net).
func Foreign(a, b string) bool {
	da, db := path.Dir(a), path.Dir(b)
	if da == db || strings.HasPrefix(da, db+"/") || strings.HasPrefix(db, da+"/") {
		return false
	}
	i := strings.IndexByte(da, '/')
	j := strings.IndexByte(db, '/')
	return i > 0 && j > 0 && da[:i] == db[:j] && da[:i] != "include"
}
