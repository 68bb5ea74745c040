package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/mattn/go-isatty"
	"github.com/spf13/pflag"
)

// outputFlags are the flags of the commands that show reports.
type outputFlags struct {
	format  string
	color   string
	stats   bool
	timings bool
}

func (f *outputFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "format", "text", "text, json, sarif or codequality (GitLab's) as `FORMAT` (see \"lockorder help json\")")
	f.addColor(flags)
	flags.BoolVar(&f.stats, "stats", false, "also print the figures of each directory, and each known gap")
	flags.BoolVar(&f.timings, "timings", false, "also print how long each stage took")
}

func (f *outputFlags) addColor(flags *pflag.FlagSet) {
	flags.StringVar(&f.color, "color", "auto", "colours: auto, always or never as `WHEN`")
}

// handler returns the output that the flags ask for, with the reports counted.
// The tree that was scanned, if one was, goes by the name that the user gave it.
func (p *program) handler(f *outputFlags, tree *treeFlags, clear func()) (report.Handler, error) {
	opts, err := p.textOptions(f)
	if err != nil {
		return nil, err
	}
	t := &tally{p: p, tree: tree, clear: clear, timings: f.timings}
	switch f.format {
	case "text":
		t.next = report.NewText(p.stdout, opts)
	case "json":
		t.next = report.NewJSON(p.stdout)
	case "sarif":
		t.next = report.NewSARIF(p.stdout, p.sarifOptions())
	case "codequality":
		t.next = report.NewCodeQuality(p.stdout)
	default:
		return nil, misuse("--format %s: there are text, json, sarif and codequality", f.format)
	}
	return t, nil
}

func (p *program) textOptions(f *outputFlags) (report.TextOptions, error) {
	opts := report.TextOptions{Stats: f.stats}
	switch f.color {
	case "always":
		opts.Color = true
	case "never":
	case "auto":
		opts.Color = p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb" && terminal(p.stdout)
	default:
		return opts, misuse("--color %s: there are auto, always and never", f.color)
	}
	return opts, nil
}

// sarifOptions describes the checks.
func (p *program) sarifOptions() (o report.SARIFOptions) {
	for _, c := range p.engine.Checks() {
		o.Rules = append(o.Rules, report.CheckDoc{Name: c.Name, Doc: c.Doc})
	}
	return o
}

// terminal reports whether a stream ends at a person.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}

// A tally counts what goes by, for the exit status. It holds the config back
// until there is something to show with it: a command that fails at once writes
// nothing.
type tally struct {
	p       *program
	next    report.Handler
	tree    *treeFlags
	clear   func() // takes the progress off the terminal
	timings bool
	config  *report.Config // held back
}

func (t *tally) Config(c *report.Config) error {
	if t.tree != nil {
		named := *c
		named.Tree = t.tree.tree
		c = &named
	}
	t.config = c
	return nil
}

func (t *tally) begin() error {
	t.clear()
	if c := t.config; c != nil {
		t.config = nil
		return t.next.Config(c)
	}
	return nil
}

func (t *tally) Problem(q *report.Problem) error {
	if !q.Warning {
		t.p.troubles++
	}
	if err := t.begin(); err != nil {
		return err
	}
	return t.next.Problem(q)
}

func (t *tally) Violation(v *report.Violation) error {
	if v.Fault() {
		t.p.violations++
	}
	if err := t.begin(); err != nil {
		return err
	}
	return t.next.Violation(v)
}

func (t *tally) Stats(s *report.Stats) error {
	if err := t.begin(); err != nil {
		return err
	}
	if !t.timings && s.Timings != nil {
		bare := *s
		bare.Timings = nil
		s = &bare
	}
	return t.next.Stats(s)
}

func (t *tally) Close() error { return t.next.Close() }

// A progress shows a person how far a scan is.
type progress struct {
	p     *program
	mu    sync.Mutex
	last  time.Time
	shown bool
	off   bool
}

// progress returns what shows the progress and what takes it away. Where nobody
// looks, which is anywhere but at a terminal, show is nil.
func (p *program) progress(quiet bool) (show func(stage string, done, total int), clear func()) {
	if quiet || !terminal(p.stderr) || p.getenv("TERM") == "dumb" {
		return nil, func() {}
	}
	g := &progress{p: p}
	return g.show, g.clear
}

// show may be called from any goroutine. It writes ten times a second at most.
func (g *progress) show(stage string, done, total int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.off || now.Sub(g.last) < time.Second/10 {
		return
	}
	g.last, g.shown = now, true
	if total > 0 {
		fmt.Fprintf(g.p.stderr, "\r\x1b[K%s %d/%d", stage, done, total)
	} else {
		fmt.Fprintf(g.p.stderr, "\r\x1b[K%s %d", stage, done)
	}
}

// clear takes the progress away for good.
func (g *progress) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shown {
		fmt.Fprint(g.p.stderr, "\r\x1b[K")
	}
	g.shown, g.off = false, true
}
