package cparse

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// A Setting is the value that a macro is to have, a configuration option as a rule.
type Setting struct {
	Name  string
	Value string // "": not defined
}

func (s Setting) String() string {
	switch s.Value {
	case "":
		return s.Name + " off"
	case "1":
		return s.Name + " on"
	}
	return s.Name + "=" + s.Value
}

// An Arm is a branch of an #if group that the configuration leaves out and that holds
// calls, or functions with calls.
type Arm struct {
	Pos       int32  // of the directive that opens it
	Directive string // "#else", "#ifdef CONFIG_X"
	Text      Span   // what stands in it, groups below it included
	Under     []Setting
	Why       Reach
}

// Reach says whether an arm can be had.
type Reach uint8

const (
	Reached Reach = iota // by the settings of Arm.Under
	Never                // its condition is constant: no configuration has it
	Unfound              // no few settings were found that have it
)

// An Alternative is a file as other settings have it: the text of the same length
// whose directives say so whatever is defined.
type Alternative struct {
	Text []byte
	On   []Span // what is active in it, and is not in the file
	Off  []Span // what is active in the file alone
}

// A branch is one arm of a group while a file is looked at as a whole.
type branch struct {
	kind  string // "if", "ifdef", "ifndef", "elif", ..., "else"
	dir   Span   // the directive
	cond  int    // where the condition begins
	body  Span
	items []item
	up    *branch
	group *group
}

type group struct {
	arms []*branch
	end  Span // its #endif
}

// An item is a group or a macro, in a branch.
type item struct {
	group *group
	macro *Macro
}

// An outline is the directives of a file, taken and not.
type outline struct {
	f   *File
	top *branch
	all []*branch

	evaluated int // conditions, up to maxEvaluated
}

// outline reads the directives; false if they do not pair.
func (f *File) outline() (*outline, bool) {
	o := &outline{f: f, top: &branch{}}
	at := o.top
	var open []*group
	enter := func(g *group, kind string, t token, cond int) {
		b := &branch{kind: kind, dir: Span{t.pos, t.end}, cond: cond, body: Span{t.end, int32(len(f.text))}, group: g}
		if b.up = at; len(g.arms) > 0 {
			b.up = g.arms[0].up
			at.body.End = t.pos
		}
		g.arms = append(g.arms, b)
		o.all = append(o.all, b)
		at = b
	}
	for pos := 0; ; {
		i := nextDirective(f.text, pos, len(f.text))
		if i < 0 {
			return o, len(open) == 0
		}
		end := directiveEnd(f.text, i, len(f.text))
		t := token{text: f.text[i:end], pos: int32(i), end: int32(end), kind: tokDirective}
		pos = end
		l := newLexer(f.text, i+1, end)
		l.noPP = true
		name := l.next()
		switch name.text {
		case "if", "ifdef", "ifndef":
			g := &group{}
			at.items = append(at.items, item{group: g})
			open = append(open, g)
			enter(g, name.text, t, l.pos)
		case "elif", "elifdef", "elifndef", "else":
			if len(open) == 0 {
				return o, false
			}
			enter(open[len(open)-1], name.text, t, l.pos)
		case "endif":
			if len(open) == 0 {
				return o, false
			}
			g := open[len(open)-1]
			open = open[:len(open)-1]
			g.end, at.body.End = Span{t.pos, t.end}, t.pos
			at = g.arms[0].up
		case "define":
			if m := parseDefine(f.text, l.pos, end); m != nil {
				m.File = f
				at.items = append(at.items, item{macro: m})
			}
		case "undef":
			if n := l.next(); n.kind == tokIdent {
				at.items = append(at.items, item{macro: &Macro{Name: n.text, undef: true}})
			}
		}
	}
}

// live are the branches that are active under some settings.
func (o *outline) live(under []Setting) map[*branch]bool {
	w := walker{o: o, live: map[*branch]bool{}, own: map[string]*Macro{}, set: map[string]*Macro{}}
	for _, s := range under {
		w.set[s.Name] = nil
		if s.Value != "" {
			w.set[s.Name] = &Macro{Name: s.Name, Text: s.Value}
		}
	}
	w.branch(o.top)
	return w.live
}

type walker struct {
	o        *outline
	live     map[*branch]bool
	own, set map[string]*Macro // of the file, and the settings; nil: not defined
}

