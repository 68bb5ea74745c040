package vet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"
)

// Analyzer checks one package at a time, for go vet and other drivers. It is
// what Run does, but for callers that have not been seen yet.
var Analyzer = &analysis.Analyzer{
	Name: "lockorder",
	Doc: `check the order in which locks are taken

A lock that is taken against a declared order, two locks that are taken in both
orders, a lock that its holder takes again, a way out that keeps a lock: see
"lockorder explain". Orders are declared in ` + RulesFile + ` in the root of the
module, and in comments: //lockorder:order Store.mu < Bucket.mu`,
	Run:       runUnit,
	FactTypes: []analysis.Fact{(*Locks)(nil)},
}

// unitComments are what the flags of Analyzer say.
var unitComments Comments

func init() {
	Analyzer.Flags.BoolVar(&unitComments.Read, "comments", false, "read the orders that comments declare in words")
	Analyzer.Flags.Func("first", "the `sign` of the lock taken first: < if \"a < b\" in comments says a before b, > if \"a > b\" does", func(s string) error {
		unitComments.Sign = rules.Sign(s)
		if s != string(rules.LessFirst) && s != string(rules.GreaterFirst) {
			return errors.New("it is < or >")
		}
		return nil
	})
}

// Locks is the fact about a package: what an importer may have to know of its
// functions, and of those of the packages that its API mentions; the pairs of
// locks that it and all that it imports make; and the orders that they declare.
// The driver hands a package's facts to its direct importers alone, and forgets
// those about functions that cannot be named: so all is in this one.
type Locks struct {
	Summaries *summary.Portable
	Wrappers  []string // types that only wrap a lock
	Conds     []Cond
	Orders    []Declared
}

// A Cond says that field Lock, by its number, of a type holds the lock of the
// sync.Cond in another field.
type Cond struct {
	Owner, Field string
	Lock         int
}

// A Declared is an order that a comment declares.
type Declared struct {
	Before, After string
	File          string
	Line          int
}

func (*Locks) AFact() {}

func (l *Locks) String() string { return fmt.Sprintf("locks of %d functions", len(l.Summaries.Funcs)) }

// A unit is one package under analysis.
type unit struct {
	pass    *analysis.Pass
	prog    *program
	sources *sources
	facts   []*Locks // of the direct imports
	known   map[string]*summary.Summary
	orders  []Declared
	sums    *summary.Set
	tokens  map[string]*token.File
}

func runUnit(pass *analysis.Pass) (any, error) {
	if len(pass.Files) == 0 || ofStandardLibrary(pass) {
		return nil, nil // what it does to locks is known from the rules
	}
	base, err := embedded()
	if err != nil {
		return nil, err
	}
	rs, err := rules.Load(base...)
	if err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	dir := filepath.Dir(pass.Fset.File(pass.Files[0].FileStart).Name())
	// Of a module in the cache nobody reads reports.
	dependency := pass.Module != nil && pass.Module.Version != ""
	u := &unit{pass: pass, sources: newSources(cmp.Or(moduleRoot(dir), dir)), known: map[string]*summary.Summary{}, tokens: map[string]*token.File{}}
	u.prog = newProgram(pass.Fset, rs, u.sources.name)
	if err := u.imports(); err != nil {
		return nil, err
	}
	if err := u.build(rs); err != nil {
		return nil, err
	}
	if err := u.report(base, dependency); err != nil {
		return nil, err
	}
	u.export()
	return nil, nil
}

// ofStandardLibrary reports whether the package comes with Go: it has no module,
// and stands where a Go installation has it.
func ofStandardLibrary(pass *analysis.Pass) bool {
	if pass.Module != nil && pass.Module.Path != "" {
		return false
	}
	for _, f := range pass.Files {
		dir := filepath.ToSlash(filepath.Dir(pass.Fset.File(f.FileStart).Name()))
		if root, ok := strings.CutSuffix(dir, "/src/"+pass.Pkg.Path()); ok {
			_, err := os.Stat(filepath.Join(root, "src", "runtime"))
			return err == nil
		}
	}
	return false
}

// imports reads the facts of the imports.
func (u *unit) imports() error {
	for _, p := range u.pass.Pkg.Imports() {
		var f Locks
		if !u.pass.ImportPackageFact(p, &f) {
			continue
		}
		sums, err := f.Summaries.Import(u.prog.rules, func(id string, size int) bool {
			old := u.known[id]
			return old == nil || len(old.Outcomes)+len(old.Events)+len(old.Pairs) < size
		})
		if err != nil {
			return fmt.Errorf("facts of %s: %w", p.Path(), err)
		}
		for _, s := range sums {
			u.known[s.Func.ID] = s
		}
		for _, w := range f.Wrappers {
			u.prog.wrappers[w] = true
		}
		for _, c := range f.Conds {
			u.prog.conds[member{c.Owner, c.Field}] = c.Lock
		}
		u.facts = append(u.facts, &f)
		u.orders = append(u.orders, f.Orders...)
	}
	return nil
}

