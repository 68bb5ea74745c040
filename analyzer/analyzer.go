package analyzer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/rules"
)

// Config says what to analyse and how.
type Config struct {
	Root          string   // the tree
	Paths         []string // what is reported on, relative to Root; none: all of it
	Arch          string   // "" is x86
	KConfig       string   // a .config; "" is Root's own, else the built-in default
	RuleFiles     []string
	RuleSet       string // "linux", "posix"; "" is told from the sources
	Whole         bool   // load everything below Root
	Workers       int    // 0: as many as there are processors
	All           bool   // report low confidence too
	MinConfidence string // "high", "medium", "low"; "" is medium
	Checks        []string
	Arms          bool // also look at the #if arms that the configuration leaves out
	Version       string
	Progress      func(stage string, done, total int) // nil: none

	// Overlay has files that are read instead of the tree's, by their names
	// relative to Root; nil contents: the file is not there.
	Overlay map[string][]byte

	Cache *cache.Cache // of what runs before have found out; nil: none

	Existing bool // Patch: also send what the series does not change

	extra      *extra // further functions to read; nil: none
	everywhere bool   // report on all that was read
	nothing    bool   // Paths do not exist: read extra alone
	unbuilt    bool   // also read what is on the paths and not built
	reuse      *reuse // of the load before; nil: none
	lean       bool   // the checks alone will be asked for
}

// least is the confidence from which on reports are shown.
func (c *Config) least() report.Confidence {
	if c.All {
		return report.Low
	}
	return cmp.Or(report.Confidence(c.MinConfidence), report.Medium)
}

// Run analyses the tree and sends what the checks find to h. It does not
// close h. The error is about the analysis as a whole; trouble with single
// files or functions is sent to h as problems.
func Run(ctx context.Context, cfg Config, h report.Handler) error {
	checks, err := check.Select(cfg.Checks)
	if err != nil {
		return err // before the work
	}
	key := keyOf(cfg, checks)
	if done, err := replay(cfg, key, h); done || err != nil {
		return err
	}
	cfg.lean = cfg.reuse == nil && !cfg.Arms && check.Lean(checks)
	r, err := Analyze(ctx, cfg)
	if err != nil {
		return err
	}
	h, kept := record(key, h)
	if err := r.Report(h); err != nil {
		return err
	}
	kept.keep(cfg, key)
	return nil
}

// A Result is an analysed tree. Its methods answer questions about it; those
// that the summaries answer are the ones of check.Result.
type Result struct {
	*check.Result
	cfg    Config
	prog   *program
	sums   *summary.Set
	inPath func(file string) bool
	arms   *armsRun // nil: those of the configuration only
}

// Analyze loads the tree and summarises it.
func Analyze(ctx context.Context, cfg Config) (*Result, error) {
	if cfg.Arms {
		return analyzeArms(ctx, cfg)
	}
	return analyze(ctx, cfg)
}

func analyze(ctx context.Context, cfg Config) (*Result, error) {
	r, err := loadResult(ctx, cfg)
	if err != nil {
		return nil, err
	}
	var orders sync.WaitGroup
	orders.Go(r.prog.readOrders)
	err = r.summarise(ctx)
	orders.Wait()
	if err != nil {
		return nil, err
	}
	r.open()
	return r, nil
}

// loadResult is the first part of analyze.
func loadResult(ctx context.Context, cfg Config) (*Result, error) {
	r := &Result{cfg: cfg, inPath: pathFilter(cfg.Paths)}
	if cfg.everywhere {
		r.inPath = pathFilter(nil)
	}
	var err error
	if r.prog, err = load(ctx, cfg); err != nil {
		return nil, err
	}
	if left := r.prog.leftOut; len(left) > 0 && !cfg.everywhere {
		under := r.inPath
		r.inPath = func(file string) bool {
			_, out := slices.BinarySearch(left, file)
			return !out && under(file)
		}
	}
	return r, nil
}

