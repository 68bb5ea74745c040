package report

import (
	"io"
	"strconv"
	"unicode/utf8"
)

// TextOptions are the choices that a user has about the text. The zero value is
// plain text with a short summary.
type TextOptions struct {
	Color bool // colours, on whatever terminal
	Stats bool // the figures of each directory, and each known gap by name
}

// NewText returns a handler that writes text for people to w; the package
// documentation says how it looks. It buffers at most one message.
func NewText(w io.Writer, opts TextOptions) Handler {
	return &text{p: newPrinter(w, opts.Color), opts: opts}
}

// WriteTraces writes paths as the text of a violation has them, each in columns
// of its own.
func WriteTraces(w io.Writer, opts TextOptions, traces []Trace) error {
	t := &text{p: newPrinter(w, opts.Color), opts: opts}
	for i := range traces {
		t.path(&traces[i], i+1, measure(traces[i:i+1]))
	}
	return t.p.flush()
}

type text struct {
	p        *printer
	opts     TextOptions
	errors   int // violations
	warnings int // violations of low confidence
	troubles int // problems that are no warnings
	series   []string
}

func (t *text) Config(c *Config) error {
	t.series = c.Series
	return nil
}

func (t *text) Close() error { return t.p.flush() }

// Problem prints a problem in compiler form. The known gaps are only counted,
// in the summary, unless the figures are asked for: there may be thousands.
func (t *text) Problem(q *Problem) error {
	if q.Warning && !t.opts.Stats {
		return nil
	}
	p := t.p
	if q.Pos.File != "" {
		p.put(place, q.Pos.String()+": ")
	}
	if q.Warning {
		p.put(doubt, "warning: ")
	} else {
		t.troubles++
		p.put(fault, "error: ")
	}
	p.put(plain, q.Message)
	p.put(faint, " ["+q.Kind+"]")
	p.line()
	return p.flush()
}

// Violation prints one report: a headline, then blocks with an empty line before
// each.
func (t *text) Violation(v *Violation) error {
	if v.Change == Fixed || v.Change == Moved {
		t.changed(v)
		return t.p.flush()
	}
	t.headline(v)
	if len(v.Arms) > 0 {
		t.p.line()
		t.arms(3, v.Arms)
	}
	t.rule(v)
	l := measure(v.Paths)
	for i := range v.Paths {
		t.path(&v.Paths[i], i+1, l)
		if i == 0 && v.Callers > 0 {
			t.p.to(posCol)
			t.p.put(faint, "and "+plural(v.Callers, "more caller"))
			t.p.line()
		}
	}
	if v.Scenario != nil {
		t.p.line()
		t.scenario(v.Scenario)
	}
	t.advice(v)
	t.p.line()
	return t.p.flush()
}

func (t *text) headline(v *Violation) {
	p := t.p
	p.put(place, v.Pos.String()+": ")
	switch {
	case v.Change == Same:
		p.put(doubt, "known: ")
	case v.Confidence == Low || !v.Fault():
		t.warnings++
		p.put(doubt, "warning: ")
	default:
		t.errors++
		p.put(fault, "error: ")
	}
	p.put(heading, v.Message)
	p.put(faint, " ["+v.Check+"]")
	p.line()
}

// arms prints the arms that a path leads through, under what has them active.
func (t *text) arms(indent int, arms []Arm) {
	for _, a := range arms {
		t.p.to(indent)
		t.p.put(heading, "arm")
		t.p.to(indent + 6)
		t.p.flow(indent+8, words(plain, a.String())...)
		t.p.line()
	}
}

// rule prints the declarations that are broken. That there is none is said only
// where paths are shown against each other.
func (t *text) rule(v *Violation) {
	p := t.p
	if len(v.Rule) == 0 {
		if len(v.Paths) > 1 && v.Outer != "" && v.Paths[1].Outer != "" {
			p.line()
			p.to(3)
			p.put(heading, "rule")
			p.to(9)
			p.put(plain, "none declares an order of these classes")
			p.line()
		}
		return
	}
	p.line()
	p.to(3)
	p.put(heading, "rule")
	p.to(9)
	t.order(v.Rule[0].Before, v.Rule[len(v.Rule)-1].After)
	if len(v.Rule) == 1 {
		p.line()
		t.declared(9, &v.Rule[0])
		return
	}
	p.put(plain, ", by")
	p.line()
	for i := range v.Rule {
		d := &v.Rule[i]
		p.to(9)
		t.order(d.Before, d.After)
		p.line()
		t.declared(12, d)
	}
}

