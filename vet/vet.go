package vet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/token"
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
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// RulesFile is the name of the rules file that a module has in its root.
const RulesFile = "lockorder.rules"

// Config says what to analyse and how.
type Config struct {
	Dir           string   // where the go command runs; "" is the current directory
	Patterns      []string // packages, as the go command knows them; none: ./...
	Tests         bool     // their tests too
	RuleFiles     []string // beside the module's own
	Workers       int      // 0: as many as there are processors
	All           bool     // report low confidence too
	MinConfidence string   // "high", "medium", "low"; "" is medium
	Checks        []string
	Comments      Comments
	Imported      func(rules.Import, *rules.Set) // told what was read of these, and all that is declared; nil: nobody
	Version       string
	Progress      func(stage string, done, total int) // nil: none
}

// Run analyses the packages and everything that they import, but the standard
// library, and sends what the checks find in the packages to h. It does not
// close h. The error is about the analysis as a whole; trouble with single
// packages is sent to h as problems.
func Run(ctx context.Context, cfg Config, h report.Handler) error {
	if _, err := check.Select(cfg.Checks); err != nil {
		return err
	}
	r, err := Analyze(ctx, cfg)
	if err != nil {
		return err
	}
	return r.Report(h)
}

// A Result is an analysed program. Its methods answer questions about it.
type Result struct {
	*check.Result
	cfg      Config
	prog     *program
	rules    *rules.Set
	sums     *summary.Set
	files    map[string]bool // of the named packages
	packages int
	sources  *sources
	names    *lockNames
}

// Analyze loads the packages and summarises their functions.
func Analyze(ctx context.Context, cfg Config) (*Result, error) {
	pkgs, err := loadPackages(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	r := &Result{cfg: cfg, files: map[string]bool{}}
	home, root := homeOf(pkgs)
	r.sources = newSources(cmp.Or(cfg.Dir, "."))
	base, err := embedded()
	if err != nil {
		return nil, err
	}
	rs, err := rules.Load(base...)
	if err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	r.prog = newProgram(pkgs[0].Fset, rs, r.sources.name)
	r.names = newLockNames(r.prog)
	declared, err := r.build(pkgs)
	if err != nil {
		return nil, err
	}
	own, err := ruleFiles(root, cfg.RuleFiles, r.sources.name)
	if err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	if rs, err = rules.Load(slices.Concat(base, own, declared)...); err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	r.prog.rules = rs
	if rs, err = r.comments(rs); err != nil {
		return nil, fmt.Errorf("reading comments: %w", err)
	}
	r.prog.rules = rs
	r.prog.lowerAll()
	r.prog.release()
	r.names = nil
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.rules = rs.ForGo(home, r.prog.containers())
	g := callgraph.New(r.prog.funcs, r.prog.bindings)
	g.Everywhere = true
	o := summary.Options{Rules: r.rules, Workers: cfg.Workers, GlobalName: func(n string) string { return n }, Methods: true}
	if cfg.Progress != nil {
		o.Progress = func(done, total int) { cfg.Progress("summaries", done, total) }
	}
	if r.sums, err = summary.All(ctx, g, o); err != nil {
		return nil, err
	}
	r.Result = check.New(r.prog.funcs, r.rules, r.sums, check.Options{
		InPath: func(file string) bool { return r.files[file] }, Line: r.sources.line,
		All: cfg.All, MinConfidence: cfg.MinConfidence, Library: true, Outermost: true,
	})
	return r, nil
}

// loadPackages loads the packages with all that they import.
func loadPackages(ctx context.Context, cfg *Config) ([]*packages.Package, error) {
	patterns := cfg.Patterns
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	pc := &packages.Config{
		Mode:    packages.LoadAllSyntax | packages.NeedModule,
		Context: ctx, Dir: cfg.Dir, Tests: cfg.Tests, Fset: token.NewFileSet(),
	}
	pkgs, err := packages.Load(pc, patterns...)
	if err != nil {
		return nil, fmt.Errorf("loading packages: %w", err)
	}
	if len(pkgs) == 0 {
		return nil, fmt.Errorf("no packages match %s", strings.Join(patterns, " "))
	}
	return pkgs, nil
}

// homeOf is the module of the packages, with its directory.
func homeOf(pkgs []*packages.Package) (path, dir string) {
	for _, p := range pkgs {
		if p.Module != nil && p.Module.Main {
			return p.Module.Path, p.Module.Dir
		}
	}
	return "", ""
}

func embedded() ([]rules.Source, error) {
	base, err := rules.Embedded("go")
	if err != nil {
		return nil, fmt.Errorf("loading rules: %w", err)
	}
	return base, nil
}

// ruleFiles reads the rules of the module, if it has some, and the named ones.
func ruleFiles(root string, names []string, short func(string) string) ([]rules.Source, error) {
	var out []rules.Source
	if root != "" {
		name := filepath.Join(root, RulesFile)
		text, err := os.ReadFile(name)
		if err == nil {
			out = append(out, rules.Source{Name: short(name), Text: text})
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			return nil, err
		}
		out = append(out, rules.Source{Name: n, Text: text})
	}
	return out, nil
}

// build builds the ssa form of the packages, and queues their functions. It
// returns what their comments declare.
func (r *Result) build(pkgs []*packages.Package) ([]rules.Source, error) {
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		if standard(p) { // nobody looks into its functions, and they are many
			p.Syntax, p.TypesInfo = nil, nil
		}
	})
	prog, _ := ssautil.AllPackages(pkgs, ssa.BuilderMode(0))
	named := map[*packages.Package]bool{}
	for _, p := range pkgs {
		named[p] = true
	}
	var declared []rules.Source
	var all []*packages.Package
	packages.Visit(pkgs, nil, func(p *packages.Package) {
		for _, e := range p.Errors {
			r.loadProblem(p, e, !named[p])
		}
		if !standard(p) && p.Types != nil && !p.IllTyped {
			all = append(all, p)
		}
	})
	slices.SortFunc(all, func(a, b *packages.Package) int { return strings.Compare(a.ID, b.ID) })
	for i, p := range all {
		if r.cfg.Progress != nil {
			r.cfg.Progress("packages", i, len(all))
		}
		s := prog.Package(p.Types)
		if s == nil {
			continue
		}
		s.Build()
		r.packages++
		r.prog.add(s, p.Syntax)
		declared = append(declared, r.prog.directives(p.Types, p.Syntax)...)
		if named[p] {
			r.names.add(p.Types, p.Syntax)
			for _, f := range p.CompiledGoFiles {
				r.files[r.sources.name(f)] = true
			}
		}
		p.Syntax, p.TypesInfo = nil, nil
	}
	return declared, nil
}

