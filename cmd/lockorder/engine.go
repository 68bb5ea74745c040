package main

import (
	"context"
	"io"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/lockdep"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

type config = analyzer.Config

// An engine is the analysis, as far as the commands need it. Tests put in one
// that plays back files.
type engine interface {
	Scan(context.Context, config, report.Handler) error
	Patch(context.Context, config, *patch.Series, report.Handler) error
	Analyze(context.Context, config) (result, error)
	Rules(context.Context, config) (*rules.Set, rules.Import, error)
	Checks() []*check.Check
	Lockdep(ctx context.Context, c config, rec *lockdep.Record, scope []string) (*lockdep.Comparison, error)
}

// A result answers questions about a tree. See analyzer.Result.
type result interface {
	Pairs() ([]report.Pair, error)
	Why(outer, inner string) ([]report.Trace, error)
	Locks(fn string) (string, error)
	Classes() []check.ClassInfo
	Dump(what, name string, w io.Writer) error
}

// analysis is the engine of package analyzer.
type analysis struct{}

func (analysis) Scan(ctx context.Context, c config, h report.Handler) error {
	return analyzer.Run(ctx, c, h)
}

func (analysis) Patch(ctx context.Context, c config, s *patch.Series, h report.Handler) error {
	return analyzer.Patch(ctx, c, s, h)
}

func (analysis) Analyze(ctx context.Context, c config) (result, error) {
	return analyzer.Analyze(ctx, c)
}

func (analysis) Rules(ctx context.Context, c config) (*rules.Set, rules.Import, error) {
	return analyzer.Rules(ctx, c)
}

func (analysis) Lockdep(ctx context.Context, c config, rec *lockdep.Record, scope []string) (*lockdep.Comparison, error) {
	return analyzer.Lockdep(ctx, c, rec, scope)
}

func (analysis) Checks() []*check.Check { return check.All() }