func (t *text) order(before, after string) {
	t.p.flow(11, span{class, before}, span{plain, "<"}, span{class, after})
}

// declared prints where a declaration stands, and on the same line, if it fits
// there, what the declaration transcribes.
func (t *text) declared(indent int, d *Declared) {
	p := t.p
	p.to(indent)
	at := "declared at " + d.Pos.String()
	p.put(plain, at)
	if d.Source != "" {
		from := "(from " + d.Source + ")"
		if p.col+1+utf8.RuneCountInString(from) <= width {
			p.put(plain, " "+from)
		} else {
			p.line()
			p.to(indent)
			p.flow(indent+1, words(plain, from)...)
		}
	}
	p.line()
	if d.Note != "" {
		p.to(indent)
		p.flow(indent+2, words(plain, "("+d.Note+")")...)
		p.line()
	}
}

// A layout has the columns of the paths of one violation.
type layout struct {
	function int
	holding  int // 0: what is held goes on a line of its own
}

const (
	posCol   = 5  // where positions stand
	maxPos   = 34 // wider positions get a line of their own
	minLabel = 21 // width of the function column, if there is room for it
)

// measure finds columns in which every function that takes a lock has room, and
// every list of held classes, or at least every held class, if there are such
// columns within the width.
func measure(paths []Trace) layout {
	pos, function, lists, held := 0, 0, 0, len("holding")
	for i := range paths {
		for j := range paths[i].Steps {
			s := &paths[i].Steps[j]
			if n := utf8.RuneCountInString(s.Pos.String()) + 3; n <= maxPos {
				pos = max(pos, n)
			}
			if s.acquires() {
				function = max(function, utf8.RuneCountInString(s.Function)+2)
			}
			n := -1
			for _, c := range list(s.Held) {
				held = max(held, utf8.RuneCountInString(c.text))
				n += 1 + utf8.RuneCountInString(c.text)
			}
			lists = max(lists, n)
		}
	}
	l := layout{function: posCol + pos}
	most, least := l.function+max(function, minLabel), l.function+function
	for _, need := range []int{lists, held} {
		if least+need <= width {
			l.holding = min(most, width-need)
			break
		}
	}
	return l
}

// acquires reports whether the step is shown by what is held after it: the lock
// that it takes ends that list.
func (s *Step) acquires() bool {
	return (s.Verb == Takes || s.Verb == Tries) && len(s.Held) > 0
}

// changes reports whether what is held is worth a look after the step.
func (s *Step) changes() bool {
	switch s.Verb {
	case Takes, Tries, Releases, Requires, Returns, Drops, Waits, Owes:
		return true
	case Enters:
		return len(s.Held) > 0
	}
	return false
}

// path prints a path under its number.
func (t *text) path(path *Trace, n int, l layout) {
	p := t.p
	p.line()
	p.to(3)
	title := "path " + strconv.Itoa(n)
	if path.Title != "" {
		title += ", " + path.Title
	}
	p.put(heading, title)
	if l.holding > 0 {
		p.to(max(l.holding, p.col+2))
		p.put(heading, "holding")
	}
	p.line()
	t.arms(posCol, path.Arms)
	for j := range path.Steps {
		s := &path.Steps[j]
		t.step(s, l)
		if s.Quote && s.Source != "" {
			t.quote(s)
		}
	}
}