func (w *walker) lookup(name string, _ int32) *Macro {
	if m, ok := w.set[name]; ok {
		return m
	}
	if m, ok := w.own[name]; ok {
		return m
	}
	return w.o.f.foreignMacro(name)
}

func (w *walker) branch(b *branch) {
	w.live[b] = true
	for _, it := range b.items {
		if m := it.macro; m != nil {
			if w.own[m.Name] = m; m.undef {
				w.own[m.Name] = nil
			}
			continue
		}
		for _, a := range it.group.arms {
			if w.holds(a) {
				w.branch(a)
				break
			}
		}
	}
}

// holds evaluates the condition of a branch.
func (w *walker) holds(b *branch) bool {
	w.o.evaluated++
	toks := lexAll(w.o.f.text, b.cond, int(b.dir.End))
	switch strings.TrimPrefix(b.kind, "el") {
	case "se":
		return true
	case "ifdef", "ifndef":
		return len(toks) > 0 && (w.lookup(toks[0].text, 0) != nil) == strings.HasSuffix(b.kind, "ifdef")
	}
	v, err := w.o.f.evalCondBy(toks, w.lookup)
	return err == "" && v != 0
}

// Arms lists the arms of the file that the configuration leaves out and that hold
// calls, in order; false if the directives of the file do not read as the scan
// has read them.
func (f *File) Arms() ([]Arm, bool) {
	if len(f.inactive) == 0 {
		return nil, true
	}
	o, ok := f.outline()
	if !ok {
		return nil, false
	}
	live := o.live(nil)
	if !slices.Equal(o.dead(live), f.inactive) {
		return nil, false
	}
	var out []Arm
	for _, b := range o.all {
		if live[b] || !o.calls(b) {
			continue
		}
		a := Arm{Pos: b.dir.Pos, Directive: strings.Join(strings.Fields(f.text[b.dir.Pos:b.dir.End]), " "), Text: b.body}
		if b.kind == "else" {
			a.Directive = "#else"
		}
		a.Under, a.Why = o.settings(b)
		out = append(out, a)
	}
	return out, true
}

// dead are the runs that are not active, as the scan lists them.
func (o *outline) dead(live map[*branch]bool) []Span {
	list := &File{}
	var walk func(b *branch)
	walk = func(b *branch) {
		for _, it := range b.items {
			if it.group == nil {
				continue
			}
			arms := it.group.arms
			for i, a := range arms {
				next := it.group.end
				if i+1 < len(arms) {
					next = arms[i+1].dir
				}
				switch {
				case live[a]:
					walk(a)
				case i+1 < len(arms) && !live[arms[i+1]]: // to be gone on with
					list.addInactive(a.dir.End, next.End)
				default:
					list.addInactive(a.dir.End, next.Pos)
				}
			}
		}
	}
	walk(o.top)
	return list.inactive
}

// calls reports whether the text of a branch, those below it excepted, holds calls
// that are in a function.
func (o *outline) calls(b *branch) bool {
	f := o.f
	inside := false
	for _, fn := range f.Funcs {
		inside = inside || !fn.made && fn.body.Pos < b.dir.Pos && b.dir.Pos < fn.body.End
	}
	pos := b.body.Pos
	var toks []token
	to := func(end int32) {
		l := newLexer(f.text, int(pos), int(end))
		for t := l.next(); t.kind != tokEOF; t = l.next() {
			if t.kind != tokDirective {
				toks = append(toks, t)
			}
		}
	}
	for _, it := range b.items {
		if it.group != nil {
			to(it.group.arms[0].dir.Pos)
			pos = it.group.end.End
		}
	}
	to(b.body.End)
	depth := 0
	for i := range toks {
		switch {
		case toks[i].is("{"):
			depth++
		case toks[i].is("}"):
			depth--
		case i > 0 && toks[i].is("(") && (inside || depth > 0) && toks[i-1].kind == tokIdent && keywords[toks[i-1].text] == wordNone:
			return true
		}
	}
	return false
}

const (
	maxSettings   = 3  // that are looked for at once
	maxCandidates = 24 // that are tried
	maxTries      = 2000
	maxEvaluated  = 1 << 20 // in a file
)

