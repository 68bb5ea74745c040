package analyzer

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

// Patch analyses the tree before a series and after each of its patches, and
// sends to h what the patches change. Config.Paths are looked at besides the
// files that the patches touch. It does not close h.
//
// What is read is the touched files and all that they call, as in a scan, and
// the functions elsewhere that call into them, if what they call does something
// else to locks than before (see callers.go). Every state is analysed with the
// same functions, so that a fault of code that only one of them refers to is
// no change.
func Patch(ctx context.Context, cfg Config, series *patch.Series, h report.Handler) error {
	s, err := newSeries(ctx, cfg, series)
	if err != nil {
		return err
	}
	defer s.reuse.wait()
	key := keyOf(cfg, s.checks).with(cfg, series, s.states)
	if done, err := replay(cfg, key, h); done || err != nil {
		return err
	}
	h, kept := record(key, h)
	if len(s.paths) > 0 {
		if err := s.analyse(); err != nil {
			return err
		}
	} else {
		s.note("input", 0, report.Position{}, "no C source is touched, and no path is named: nothing was analysed")
	}
	if err := s.send(h, cfg.least()); err != nil {
		return err
	}
	kept.keep(cfg, key)
	return nil
}

// A seriesRun is one run of Patch.
type seriesRun struct {
	ctx    context.Context
	cfg    Config
	checks []*check.Check
	series *patch.Series
	states []*patch.State

	paths []string // what is analysed: in every state, as far as it exists there
	extra extra    // and these functions
	wide  bool     // paths are directories
	reuse *reuse

	ruleSet string // of the first state, once it is loaded

	filter   func(file string) bool // by the first so many paths, which are never taken back
	filtered int

	results  []*Result // a state each
	ahead    []*Result // those that were loaded before they are asked for
	first    *Result
	last     *Result
	found    []patch.Findings
	search   search
	callers  callers
	problems []report.Problem
	notes    []report.Note
}

func newSeries(ctx context.Context, cfg Config, series *patch.Series) (*seriesRun, error) {
	checks, err := check.Select(cfg.Checks)
	if err != nil {
		return nil, err
	}
	states, err := series.Apply(cfg.Root)
	if err != nil {
		return nil, err
	}
	if show := cfg.Progress; show != nil { // of two states at a time
		var mu sync.Mutex
		cfg.Progress = func(stage string, done, total int) {
			mu.Lock()
			defer mu.Unlock()
			show(stage, done, total)
		}
	}
	s := &seriesRun{ctx: ctx, cfg: cfg, checks: checks, series: series, states: states, reuse: &reuse{}}
	s.touched()
	s.reuse.touched = s.paths
	return s, nil
}

func (s *seriesRun) note(kind string, patch int, pos report.Position, format string, args ...any) {
	s.notes = append(s.notes, report.Note{Kind: kind, Patch: patch, Pos: pos, Message: fmt.Sprintf(format, args...)})
}

// touched sets the paths to the sources that the patches touch.
func (s *seriesRun) touched() {
	s.paths = slices.Clone(s.cfg.Paths)
	for _, st := range s.states {
		for _, name := range st.Touched {
			if ext := path.Ext(name); ext == ".c" || ext == ".h" {
				s.paths = append(s.paths, name)
			}
		}
	}
	slices.Sort(s.paths)
	s.paths = slices.Compact(s.paths)
}

// analyse finds what has to be read, and analyses all states with it.
func (s *seriesRun) analyse() error {
	s.results, s.found = make([]*Result, len(s.states)), make([]patch.Findings, len(s.states))
	s.ahead = make([]*Result, len(s.states))
	defer s.search.stop()
	var saving sync.WaitGroup
	defer saving.Wait()
	todo := slices.Compact([]int{0, len(s.states) - 1}) // most of what has to be read besides shows at the ends
	for rounds := 0; len(todo) > 0; {
		saving.Wait()
		var next []int
		if rounds == 0 && s.loaded(true) == nil {
			next = s.between(todo)
		}
		if err := s.versions(todo, next, rounds > 0); err != nil {
			return err
		}
		if s.loaded(false) == nil { // as a rule this was all
			saving.Go(s.reuse.memo.Save)
		}
		if rounds < maxRounds && s.more() {
			rounds++
			s.search.stop()
			todo = s.loaded(true)
			clear(s.results) // to have their memory
			clear(s.ahead)
		} else {
			s.look()
			todo = s.loaded(false)
		}
	}
	s.search.stop()
	s.first, s.last = s.results[0], s.results[len(s.results)-1]
	s.problems = s.last.prog.problems
	s.results = nil
	return nil
}

