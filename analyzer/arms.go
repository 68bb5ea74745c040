package analyzer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// What the configuration leaves out is looked at in rounds. One has the files that are not
// built. Each of the others is the tree with some files as other settings have them: one
// or a few options the other way round, as few as have an arm active, the same in all of a
// file. A round takes one such set for each file, and the same set in as many files as it
// can, so that there are as many rounds as the file with the most sets has sets. All else,
// headers above all, is as configured.
//
// A round is to the tree as it is configured what a patch is to the tree before it: most
// is known, and what it has beyond the other is what it is run for.

// maxRoundsOfArms bounds the rounds; arms for which there is none are counted.
const maxRoundsOfArms = 16

// An armsRun looks at all arms of the files that are reported on.
type armsRun struct {
	ctx    context.Context
	cfg    Config
	base   *Result
	rounds []*armRound
	stats  report.ArmStats
	funcs  map[string]*ir.Func // of the base, by ID
	ops    map[spot]bool       // the inactive lock operations; whether a round has them
}

// A spot is where an operation stands.
type spot struct {
	file      string
	line, col int
}

// An armRound is one of the states that are looked at.
type armRound struct {
	files   map[string]*armFile
	unbuilt bool // files are read that are not built
	joint   bool // one of them is part of others
	result  *Result
}

// An armFile is a file under settings.
type armFile struct {
	under []string
	alt   cparse.Alternative
	arms  []cparse.Arm
	on    []lines // of the arms, innermost last
	all   []lines // what is other than configured
	funcs []lines // the functions that differ
}

// lines are those of a stretch of a file.
type lines struct {
	from, to int
	arm      report.Arm
	name     string
}

// analyzeArms analyses the tree as it is configured, and says what else has to be
// looked at.
func analyzeArms(ctx context.Context, cfg Config) (*Result, error) {
	cfg.reuse = &reuse{}
	base, err := analyze(ctx, cfg)
	if err != nil {
		return nil, err
	}
	cfg.reuse.memo.Save()
	cfg.reuse.pass()
	a := &armsRun{ctx: ctx, cfg: cfg, base: base, funcs: map[string]*ir.Func{}, ops: map[spot]bool{}}
	for _, fn := range base.prog.funcs {
		a.funcs[fn.ID] = fn
	}
	a.plan()
	base.arms = a
	return base, nil
}

// A choice of settings for a file, with the arms that it has active.
type armSet struct {
	label string
	under []cparse.Setting
	arms  []cparse.Arm
}

// plan finds the arms, the settings that have them, and the rounds.
func (a *armsRun) plan() {
	tree := a.cfg.reuse.tree
	sets := map[string][]*armSet{}
	names, err := tree.Walk(a.cfg.Paths)
	if err != nil { // the load has told of it
		return
	}
	for _, name := range append(names, a.base.prog.files()...) {
		if _, left := slices.BinarySearch(a.base.prog.leftOut, name); left || a.base.inPath(name) {
			sets[name] = nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		f, err := tree.File(name)
		if err != nil { // as well
			continue
		}
		f.InactiveCalls(func(call string, pos int32) {
			if !a.base.inPath(name) {
				return
			}
			if p := a.base.prog.rules.Primitive(call); p != nil && (p.Effect == rules.Acquire || p.Effect == rules.Release) {
				at := f.Position(pos)
				a.ops[spot{name, at.Line, at.Column}] = false
			}
		})
		arms, ok := f.Arms()
		if !ok {
			a.stats.Unread++
		}
		for _, arm := range arms {
			a.stats.Arms++
			switch {
			case arm.Why == cparse.Never:
				a.stats.Never++
			case arm.Why == cparse.Unfound:
				a.stats.Unfound++
			default:
				sets[name] = addArm(sets[name], arm)
			}
		}
	}
	a.share(sets)
}

// addArm adds an arm to the set that has it.
func addArm(sets []*armSet, arm cparse.Arm) []*armSet {
	label := labelOf(arm.Under)
	for _, s := range sets {
		if s.label == label {
			s.arms = append(s.arms, arm)
			return sets
		}
	}
	return append(sets, &armSet{label, arm.Under, []cparse.Arm{arm}})
}

func labelOf(under []cparse.Setting) string {
	var out []string
	for _, s := range under {
		out = append(out, s.String())
	}
	return strings.Join(out, ", ")
}

// share gives the sets of the files to rounds, those that most files have first. What is
// not built has rounds of its own, one of them without settings. The tree is read anew
// where a file is not a .c file by itself: such rounds go last.
func (a *armsRun) share(sets map[string][]*armSet) {
	var built, left []armUse
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		f, err := a.cfg.reuse.tree.File(name)
		if err != nil {
			continue
		}
		to := &built
		if _, out := slices.BinarySearch(a.base.prog.leftOut, name); out {
			to = &left
		}
		for _, s := range sets[name] {
			*to = append(*to, armUse{f, s})
		}
	}
	a.rounds = a.distribute(built, nil)
	if names := a.base.prog.leftOut; len(names) > 0 {
		a.stats.Files = len(names)
		r := &armRound{files: map[string]*armFile{}}
		for _, name := range names {
			r.files[name] = &armFile{under: []string{"not built"}}
		}
		rounds := a.distribute(left, []*armRound{r})
		for _, r := range rounds {
			r.unbuilt = true
		}
		a.rounds = append(a.rounds, rounds...)
	}
	slices.SortStableFunc(a.rounds, func(x, y *armRound) int { return rank(y.joint, x.joint) })
	a.stats.Rounds = len(a.rounds)
}