// step prints the line of one step. An acquisition needs no words: the class is
// the last that is held.
func (t *text) step(s *Step, l layout) {
	p := t.p
	p.to(posCol)
	p.put(plain, s.Pos.String())
	p.to(l.function)
	label := []span{{plain, s.Function}}
	if !s.acquires() {
		what := plain
		if s.Verb != Calls {
			what = class
		}
		label = append(label, span{plain, string(s.Verb)})
		if s.Target != "" {
			label = append(label, span{what, s.Target})
		}
		if s.Via != "" {
			label = append(label, span{faint, "(" + s.Via + ")"})
		}
	}
	p.flow(l.function+2, label...)
	if s.changes() {
		held := list(s.Held)
		if len(held) == 0 {
			held = []span{{faint, "nothing"}}
		}
		if l.holding > 0 {
			p.to(l.holding)
			p.flow(l.holding, held...)
		} else {
			p.line()
			p.to(l.function + 2)
			p.flow(l.function+4, append([]span{{faint, "holding"}}, held...)...)
		}
	}
	p.line()
}

// scenario prints the interleaving beside its label if it fits there, and else
// under it. Only one CPU acts at a time, so that where room is short the text of
// the first may run into the column of the second.
func (t *text) scenario(s *Scenario) {
	const beside, under, narrow, usual = 19, 6, 12, 27
	p := t.p
	p.to(3)
	p.put(heading, "may deadlock:")

	names := make([]string, len(s.CPUs))
	for i, f := range s.CPUs {
		names[i] = "CPU" + strconv.Itoa(i) + " (" + f + ")"
	}
	left, right := 0, utf8.RuneCountInString(names[len(names)-1])
	for _, e := range s.Events {
		if e.CPU == 0 {
			left = max(left, 2+utf8.RuneCountInString(e.head()))
		} else {
			right = max(right, utf8.RuneCountInString(e.head()+e.tail()))
		}
	}
	name := 2 + utf8.RuneCountInString(names[0])
	switch least := max(left, name); {
	case len(names) == 1 || beside+least+right <= width:
		t.events(s, names, beside, max(least, min(usual, width-beside-right)))
	case under+least+right <= width:
		p.line()
		t.events(s, names, under, max(least, min(usual, width-under-right)))
	case under+name+right <= width:
		p.line()
		t.events(s, names, under, width-under-right)
	default:
		for i, f := range s.CPUs {
			names[i] = "CPU" + strconv.Itoa(i)
			p.line()
			p.to(under)
			p.put(plain, names[i]+" runs "+f)
		}
		p.line()
		t.events(s, names, under, max(narrow, min(left, width-under-right)))
	}
	if len(s.Chain) > 1 {
		p.to(under)
		chain := words(plain, "where others hold and wait:")
		for i, c := range s.Chain {
			if i > 0 {
				chain = append(chain, span{plain, "->"})
			}
			chain = append(chain, span{class, c})
		}
		p.flow(under+2, chain...)
		p.line()
	}
}

// events prints the interleaving with the columns at indent and indent+column.
func (t *text) events(s *Scenario, names []string, indent, column int) {
	p := t.p
	for i, name := range names {
		p.to(indent + i*column)
		p.put(heading, name)
	}
	p.line()
	for _, e := range s.Events {
		p.to(indent + e.CPU*column)
		p.put(plain, e.head()[:len(e.head())-len(e.Lock)])
		p.put(class, e.Lock)
		p.put(fault, e.tail())
		p.line()
	}
}

// head and tail are the text of an event. rlock is lockdep's word.
func (e *Event) head() string {
	if e.Mode != Exclusive {
		return "rlock " + e.Lock
	}
	return "lock " + e.Lock
}

func (e *Event) tail() string {
	if e.Waits {
		return "  <- waits"
	}
	return ""
}

// advice prints the help and the notes, as one block.
func (t *text) advice(v *Violation) {
	p := t.p
	entry := func(r role, head, body string) {
		p.to(3)
		p.put(r, head)
		p.to(9)
		p.flow(9, words(plain, body)...)
		p.line()
	}
	notes := v.Notes
	if v.Confidence != High {
		note := "confidence is " + string(v.Confidence)
		for i, r := range v.Reasons {
			if i == 0 {
				note += ": " + r
			} else {
				note += "; " + r
			}
		}
		notes = append(notes[:len(notes):len(notes)], note)
	}
	if by := t.blame(v); by != "" {
		notes = append(notes[:len(notes):len(notes)], by)
	}
	if v.Help != "" || len(notes) > 0 {
		p.line()
	}
	if v.Help != "" {
		entry(advice, "help:", v.Help)
	}
	for _, n := range notes {
		entry(heading, "note:", n)
	}
}
