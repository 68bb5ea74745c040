package main

import (
	"context"
	"io"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

// An engine is the analysis, as far as the commands need it.
type engine interface {
	Scan(context.Context, config, report.Handler) error
	Analyze(context.Context, config) (result, error)
	Rules(context.Context, config) (*rules.Set, rules.Import, error)
	Checks() []check
}

// A result answers questions about a tree.
type result interface {
	Pairs() []report.Pair
	Why(outer, inner string) ([]report.Trace, error)
	Locks(fn string) (string, error)
	Classes() []classInfo
	Dump(what, fn string, w io.Writer) error
}

type config struct {
	Root          string
	Paths         []string
	Arch          string
	KConfig       string
	RuleFiles     []string
	RuleSet       string
	Whole         bool
	Workers       int
	All           bool
	MinConfidence string
	Checks        []string
	Progress      func(stage string, done, total int)
}

type check struct {
	Name    string
	Doc     string
	Default bool
}

type classInfo struct {
	Name  string
	Kind  string // "mutex"
	Sites int    // acquisitions in the source
	Outer int    // classes that it is taken under
	Inner int    // classes that are taken under it
}

// analysis is the engine of package analyzer.
type analysis struct{}

func (c config) analyzer() analyzer.Config {
	return analyzer.Config{
		Root: c.Root, Paths: c.Paths, Arch: c.Arch, KConfig: c.KConfig, RuleFiles: c.RuleFiles, RuleSet: c.RuleSet,
		Whole: c.Whole, Workers: c.Workers, All: c.All, MinConfidence: c.MinConfidence, Checks: c.Checks,
		Version: buildVersion(), Progress: c.Progress,
	}
}

func (analysis) Scan(ctx context.Context, c config, h report.Handler) error {
	return analyzer.Run(ctx, c.analyzer(), h)
}

func (analysis) Analyze(ctx context.Context, c config) (result, error) {
	r, err := analyzer.Analyze(ctx, c.analyzer())
	if err != nil {
		return nil, err
	}
	return analyzed{r}, nil
}

func (analysis) Rules(ctx context.Context, c config) (*rules.Set, rules.Import, error) {
	return analyzer.Rules(ctx, c.analyzer())
}

func (analysis) Checks() []check {
	var out []check
	for _, k := range analyzer.Checks() {
		out = append(out, check{Name: k.Name, Doc: k.Doc, Default: k.Default})
	}
	return out
}

// analyzed is a result of package analyzer.
type analyzed struct{ *analyzer.Result }

func (a analyzed) Classes() []classInfo {
	var out []classInfo
	for _, c := range a.Result.Classes() {
		out = append(out, classInfo(c))
	}
	return out
}