// summarise is the second part.
func (r *Result) summarise(ctx context.Context) error {
	cfg := r.cfg
	var known callgraph.Known
	if u := cfg.reuse; u != nil {
		if u.known == nil {
			u.known = callgraph.Known{}
		}
		if known = u.known; !u.keeps() {
			known = maps.Clone(known)
		}
	}
	g := callgraph.NewKnown(r.prog.funcs, r.prog.bindings, known, r.prog.moved)
	o := summary.Options{
		Rules: r.prog.plain, Workers: cfg.Workers, GlobalName: r.prog.globalName, Progress: stage(cfg, "summaries"), Cut: r.prog.beyond > 0, Lean: cfg.lean,
	}
	var err error
	if o.Memo, err = r.prog.memo(cfg); err != nil {
		return err
	}
	if r.sums, err = summary.All(ctx, g, o); err != nil {
		return err
	}
	if cfg.reuse == nil {
		o.Memo.Save()
	}
	for _, fn := range r.prog.funcs {
		r.prog.counts.locks(fn, r.sums.Of(fn.ID).Stats)
	}
	return nil
}

// open is the last part: it makes r ready for the checks.
func (r *Result) open() {
	r.Result = check.New(r.prog.funcs, r.prog.rules, r.sums, check.Options{
		InPath: r.inPath, Line: r.prog.text.Line, All: r.cfg.All, MinConfidence: r.cfg.MinConfidence, Moved: r.prog.moved,
	})
}

// Report sends to h what Run would.
func (r *Result) Report(h report.Handler) error {
	checks, err := check.Select(r.cfg.Checks)
	if err != nil {
		return err
	}
	if err := h.Config(r.config(checks)); err != nil {
		return err
	}
	for i := range r.prog.problems {
		if err := h.Problem(&r.prog.problems[i]); err != nil {
			return err
		}
	}
	found := r.Run(checks)
	if r.arms != nil {
		if err := r.arms.violations(checks, &found); err != nil {
			return err
		}
	}
	stats := r.stats(found)
	for _, v := range found.Shown {
		if err := h.Violation(v); err != nil {
			return err
		}
	}
	return h.Stats(stats)
}

// Problems lists the trouble with single files and functions.
func (r *Result) Problems() []report.Problem { return r.prog.problems }

func stage(cfg Config, name string) func(done, total int) {
	if cfg.Progress == nil {
		return nil
	}
	return func(done, total int) { cfg.Progress(name, done, total) }
}

func (r *Result) config(checks []*check.Check) *report.Config {
	c := &report.Config{
		Protocol: report.Protocol, Version: r.cfg.Version, Tree: r.cfg.Root, Paths: r.cfg.Paths, Arch: r.cfg.Arch,
		KConfig: r.prog.kconfig, RuleSet: r.prog.ruleSet, Rules: r.cfg.RuleFiles, Whole: r.cfg.Whole,
	}
	for _, k := range checks {
		c.Checks = append(c.Checks, k.Name)
	}
	return c
}

// stats sums up the analysis.
func (r *Result) stats(found check.Findings) *report.Stats {
	classes, pairs := r.Size()
	s := &report.Stats{
		Counts:     r.prog.counts.total(),
		Reported:   r.prog.counts.where(r.inPath),
		Dirs:       r.prog.counts.dirs(),
		Classes:    classes,
		Pairs:      pairs,
		Declared:   len(r.prog.rules.Orders()),
		Unmapped:   len(r.prog.imported.Unmapped),
		Undefined:  r.prog.undefined,
		LeftOut:    len(r.prog.leftOut),
		StatesCut:  r.sums.Stats.StatesCut + r.sums.Stats.StepsCut,
		EventsCut:  r.sums.Stats.EventsCut,
		Hidden:     found.Hidden,
		Excepted:   found.Excepted,
		Violations: len(found.Shown),
	}
	if r.arms != nil {
		s.Arms = &r.arms.stats
	}
	return s
}

// Rules returns the rules in force for a tree without analysing it: those of
// the rules files, and those that the tree's comments declare.
func Rules(ctx context.Context, cfg Config) (*rules.Set, rules.Import, error) {
	if err := ctx.Err(); err != nil {
		return nil, rules.Import{}, err
	}
	t, _, err := openTree(cfg)
	if err != nil {
		return nil, rules.Import{}, err
	}
	defer t.Wait()
	set, name, err := loadRules(cfg, t)
	if err != nil {
		return nil, rules.Import{}, fmt.Errorf("loading rules: %w", err)
	}
	set, imp := importOrders(cfg, set, name, &namer{tree: t, rules: set, global: bareGlobal})
	return set, imp, nil
}