// maxRounds bounds how often more has to be read than was thought.
const maxRounds = 3

// loaded lists the states that were analysed, or those that were not.
func (s *seriesRun) loaded(yes bool) (list []int) {
	for i, r := range s.results {
		if (r != nil) == yes {
			list = append(list, i)
		}
	}
	return list
}

// have are the results that are there.
func (s *seriesRun) have() (list []*Result) {
	for _, i := range s.loaded(true) {
		list = append(list, s.results[i])
	}
	return list
}

// more reports whether the analysis has shown that more has to be read.
func (s *seriesRun) more() bool {
	grown := false
	have := s.have()
	for i := 1; i < len(have); i++ {
		before, after := have[i-1], have[i]
		if !s.wide && !sameOrders(before.prog.rules, after.prog.rules) {
			s.wide = true
			grown = s.widen() || grown
		}
	}
	grown = s.addCallers() || grown
	return s.even() || grown
}

// widen adds the directories of the touched files: a declaration that changes
// concerns more than those.
func (s *seriesRun) widen() bool {
	n := len(s.paths)
	for _, p := range slices.Clone(s.paths) {
		if path.Ext(p) == ".c" {
			s.paths = append(s.paths, path.Dir(p))
		}
	}
	slices.Sort(s.paths)
	s.paths = slices.Compact(s.paths)
	return len(s.paths) > n
}

// even makes each state read what any other one does: what only some have read
// could look like a change. Their calls are not followed.
func (s *seriesRun) even() bool {
	grown := false
	have := s.have()
	for _, from := range have {
		for _, fn := range from.prog.funcs {
			if fn.Synthetic || s.inPaths(fn.File) {
				continue
			}
			for _, to := range have {
				if to.sums.Of(fn.ID) == nil && s.extra.add(&s.extra.leaves, fn.File, fn.Name) {
					grown = true
				}
			}
		}
	}
	return grown
}

// inPaths reports whether all of a file is read anyway.
func (s *seriesRun) inPaths(file string) bool {
	if s.filter == nil || len(s.paths) != s.filtered {
		s.filter, s.filtered = pathFilter(s.paths), len(s.paths)
	}
	return s.filter(file)
}

// between lists the states that are not at the ends.
func (s *seriesRun) between(ends []int) (list []int) {
	for i := range s.states {
		if !slices.Contains(ends, i) {
			list = append(list, i)
		}
	}
	return list
}

// versions analyses some states: while one is summarised, its comments are read, and the
// next one is loaded. While the last one is, so are some of those that come next: not all
// processors are busy where others wait for one big function. Even where more turns out to
// be read, most of what they say has been. For the same reason early begins to look at what
// there is, where that seldom turns out.
func (s *seriesRun) versions(states, next []int, early bool) error {
	type job struct {
		i      int
		r      *Result
		orders chan struct{} // closed when they are read
	}
	jobs := make(chan job, len(states))
	done := make(chan error, 1)
	go func() {
		var err error
		for j := range jobs {
			if err == nil {
				if err = s.failed(j.i, j.r.summarise(s.ctx)); err != nil {
					continue
				}
				<-j.orders
				j.r.open()
				s.results[j.i] = j.r
				if early && j.i == 0 {
					s.look()
				}
				s.search.add(s, j.i)
			}
		}
		done <- err
	}()
	var err error
	for _, i := range states {
		r := s.ahead[i]
		if r == nil {
			if r, err = s.version(i); err != nil {
				break
			}
		}
		s.ahead[i] = nil
		if i == 0 {
			s.ruleSet = r.prog.ruleSet
		}
		j := job{i, r, make(chan struct{})}
		jobs <- j
		if r.prog.comments != nil {
			r.prog.readOrders()
		}
		close(j.orders)
	}
	close(jobs)
	if err == nil && len(next) > 0 {
		s.loadAhead(next, states[len(states)-1], func() bool { return len(done) > 0 })
	}
	return cmp.Or(<-done, err)
}