// An armUse is a set of settings with the file that has it.
type armUse struct {
	file *cparse.File
	set  *armSet
}

// distribute gives sets to rounds, as few as can be beside those that there are: a file
// is in a round once.
func (a *armsRun) distribute(all []armUse, rounds []*armRound) []*armRound {
	uses := map[string]int{}
	for _, u := range all {
		uses[u.set.label]++
	}
	slices.SortStableFunc(all, func(x, y armUse) int {
		return cmp.Or(
			rank(!x.file.Alone(), !y.file.Alone()), cmp.Compare(uses[y.set.label], uses[x.set.label]),
			strings.Compare(x.set.label, y.set.label), strings.Compare(x.file.Name, y.file.Name),
		)
	})
	home := map[string]int{} // of a label, the round that has it already
	for _, u := range all {
		alt, ok := u.file.Under(u.set.under)
		if !ok {
			a.stats.Unfound += len(u.set.arms)
			continue
		}
		free := func(n int) bool { return n == len(rounds) || rounds[n].files[u.file.Name] == nil }
		n, known := home[u.set.label]
		if !known || !free(n) {
			for n = 0; !free(n); n++ {
			}
		}
		if n == maxRoundsOfArms {
			a.stats.Cut += len(u.set.arms)
			continue
		}
		if n == len(rounds) {
			rounds = append(rounds, &armRound{files: map[string]*armFile{}})
		}
		if !known {
			home[u.set.label] = n
		}
		r := rounds[n]
		r.files[u.file.Name], r.joint = newArmFile(u.file, u.set, alt), r.joint || !u.file.Alone()
		a.stats.Lowered += len(u.set.arms)
	}
	return rounds
}