// settings finds as few settings as have a branch active.
func (o *outline) settings(b *branch) ([]Setting, Reach) {
	cands := o.candidates(b)
	if len(cands) == 0 {
		return nil, Never
	}
	tries := 0
	var under []Setting
	var pick func(n, from int) bool
	pick = func(n, from int) bool {
		if n == 0 {
			tries++
			return o.live(under)[b]
		}
		for i := from; i < len(cands) && tries < maxTries && o.evaluated < maxEvaluated; i++ {
			if slices.ContainsFunc(under, func(s Setting) bool { return s.Name == cands[i].Name }) {
				continue
			}
			under = append(under, cands[i])
			if pick(n-1, i+1) {
				return true
			}
			under = under[:len(under)-1]
		}
		return false
	}
	for n := 1; n <= maxSettings; n++ {
		if pick(n, 0) {
			return under, Reached
		}
	}
	return nil, Unfound
}

// candidates are the settings that may bear on a branch, options first: each name
// in the conditions around it the other way round, and as a number near those
// that stand there.
func (o *outline) candidates(b *branch) []Setting {
	f := o.f
	base := walker{o: o, own: map[string]*Macro{}}
	var names []string
	numbers := map[string]bool{}
	var chain []*branch // from outside
	for at := b; at.group != nil && len(chain) < maxCandidates; at = at.up {
		chain = append(chain, at)
	}
	for _, at := range slices.Backward(chain) {
		for _, a := range at.group.arms {
			toks := lexAll(f.text, a.cond, int(a.dir.End))
			if a.kind == "else" {
				toks = nil
			}
			for i, t := range toks {
				if v, ok := parseInt(t.text); t.kind == tokNumber && ok {
					for d := int64(-1); d <= 1; d++ {
						numbers[strconv.FormatInt(v+d, 10)] = true
					}
				}
				if t.kind != tokIdent || t.text == "defined" {
					continue
				}
				if i+1 < len(toks) && toks[i+1].is("(") {
					continue
				}
				names = append(names, t.text)
			}
			if a == at {
				break
			}
		}
	}
	sort.SliceStable(names, func(i, j int) bool {
		return strings.HasPrefix(names[i], optionPrefix) && !strings.HasPrefix(names[j], optionPrefix)
	})
	var out []Setting
	seen := map[Setting]bool{}
	add := func(s Setting) {
		if !seen[s] && len(out) < maxCandidates {
			seen[s] = true
			out = append(out, s)
		}
	}
	for _, n := range names {
		if m := base.lookup(n, 0); m != nil || f.macros[n] != nil {
			add(Setting{n, ""})
		}
		add(Setting{n, "1"})
	}
	var values []string
	for v := range numbers {
		values = append(values, v)
	}
	sort.Slice(values, func(i, j int) bool {
		if len(values[i]) != len(values[j]) {
			return len(values[i]) < len(values[j])
		}
		return values[i] < values[j]
	})
	for _, n := range names {
		for _, v := range values {
			add(Setting{n, v})
		}
	}
	return out
}

// Under returns the file as it is under some settings; false if the directives
// do not let themselves be written so.
func (f *File) Under(under []Setting) (Alternative, bool) {
	o, ok := f.outline()
	if !ok {
		return Alternative{}, false
	}
	base, live := o.live(nil), o.live(under)
	out := Alternative{Text: []byte(f.text)}
	for _, b := range o.all {
		if !live[b.up] {
			continue
		}
		if !force(out.Text[b.dir.Pos:b.dir.End], b, live[b]) {
			return Alternative{}, false
		}
	}
	was, is := o.dead(base), o.dead(live)
	out.On, out.Off = minus(was, is), minus(is, was)
	return out, true
}

// force writes a directive so that it says whether its branch is taken, in as many
// bytes and lines.
func force(text []byte, b *branch, taken bool) bool {
	word := "#if "
	switch {
	case b.kind == "else":
		return true
	case strings.HasPrefix(b.kind, "el"):
		word = "#elif "
	}
	bit := "0"
	if taken {
		bit = "1"
	}
	if word += bit; len(text) < len(word) || strings.IndexByte(string(text[:len(word)]), '\n') >= 0 {
		return false
	}
	for i, c := range text {
		if c != '\n' && c != '\r' {
			text[i] = ' '
		}
	}
	copy(text, word)
	return true
}

// minus are the parts of the runs in a that are in none of b.
func minus(a, b []Span) []Span {
	var out []Span
	for _, s := range a {
		for _, t := range b {
			if t.End <= s.Pos || t.Pos >= s.End {
				continue
			}
			if t.Pos > s.Pos {
				out = append(out, Span{s.Pos, t.Pos})
			}
			s.Pos = min(t.End, s.End)
		}
		if s.Pos < s.End {
			out = append(out, s)
		}
	}
	return out
}