// loadAhead loads some states, as long as there is time, and goes back to another one. What
// fails here fails again where it is asked for.
func (s *seriesRun) loadAhead(states []int, back int, late func() bool) {
	for _, i := range states {
		if late() {
			break
		}
		if r, err := s.version(i); err == nil {
			r.prog.readOrders()
			s.ahead[i] = r
		}
	}
	openReused(s.config(back))
}

// failed says with which patches an analysis has failed.
func (s *seriesRun) failed(i int, err error) error {
	switch {
	case err == nil:
		return nil
	case i == 0:
		return fmt.Errorf("before the series: %w", err)
	}
	return fmt.Errorf("with %s: %w", s.series.Patches[i-1].Title(), err)
}

// version loads one state.
func (s *seriesRun) version(i int) (*Result, error) {
	r, err := loadResult(s.ctx, s.config(i))
	return r, s.failed(i, err)
}

// config says how one state is loaded.
func (s *seriesRun) config(i int) Config {
	cfg := s.cfg
	cfg.Overlay = s.states[i].Files
	cfg.All, cfg.MinConfidence = true, ""
	cfg.extra, cfg.reuse = &s.extra, s.reuse
	cfg.everywhere = true
	cfg.Paths = nil
	for _, p := range s.paths {
		if s.exists(i, p) {
			cfg.Paths = append(cfg.Paths, p)
		}
	}
	if s.ruleSet != "" {
		cfg.RuleSet = s.ruleSet
	}
	if len(cfg.Paths) == 0 { // no paths would be the whole tree
		cfg.Paths, cfg.nothing = s.paths, true
	}
	return cfg
}

// exists reports whether a state has the file or directory.
func (s *seriesRun) exists(i int, name string) bool {
	if text, ok := s.states[i].Files[name]; ok {
		return text != nil
	}
	return onDisk(s.cfg.Root, name)
}

// send compares and sends.
func (s *seriesRun) send(h report.Handler, min report.Confidence) error {
	stats := &report.Stats{}
	config := &report.Config{
		Protocol: report.Protocol, Version: s.cfg.Version, Tree: s.cfg.Root, Paths: s.cfg.Paths, Arch: s.cfg.Arch,
		Rules: s.cfg.RuleFiles, Whole: s.cfg.Whole,
	}
	for _, c := range s.checks {
		config.Checks = append(config.Checks, c.Name)
	}
	cmp := &patch.Comparison{PerPatch: make([]patch.Delta, len(s.series.Patches))}
	if s.last != nil {
		config = s.last.config(s.checks)
		config.Paths = s.cfg.Paths
		cmp = patch.Compare(s.found, min)
		stats = s.last.stats(check.Findings{})
		s.declarations(cmp)
		s.cycles(cmp)
		s.pairs(cmp, min)
		s.contracts(cmp)
		s.limits()
	}
	for _, n := range s.series.Notes {
		s.note("input", 0, report.Position{}, "%s", n)
	}
	for _, p := range s.series.Patches {
		config.Series = append(config.Series, p.Title())
	}
	if err := h.Config(config); err != nil {
		return err
	}
	for i := range s.problems {
		if err := h.Problem(&s.problems[i]); err != nil {
			return err
		}
	}
	sum := &report.SeriesStats{Notes: s.notes, Patches: []report.PatchInfo{}}
	for i, p := range s.series.Patches {
		d := cmp.PerPatch[i]
		sum.Patches = append(sum.Patches, report.PatchInfo{
			Title: p.Title(), ID: p.ID, Files: p.Names(), Added: d.Added, Fixed: d.Fixed, Moved: d.Moved,
		})
	}
	for _, v := range cmp.Violations {
		switch v.Change {
		case report.Added:
			sum.Added++
		case report.Fixed:
			sum.Fixed++
		case report.Moved:
			sum.Moved++
		case report.Passing:
			sum.Passing++
		case report.Same:
			sum.Same++
		}
		if v.Change == report.Same && !s.cfg.Existing {
			continue
		}
		if err := h.Violation(v); err != nil {
			return err
		}
	}
	stats.Violations = sum.Added
	stats.Series = sum
	return h.Stats(stats)
}