// build lowers the package and summarises its functions.
func (u *unit) build(rs *rules.Set) error {
	prog := ssa.NewProgram(u.pass.Fset, ssa.BuilderMode(0))
	created := map[*types.Package]bool{}
	var create func(list []*types.Package)
	create = func(list []*types.Package) {
		for _, p := range list {
			if !created[p] {
				created[p] = true
				prog.CreatePackage(p, nil, nil, true)
				create(p.Imports())
			}
		}
	}
	create(u.pass.Pkg.Imports())
	pkg := prog.CreatePackage(u.pass.Pkg, u.pass.Files, u.pass.TypesInfo, false)
	pkg.Build()
	u.prog.add(pkg, u.pass.Files)
	for _, p := range u.pass.Pkg.Imports() { // which may implement an interface of this one
		u.prog.addTypes(p)
	}
	u.prog.lowerAll()
	funcs := slices.Clone(u.prog.funcs)
	for _, f := range u.prog.funcs {
		delete(u.known, f.ID)
	}
	for _, s := range u.known {
		funcs = append(funcs, s.Func)
	}
	slices.SortFunc(funcs, func(a, b *ir.Func) int { return strings.Compare(a.ID, b.ID) })
	u.prog.funcs = funcs
	g := callgraph.New(funcs, u.prog.bindings)
	g.Everywhere = true
	o := summary.Options{
		Rules: rs.ForGo("", u.prog.containers()), Workers: 1, GlobalName: func(n string) string { return n }, Methods: true, Known: u.known,
	}
	var err error
	u.sums, err = summary.All(context.Background(), g, o)
	return err
}

// report runs the checks and reports what concerns the package; of a
// dependency it only notes the orders that its comments declare.
func (u *unit) report(base []rules.Source, dependency bool) error {
	declared := u.prog.directives(u.pass.Pkg, u.pass.Files)
	if dependency && len(declared) == 0 {
		return nil
	}
	home, root := u.module()
	own, err := ruleFiles(root, nil, u.sources.name)
	if err != nil {
		return fmt.Errorf("loading rules: %w", err)
	}
	rs, err := rules.Load(slices.Concat(base, own, declared)...)
	if err != nil {
		return fmt.Errorf("loading rules: %w", err)
	}
	mine := map[string]bool{}
	for _, f := range u.pass.Files {
		tf := u.pass.Fset.File(f.FileStart)
		name := u.sources.name(tf.Name())
		mine[name] = true
		u.tokens[name] = tf
	}
	imp, err := u.comments(rs, dependency)
	if err != nil {
		return fmt.Errorf("reading comments: %w", err)
	}
	rs = rs.WithOrders(slices.Concat(u.inherited(), imp.Orders)).Natural(home, u.naturals())
	r := check.New(u.prog.funcs, rs, u.sums, check.Options{Line: u.sources.line, Library: true, Outermost: true})
	u.declare(rs, declared)
	short := newShortener(u.prog.funcs)
	for _, n := range u.naturals() {
		short.add(n)
	}
	list, err := check.Select(nil)
	if err != nil {
		return err
	}
	for _, p := range u.prog.problems {
		u.pass.Reportf(u.at(p.Pos), "%s", p.Message)
	}
	for _, v := range r.Run(list).Shown {
		if u.concerned(v, mine) {
			short.violation(v)
			u.pass.Report(u.diagnostic(v, mine))
		}
	}
	return nil
}

// comments reads the orders that comments of the package declare, unless it is a
// dependency.
func (u *unit) comments(rs *rules.Set, dependency bool) (rules.Import, error) {
	if !unitComments.Read || dependency {
		return rules.Import{}, nil
	}
	u.prog.rules = rs
	names := newLockNames(u.prog)
	names.add(u.pass.Pkg, u.pass.Files)
	return names.imported(&unitComments, rs, slices.Sorted(maps.Keys(u.tokens)), func(name string) ([]byte, error) {
		return u.pass.ReadFile(u.tokens[name].Name())
	})
}

// module is the module that the package is in, and its root.
func (u *unit) module() (path, root string) {
	if m := u.pass.Module; m != nil {
		path = m.Path
	}
	if len(u.pass.Files) == 0 {
		return path, ""
	}
	return path, moduleRoot(filepath.Dir(u.pass.Fset.File(u.pass.Files[0].FileStart).Name()))
}