// rank puts what is true first.
func rank(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func newArmFile(f *cparse.File, s *armSet, alt cparse.Alternative) *armFile {
	out := &armFile{alt: alt, arms: s.arms}
	for _, u := range s.under {
		out.under = append(out.under, u.String())
	}
	line := func(pos int32) int { return f.Position(pos).Line }
	for _, arm := range s.arms {
		at := f.Position(arm.Pos)
		out.on = append(out.on, lines{line(arm.Text.Pos), line(arm.Text.End), report.Arm{
			Pos: report.Position{File: f.Name, Line: at.Line, Col: at.Column}, Directive: arm.Directive, Under: out.under,
		}, ""})
	}
	for _, sp := range slices.Concat(alt.On, alt.Off) {
		out.all = append(out.all, lines{line(sp.Pos), line(sp.End), report.Arm{
			Pos: report.Position{File: f.Name, Line: line(sp.Pos)}, Under: out.under,
		}, ""})
	}
	return out
}

// each analyses the rounds, one after the other.
func (a *armsRun) each(fn func(r *armRound)) error {
	for i, r := range a.rounds {
		cfg := a.cfg
		cfg.Arms, cfg.RuleSet, cfg.unbuilt = false, a.base.prog.ruleSet, r.unbuilt
		cfg.Overlay = maps.Clone(a.cfg.Overlay)
		if cfg.Overlay == nil {
			cfg.Overlay = map[string][]byte{}
		}
		for name, f := range r.files {
			if f.alt.Text != nil {
				cfg.Overlay[name] = f.alt.Text
			}
		}
		var err error
		if r.result, err = analyze(a.ctx, cfg); err != nil {
			return fmt.Errorf("looking at other #if arms, round %d: %w", i+1, err)
		}
		for _, name := range slices.Sorted(maps.Keys(r.files)) {
			a.differing(r, name)
		}
		a.count(r)
		fn(r)
		r.result = nil
	}
	return nil
}

// differing notes the functions of the file that are not as configured.
func (a *armsRun) differing(r *armRound, name string) {
	file, err := a.cfg.reuse.tree.File(name)
	if err != nil {
		return
	}
	f := r.files[name]
	other := map[string]bool{}
	for _, fn := range r.result.prog.funcs {
		if was := a.funcs[fn.ID]; fn.File == name && was != fn && !sameCode(was, fn) {
			other[fn.Name] = true
		}
	}
	for _, fn := range file.Funcs {
		if !other[fn.Name] {
			continue
		}
		from, to := file.Position(fn.Pos).Line, file.Position(fn.End).Line
		if arm := f.inArm(from); arm != nil { // it is one of the arm
			f.funcs = append(f.funcs, lines{from, to, *arm, fn.Name})
			continue
		}
		arm := report.Arm{Pos: report.Position{File: name}, Under: f.under}
		for _, l := range f.all {
			if l.from <= to && from <= l.to {
				arm = l.arm
				break
			}
		}
		f.funcs = append(f.funcs, lines{from, to, arm, fn.Name})
	}
}

// sameCode reports whether two functions are the same but for the definitions that their
// calls reach, which may be in an arm of another file.
func sameCode(a, b *ir.Func) bool {
	if a == nil || b == nil {
		return a == b
	}
	bare := func(f *ir.Func) *ir.Func {
		c := *f
		c.Blocks = make([]*ir.Block, len(f.Blocks))
		for i, b := range f.Blocks {
			block := *b
			block.Ops = slices.Clone(b.Ops)
			for j := range block.Ops {
				block.Ops[j].Callee.Targets = nil
			}
			c.Blocks[i] = &block
		}
		return &c
	}
	return reflect.DeepEqual(bare(a), bare(b))
}

// count notes what of the arms has become known.
func (a *armsRun) count(r *armRound) {
	for _, p := range r.result.prog.problems {
		if f := r.files[p.Pos.File]; f != nil && p.Kind == "parse" && f.arm(p.Pos.Line, p.Function) != nil {
			a.stats.Failed++
		}
	}
	for _, fn := range r.result.prog.funcs {
		f := r.files[fn.File]
		if f == nil {
			continue
		}
		for _, b := range fn.Blocks {
			for i := range b.Ops {
				at := spot{fn.File, r.result.prog.line(fn, b.Ops[i].Pos), int(b.Ops[i].Pos.Col)}
				if done, ok := a.ops[at]; b.Ops[i].Kind == ir.Lock && ok && !done {
					a.ops[at] = true
					a.stats.LockOps++
				}
			}
		}
	}
}

// inArm is the arm that a line stands in, nil for none.
func (f *armFile) inArm(line int) *report.Arm {
	for i := len(f.on) - 1; i >= 0; i-- {
		if l := &f.on[i]; l.from <= line && line <= l.to {
			return &l.arm
		}
	}
	return nil
}

// arm is the arm that a line of a function stands in, or else what is not as
// configured in the function; nil for none.
func (f *armFile) arm(line int, function string) *report.Arm {
	if arm := f.inArm(line); arm != nil {
		return arm
	}
	for i := range f.funcs {
		if l := &f.funcs[i]; l.from <= line && line <= l.to && (function == "" || function == l.name) {
			return &l.arm
		}
	}
	return nil
}

// arms are the arms that paths lead through; where they lead through none, what makes
// functions on them other than configured; none at all where it is not for an arm that
// the round has them.
func (r *armRound) arms(paths []report.Trace) []report.Arm {
	var in, by []report.Arm
	for _, p := range paths {
		for _, s := range p.Steps {
			f := r.files[s.Pos.File]
			if f == nil {
				continue
			}
			if arm := f.inArm(s.Pos.Line); arm != nil {
				in = append(in, *arm)
			} else if arm := f.arm(s.Pos.Line, s.Function); arm != nil {
				by = append(by, *arm)
			}
		}
	}
	for _, list := range [][]report.Arm{in, by} {
		if len(list) > 0 {
			return sortArms(list)
		}
	}
	return nil
}

// armsOf are the arms of a pair: that which its place is in, or else what makes a function
// on its way other than configured.
func (r *armRound) armsOf(p *report.Pair) []report.Arm {
	if f := r.files[p.File]; f != nil {
		if arm := f.arm(p.Line, p.Function); arm != nil {
			return []report.Arm{*arm}
		}
	}
	var out []report.Arm
	way := append(strings.Split(p.Via, ">"), p.Holder)
	for _, f := range r.files {
		for _, fn := range f.funcs {
			if slices.Contains(way, fn.name) {
				out = append(out, fn.arm)
			}
		}
	}
	return sortArms(out)
}

func sortArms(list []report.Arm) []report.Arm {
	slices.SortStableFunc(list, func(a, b report.Arm) int { return a.Pos.Compare(b.Pos) })
	return slices.CompactFunc(list, func(a, b report.Arm) bool { return a.Pos == b.Pos })
}

// violations are what the checks find in arms beyond what they find without, sorted.
func (a *armsRun) violations(checks []*check.Check, found *check.Findings) error {
	known := map[string]bool{} // whether it is shown
	for _, v := range a.base.With(a.options()).Run(checks).Shown {
		known[v.Key] = false
	}
	for _, v := range found.Shown {
		known[v.Key] = true
	}
	min := a.cfg.least()
	err := a.each(func(r *armRound) {
		for _, v := range r.result.With(a.options()).Run(checks).Shown {
			shown, had := known[v.Key]
			low := v.Confidence.Rank() < min.Rank()
			if shown || had && low {
				continue
			}
			known[v.Key] = !low
			switch v.Arms = r.arms(v.Paths); {
			case low:
				found.Hidden++
			case len(v.Arms) == 0:
				a.stats.Elsewhere++
			default:
				found.Shown = append(found.Shown, v)
			}
		}
	})
	check.Sort(found.Shown)
	return err
}

// options have the checks say all that they find.
func (a *armsRun) options() check.Options {
	return check.Options{InPath: pathFilter(a.cfg.Paths), Line: a.base.prog.text.Line, All: true}
}

// Pairs is check.Result.Pairs, and where all arms are looked at, those that they make
// beyond that.
func (r *Result) Pairs() ([]report.Pair, error) {
	out := r.Result.Pairs()
	if r.arms == nil {
		return out, nil
	}
	type key struct {
		file, function, outer, inner string
		line                         int
	}
	keyOf := func(p *report.Pair) key { return key{p.File, p.Function, p.Outer, p.Inner, p.Line} }
	known := map[key]bool{}
	for i := range out {
		known[keyOf(&out[i])] = true
	}
	err := r.arms.each(func(round *armRound) {
		for _, p := range round.result.Result.Pairs() {
			if known[keyOf(&p)] {
				continue
			}
			known[keyOf(&p)] = true
			if p.Arms = round.armsOf(&p); len(p.Arms) > 0 {
				out = append(out, p)
			}
		}
	})
	slices.SortStableFunc(out, func(a, b report.Pair) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return out, err
}

// Why is check.Result.Why, and where all arms are looked at, the ways through them beyond
// that.
func (r *Result) Why(outer, inner string) ([]report.Trace, error) {
	out, err := r.Result.Why(outer, inner)
	if r.arms == nil {
		return out, err
	}
	known := map[string]bool{}
	for i := range out {
		known[wayOf(&out[i])] = true
	}
	failed := err // the class may be one of an arm
	err = r.arms.each(func(round *armRound) {
		more, err := round.result.Result.Why(outer, inner)
		if err == nil {
			failed = nil
		}
		for _, t := range more {
			if known[wayOf(&t)] {
				continue
			}
			known[wayOf(&t)] = true
			if t.Arms = round.arms([]report.Trace{t}); len(t.Arms) > 0 {
				out = append(out, t)
			}
		}
	})
	return out, cmp.Or(err, failed)
}

// wayOf names the places of a path.
func wayOf(t *report.Trace) string {
	var b strings.Builder
	for _, s := range t.Steps {
		fmt.Fprintf(&b, "%s %s\n", s.Pos, s.Function)
	}
	return b.String()
}