// maxNotes bounds the notes of one kind; the rest is counted.
const maxNotes = 20

// pairs notes the pairs of classes that no declaration covers and that the tree
// did not have before, of some confidence at least, but for those of cycles that are
// reported.
func (s *seriesRun) pairs(c *patch.Comparison, min report.Confidence) {
	type edge struct{ outer, inner string }
	old := map[edge]bool{}
	for _, p := range s.found[0].Pairs {
		old[edge{p.Outer, p.Inner}] = true
	}
	for _, v := range c.Violations {
		for _, p := range v.Paths {
			if v.Change == report.Added {
				old[edge{p.Outer, p.Inner}] = true
			}
		}
	}
	by := map[edge]int{}
	for i := len(s.found) - 1; i > 0; i-- {
		for _, p := range s.found[i].Pairs {
			by[edge{p.Outer, p.Inner}] = i
		}
	}
	n := 0
	for _, p := range s.found[len(s.found)-1].Pairs {
		e := edge{p.Outer, p.Inner}
		if old[e] || p.Verdict != "ok-undeclared" || p.Note == check.ReleasedOnly || p.Confidence.Rank() < min.Rank() {
			continue
		}
		if n++; n <= maxNotes {
			s.note("pair", by[e], report.Position{File: p.File, Line: p.Line},
				"%s is now taken under %s, in %s: no declaration orders them", p.Inner, p.Outer, p.Function)
		}
	}
	if n > maxNotes {
		s.note("pair", 0, report.Position{}, "%d more pairs are new that no declaration orders", n-maxNotes)
	}
}

// cycles says of those that the series closes which of their paths are new.
func (s *seriesRun) cycles(c *patch.Comparison) {
	old := map[[2]string]bool{}
	for _, p := range s.found[0].Pairs {
		old[[2]string{p.Outer, p.Inner}] = true
	}
	for _, v := range c.Violations {
		if v.Change != report.Added || len(v.Rule) > 0 || len(v.Paths) < 2 {
			continue
		}
		for i, p := range v.Paths {
			if !old[[2]string{p.Outer, p.Inner}] {
				v.Notes = append(slices.Clone(v.Notes), fmt.Sprintf("path %d is new: %s was not taken under %s before", i+1, p.Inner, p.Outer))
			}
		}
	}
}

// contracts notes the functions that ask their callers for a lock, or may return
// with one, and did not before. The second is no violation where somebody has come
// to release it; whether all do is for people to say.
func (s *seriesRun) contracts(c *patch.Comparison) {
	told := map[[2]string]bool{}
	for _, v := range c.Violations {
		if v.Check == "imbalance" && v.Change == report.Added {
			told[[2]string{v.Function, v.Inner}] = true
		}
	}
	s.contract("required", nil, func(f *patch.Findings) []patch.Contract { return f.Required },
		"%s now requires that its callers hold %s", "%d more functions require a lock that they did not")
	s.contract("held", told, func(f *patch.Findings) []patch.Contract { return f.Left },
		"%s may now return with %s held", "%d more functions may return with a lock held that they did not")
}

// contract notes what is new of one sort, but for what has been told.
func (s *seriesRun) contract(kind string, told map[[2]string]bool, of func(*patch.Findings) []patch.Contract, format, more string) {
	type term struct{ function, class string }
	old := map[term]bool{}
	for _, q := range of(&s.found[0]) {
		old[term{q.Function, q.Class}] = true
	}
	by := map[term]int{}
	for i := len(s.found) - 1; i > 0; i-- {
		for _, q := range of(&s.found[i]) {
			by[term{q.Function, q.Class}] = i
		}
	}
	n := 0
	for _, q := range of(&s.found[len(s.found)-1]) {
		k := term{q.Function, q.Class}
		if old[k] || told[[2]string{q.Function, q.Class}] || kind == "held" && !s.found[0].Functions[q.Function] { // a new one is made for it
			continue
		}
		if n++; n <= maxNotes {
			s.note(kind, by[k], report.Position{File: q.File, Line: q.Line}, format, q.Function, q.Class)
		}
	}
	if n > maxNotes {
		s.note(kind, 0, report.Position{}, more, n-maxNotes)
	}
}