// moduleRoot is the nearest directory above dir with a go.mod, "" if there is
// none.
func moduleRoot(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// inherited are the orders that imports declare.
func (u *unit) inherited() (out []rules.Order) {
	for _, d := range u.orders {
		out = append(out, rules.Order{
			Before: rules.MakeClass(d.Before, "", 0), After: rules.MakeClass(d.After, "", 0), From: rules.FromRules,
			Pos: token.Position{Filename: d.File, Line: d.Line},
		})
	}
	return out
}

// declare notes the orders in the package's comments, for importers.
func (u *unit) declare(rs *rules.Set, declared []rules.Source) {
	from := map[string]bool{}
	for _, s := range declared {
		from[s.Name] = true
	}
	for _, o := range rs.Orders() {
		if from[o.Pos.Filename] || o.From == rules.FromComment {
			u.orders = append(u.orders, Declared{o.Before.Name(), o.After.Name(), o.Pos.Filename, o.Pos.Line})
		}
	}
	slices.SortFunc(u.orders, func(a, b Declared) int {
		return cmp.Or(strings.Compare(a.Before, b.Before), strings.Compare(a.After, b.After), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	u.orders = slices.Compact(u.orders)
}

// naturals lists the locks that are seen.
func (u *unit) naturals() []string {
	seen := map[string]bool{}
	for _, f := range u.prog.funcs {
		s := u.sums.Of(f.ID)
		for _, e := range s.Events {
			for _, c := range e.Classes {
				seen[c.Name()] = true
			}
		}
		for _, p := range s.Pairs {
			seen[p.OuterClass.Name()], seen[p.InnerClass.Name()] = true, true
		}
		for _, q := range s.Requires {
			for _, c := range q.Classes {
				seen[c.Name()] = true
			}
		}
	}
	var out []string
	for n := range seen {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// concerned reports whether v is for this package to report: a path goes
// through it, or it is the first to see both sides of a cycle.
func (u *unit) concerned(v *report.Violation, mine map[string]bool) bool {
	for _, p := range v.Paths {
		for _, s := range p.Steps {
			if mine[s.Pos.File] && !(v.Check == "order" && p.Inner != v.Inner) {
				return true
			}
		}
	}
	if v.Check != "cycle" {
		return false
	}
	return !slices.ContainsFunc(u.facts, func(f *Locks) bool {
		for _, p := range v.Paths {
			if !f.has(p.Outer, p.Inner) {
				return false
			}
		}
		return true
	})
}

func (l *Locks) has(outer, inner string) bool {
	s := l.Summaries
	for i := range s.Funcs {
		for _, p := range s.Funcs[i].Pairs {
			if s.Strings[p.Classes[0]] == outer && s.Strings[p.Classes[1]] == inner {
				return true
			}
		}
	}
	return false
}

// at is the position in the package's files that pos says, or the package
// clause.
func (u *unit) at(pos report.Position) token.Pos {
	tf := u.tokens[pos.File]
	if tf == nil || pos.Line < 1 || pos.Line > tf.LineCount() {
		return u.pass.Files[0].Name.Pos()
	}
	return tf.LineStart(pos.Line) + token.Pos(max(0, pos.Col-1))
}

// diagnostic says what v says: some viewers show the message alone, so that
// the paths are in it.
func (u *unit) diagnostic(v *report.Violation, mine map[string]bool) analysis.Diagnostic {
	var b strings.Builder
	b.WriteString(v.Message)
	for _, d := range v.Rule {
		fmt.Fprintf(&b, "; %s < %s is declared at %s", d.Before, d.After, d.Pos)
	}
	diag := analysis.Diagnostic{Category: v.Check}
	pos := v.Pos
	outside := !mine[pos.File] // then the last step in the package is the place
	for i, p := range v.Paths {
		fmt.Fprintf(&b, "\n\tpath %d:", i+1)
		for _, s := range p.Steps {
			what := fmt.Sprintf("%s %s", s.Function, strings.TrimSpace(string(s.Verb)+" "+s.Target))
			fmt.Fprintf(&b, " %s (%s);", what, s.Pos)
			if mine[s.Pos.File] {
				if outside && i == 0 {
					pos = s.Pos
				}
				diag.Related = append(diag.Related, analysis.RelatedInformation{Pos: u.at(s.Pos), Message: what})
			}
		}
	}
	diag.Pos, diag.Message = u.at(pos), strings.TrimSuffix(b.String(), ";")+" ["+v.Check+"]"
	return diag
}

// maxWitnesses bounds the pairs of two classes that a fact carries.
const maxWitnesses = 2

// export makes the fact of the package.
func (u *unit) export() {
	api := apiPackages(u.pass.Pkg)
	type edge struct{ outer, inner rules.Class }
	seen := map[edge]int{}
	var sums []*summary.Summary
	for _, f := range u.prog.funcs {
		s := *u.sums.Of(f.ID)
		s.Pairs = slices.DeleteFunc(slices.Clone(s.Pairs), func(p *summary.Pair) bool {
			if p.Infeasible || p.Inner.Try || p.Inner.Kind != summary.Acquire || p.Fresh || p.Outer.Entry {
				return true
			}
			e := edge{p.OuterClass, p.InnerClass}
			seen[e]++
			return seen[e] > maxWitnesses
		})
		sums = append(sums, &s)
	}
	l := &Locks{Wrappers: u.prog.containers(), Conds: u.prog.condLocks(), Orders: u.orders}
	l.Summaries = summary.Export(sums, func(s *summary.Summary) bool {
		return api[idPackage(s.Func.ID)] && callable(s.Func) && tells(s)
	})
	if len(l.Summaries.Funcs) > 0 || len(l.Wrappers)+len(l.Conds)+len(l.Orders) > 0 {
		u.pass.ExportPackageFact(l)
	}
}

// callable reports whether another package may call f: it is a method, which
// may be called by an interface or where it is embedded, or exported.
func callable(f *ir.Func) bool {
	if strings.Contains(f.ID, "$") {
		return false
	}
	if strings.HasPrefix(f.ID, "(") {
		return true
	}
	return token.IsExported(f.ID[strings.LastIndexByte(f.ID, '.')+1:])
}

// tells reports whether a caller may want to know of s.
func tells(s *summary.Summary) bool {
	if len(s.Events) > 0 || len(s.Requires) > 0 || s.NoReturn {
		return true
	}
	for i := range s.Outcomes {
		if o := &s.Outcomes[i]; len(o.Acquired) > 0 || len(o.Released) > 0 {
			return true
		}
	}
	return s.RetExpr != nil && s.RetExpr.Op == ir.Field // the address of a lock, perhaps
}

// idPackage is the import path in the ID of a function.
func idPackage(id string) string { return packagePath(strings.TrimLeft(id, "(*")) }

// apiPackages are the packages whose types the exported declarations of pkg
// mention, and pkg.
func apiPackages(pkg *types.Package) map[string]bool {
	out := map[string]bool{pkg.Path(): true}
	seen := map[types.Type]bool{}
	var walk func(t types.Type)
	walk = func(t types.Type) {
		if t == nil || seen[t] {
			return
		}
		seen[t] = true
		switch t := types.Unalias(t).(type) {
		case *types.Named:
			if p := t.Obj().Pkg(); p != nil {
				out[p.Path()] = true
				if p != pkg {
					return
				}
			}
			walk(t.Underlying())
			for m := range t.Methods() {
				walk(m.Type())
			}
		case *types.Struct:
			for f := range t.Fields() {
				walk(f.Type())
			}
		case *types.Interface:
			for m := range t.Methods() {
				walk(m.Type())
			}
		case *types.Signature:
			walk(t.Params())
			walk(t.Results())
		case *types.Tuple:
			for v := range t.Variables() {
				walk(v.Type())
			}
		case *types.Map:
			walk(t.Key())
			walk(t.Elem())
		case interface{ Elem() types.Type }:
			walk(t.Elem())
		}
	}
	for _, name := range pkg.Scope().Names() {
		if o := pkg.Scope().Lookup(name); o.Exported() {
			walk(o.Type())
		}
	}
	return out
}

// RulesFiles lists the rules files that packages around dir go by: that of the
// module, and of the other modules of its workspace.
func RulesFiles(dir string) ([]string, error) {
	var roots []string
	if r := moduleRoot(dir); r != "" {
		roots = append(roots, r)
	}
	for up := dir; ; up = filepath.Dir(up) {
		name := filepath.Join(up, "go.work")
		if text, err := os.ReadFile(name); err == nil {
			work, err := modfile.ParseWork(name, text, nil)
			if err != nil {
				return nil, err
			}
			for _, use := range work.Use {
				roots = append(roots, filepath.Join(up, filepath.FromSlash(use.Path)))
			}
			break
		}
		if filepath.Dir(up) == up {
			break
		}
	}
	var out []string
	for _, r := range roots {
		name := filepath.Join(r, RulesFile)
		if _, err := os.Stat(name); err == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
