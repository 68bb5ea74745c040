package main

import (
	"context"
	"errors"
	"io"

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

var errNoEngine = errors.New("this build has no engine")

func (analysis) Scan(context.Context, config, report.Handler) error { return errNoEngine }

func (analysis) Analyze(context.Context, config) (result, error) { return nil, errNoEngine }

func (analysis) Rules(context.Context, config) (*rules.Set, rules.Import, error) {
	return nil, rules.Import{}, errNoEngine
}

func (analysis) Checks() []check { return nil }