// limits notes what was not looked at.
func (s *seriesRun) limits() {
	if n := s.callers.left; n > 0 {
		s.note("limit", 0, report.Position{}, "callers in other files that were not read: %d (--whole reads all)", n)
	}
	if n := len(s.callers.unasked); n > 0 {
		s.note("limit", 0, report.Position{}, "functions that changed whose callers in other files were not looked up: %d (--whole reads all)", n)
	}
	if n := s.callers.read; n > 0 {
		s.note("limit", 0, report.Position{}, "callers in other files that were read besides: %d", n)
	}
}

// declarations looks at a change of the declared orders from both sides: at the
// old code by the new declarations, and at the new code by the old ones.
func (s *seriesRun) declarations(c *patch.Comparison) {
	was, is := s.first.prog.rules, s.last.prog.rules
	if sameOrders(was, is) {
		return
	}
	for _, d := range onlyIn(is, was) {
		s.note("declaration", 0, place(d), "%s is declared now", d)
	}
	for _, d := range onlyIn(was, is) {
		s.note("declaration", 0, place(d), "%s is declared no more", d)
	}
	keys := func(r *Result, rs *rules.Set) map[string]*report.Violation {
		out := map[string]*report.Violation{}
		for _, v := range r.WithRules(rs).Run(s.checks).Shown {
			out[v.Key] = v
		}
		return out
	}
	oldCode, newCode := keys(s.first, is), keys(s.last, was)
	ended := keys(s.last, is)
	for _, v := range c.Violations {
		switch _, before := oldCode[v.Key]; {
		case v.Change == report.Added && before:
			v.Notes = append(slices.Clone(v.Notes), "the code has not changed: what it breaks is declared by this series")
		case v.Change == report.Fixed && newCode[v.Key] != nil:
			v.Notes = append(slices.Clone(v.Notes), "the code has not changed: what it broke is declared no more")
		}
	}
	known := map[string]bool{}
	for _, v := range c.Violations {
		known[v.Key] = true
	}
	tell := func(from map[string]*report.Violation, format string) {
		var list []*report.Violation
		for key, v := range from {
			if ended[key] == nil && !known[key] && v.Check == "order" && v.Confidence.Rank() >= report.Medium.Rank() {
				list = append(list, v)
			}
		}
		slices.SortFunc(list, func(a, b *report.Violation) int {
			return cmp.Or(a.Pos.Compare(b.Pos), strings.Compare(a.Key, b.Key))
		})
		for i, v := range list {
			if i == maxNotes {
				s.note("declaration", 0, report.Position{}, "and %d more", len(list)-i)
				break
			}
			s.note("declaration", 0, v.Pos, format, v.Message, v.Function)
		}
	}
	tell(oldCode, "by the new declarations the old code is wrong here: %s, in %s")
	tell(newCode, "by the old declarations the new code is wrong here: %s, in %s")
}

func place(o rules.Order) report.Position {
	return report.Position{File: o.Pos.Filename, Line: o.Pos.Line, Col: o.Pos.Column}
}

func sameOrders(a, b *rules.Set) bool { return len(onlyIn(a, b)) == 0 && len(onlyIn(b, a)) == 0 }

// onlyIn lists the orders that a declares and b does not, wherever they stand.
func onlyIn(a, b *rules.Set) []rules.Order {
	type meaning struct{ order, scope string }
	has := map[meaning]bool{}
	for _, o := range b.Orders() {
		has[meaning{o.String(), o.Scope}] = true
	}
	var out []rules.Order
	for _, o := range a.Orders() {
		if m := (meaning{o.String(), o.Scope}); !has[m] {
			has[m] = true
			out = append(out, o)
		}
	}
	return out
}