// comments adds the orders that comments declare, as the configuration says.
func (r *Result) comments(rs *rules.Set) (*rules.Set, error) {
	c := &r.cfg.Comments
	imp, err := r.names.imported(c, rs, slices.Sorted(maps.Keys(r.files)), r.sources.read)
	if err != nil {
		return nil, err
	}
	rs = rs.WithOrders(imp.Orders)
	if r.cfg.Imported != nil && (c.Read || len(c.Chains) > 0) {
		r.cfg.Imported(imp, rs)
	}
	return rs, nil
}

// standard reports whether p is of the standard library: what it does to locks
// is known from the rules.
func standard(p *packages.Package) bool {
	first, _, _ := strings.Cut(p.PkgPath, "/")
	return p.Module == nil && !strings.Contains(first, ".") && p.PkgPath != "command-line-arguments"
}

func (r *Result) loadProblem(p *packages.Package, e packages.Error, warning bool) {
	pos := report.Position{File: p.PkgPath}
	if file, rest, ok := strings.Cut(e.Pos, ":"); ok {
		pos.File = r.sources.name(file)
		fmt.Sscanf(rest, "%d:%d", &pos.Line, &pos.Col)
	}
	r.prog.problems = append(r.prog.problems, report.Problem{Kind: "parse", Pos: pos, Message: e.Msg, Warning: warning})
}

// problem notes trouble with what a comment says.
func (p *program) problem(at token.Pos, msg string) {
	file, pos := p.place(at)
	p.problems = append(p.problems, report.Problem{
		Kind: "rules", Pos: report.Position{File: file, Line: int(pos.Line), Col: int(pos.Col)}, Message: msg, Warning: true,
	})
}

// Report sends to h what Run would.
func (r *Result) Report(h report.Handler) error {
	checks, err := check.Select(r.cfg.Checks)
	if err != nil {
		return err
	}
	c := &report.Config{
		Protocol: report.Protocol, Version: r.cfg.Version, Tree: cmp.Or(r.cfg.Dir, "."), Paths: r.cfg.Patterns,
		RuleSet: "go", Rules: r.cfg.RuleFiles,
	}
	for _, k := range checks {
		c.Checks = append(c.Checks, k.Name)
	}
	if err := h.Config(c); err != nil {
		return err
	}
	problems := r.Problems()
	for i := range problems {
		if err := h.Problem(&problems[i]); err != nil {
			return err
		}
	}
	found := r.Run(checks)
	short := newShortener(r.prog.funcs)
	for _, v := range found.Shown {
		short.violation(v)
		if err := h.Violation(v); err != nil {
			return err
		}
	}
	return h.Stats(r.stats(found))
}

// Problems lists the trouble with single packages, by position.
func (r *Result) Problems() []report.Problem {
	return slices.SortedFunc(slices.Values(r.prog.problems), func(a, b report.Problem) int {
		return cmp.Or(a.Pos.Compare(b.Pos), strings.Compare(a.Message, b.Message))
	})
}

// stats sums up the analysis.
func (r *Result) stats(found check.Findings) *report.Stats {
	classes, pairs := r.Size()
	s := &report.Stats{
		Classes: classes, Pairs: pairs, Declared: len(r.rules.Orders()), Hidden: found.Hidden, Excepted: found.Excepted,
		Violations: len(found.Shown), StatesCut: r.sums.Stats.StatesCut + r.sums.Stats.StepsCut, EventsCut: r.sums.Stats.EventsCut,
	}
	files := map[string]*report.Counts{}
	for _, fn := range r.prog.funcs {
		if fn.File == "" {
			continue // made by the compiler
		}
		c := files[fn.File]
		if c == nil {
			c = &report.Counts{Files: 1}
			files[fn.File] = c
		}
		st := r.sums.Of(fn.ID).Stats
		c.Add(report.Counts{
			Functions: 1, Parsed: 1, LockOps: st.LockOps, Resolved: st.Resolved + st.ByCaller,
			IndirectCalls: st.IndirectCalls, IndirectResolved: st.IndirectResolved,
		})
	}
	for f, c := range files {
		s.Counts.Add(*c)
		if r.files[f] {
			s.Reported.Add(*c)
		}
	}
	return s
}

// Functions returns the ir of the program, sorted by ID.
func (r *Result) Functions() []*ir.Func { return r.prog.funcs }
