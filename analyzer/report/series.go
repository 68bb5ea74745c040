package report

import (
	"fmt"
	"io"
	"strings"
)

// title names a patch by its number, and by its subject if that is known.
func title(series []string, n int) string {
	name := fmt.Sprintf("patch %d", n)
	if n >= 1 && n <= len(series) {
		name += fmt.Sprintf(", %q", series[n-1])
	}
	return name
}

// blame says which patches a violation has to do with, "" in a scan.
func (t *text) blame(v *Violation) string {
	switch v.Change {
	case Added:
		return "added by " + title(t.series, v.Patch)
	case Passing:
		return "added by " + title(t.series, v.Patch) + " and fixed again by " + title(t.series, v.Until)
	case Same:
		return "it was there before the series"
	}
	return ""
}

// changed prints a fixed or a moved violation: one line that needs no paths.
func (t *text) changed(v *Violation) {
	p := t.p
	p.put(place, v.Pos.String()+": ")
	if v.Change == Fixed {
		p.put(advice, "fixed: ")
	} else {
		p.put(heading, "moved: ")
	}
	p.put(plain, v.Message+", in "+v.Function)
	switch {
	case v.Change == Fixed:
		p.put(plain, fmt.Sprintf(", by patch %d", v.Patch))
	case v.Was != nil:
		p.put(plain, ", from "+v.Was.String())
	}
	p.put(faint, " ["+v.Check+"]")
	p.line()
	for _, n := range v.Notes {
		if v.Change == Fixed {
			p.to(3)
			p.put(heading, "note:")
			p.to(9)
			p.flow(9, words(plain, n)...)
			p.line()
		}
	}
}

// seriesStats prints the notes, and what each patch does by itself.
func (t *text) seriesStats(s *SeriesStats) {
	p := t.p
	for i := range s.Notes {
		n := &s.Notes[i]
		if n.Pos.File != "" {
			p.put(place, n.Pos.String()+": ")
		}
		p.put(heading, "note: ")
		message := n.Message
		if n.Patch > 0 {
			message += fmt.Sprintf(" (patch %d)", n.Patch)
		}
		p.flow(3, words(plain, message)...)
		p.line()
	}
	if len(s.Notes) > 0 {
		p.line()
	}
	for i := range s.Patches {
		q := &s.Patches[i]
		p.put(plain, fmt.Sprintf("%4d ", i+1))
		role := plain
		if q.Added > 0 {
			role = fault
		}
		p.put(role, fmt.Sprintf("%+4d", q.Added))
		p.put(plain, fmt.Sprintf(" %4d  ", -q.Fixed))
		p.flow(16, words(plain, q.Title)...)
		p.line()
	}
	if len(s.Patches) > 0 {
		p.line()
	}
}

func (t *text) seriesVerdict(s *SeriesStats) string { return s.verdict(t.troubles) }

// verdict is the sum in a sentence.
func (s *SeriesStats) verdict(troubles int) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", thousands(n), what))
		}
	}
	add(s.Added, "added")
	add(s.Passing, "added and fixed again")
	add(s.Fixed, "fixed")
	add(s.Moved, "moved")
	if len(parts) == 0 {
		parts = append(parts, "no change")
	}
	text := "violations: " + strings.Join(parts, ", ")
	if s.Same > 0 {
		text += fmt.Sprintf("; %s of before stay", thousands(s.Same))
	}
	if troubles > 0 {
		text += ", trouble with the input: " + plural(troubles, "problem")
	}
	return text
}

// NewTerse returns a handler that writes a line for each change, as checkpatch
// --terse does, and a line with the sum.
func NewTerse(w io.Writer) Handler { return &terse{p: newPrinter(w, false)} }

type terse struct {
	p        *printer
	errors   int
	warnings int
}

func (t *terse) Config(*Config) error { return nil }
func (t *terse) Close() error         { return t.p.flush() }

func (t *terse) Problem(q *Problem) error {
	if q.Warning {
		return nil
	}
	t.errors++
	return t.line(q.Pos, "ERROR", q.Kind, q.Message)
}

func (t *terse) Violation(v *Violation) error {
	level, where := "ERROR", ""
	switch {
	case v.Change == Fixed:
		level, where = "FIXED", fmt.Sprintf(" (patch %d)", v.Patch)
	case v.Change == Moved:
		level = "MOVED"
	case v.Change == Same:
		level = "KNOWN"
	case v.Change == Passing:
		level, where = "WARNING", fmt.Sprintf(" (patches %d to %d)", v.Patch, v.Until)
		t.warnings++
	case v.Confidence == Low:
		level = "WARNING"
		t.warnings++
	default:
		t.errors++
	}
	if v.Change == Added {
		where = fmt.Sprintf(" (patch %d)", v.Patch)
	}
	return t.line(v.Pos, level, v.Check, v.Message+", in "+v.Function+where)
}

func (t *terse) line(pos Position, level, kind, message string) error {
	if pos.File != "" {
		pos.Col = 0
		t.p.put(plain, pos.String()+": ")
	}
	t.p.put(plain, level+":"+strings.ToUpper(kind)+": "+message)
	t.p.line()
	return t.p.flush()
}

func (t *terse) Stats(s *Stats) error {
	text := fmt.Sprintf("total: %d errors, %d warnings", t.errors, t.warnings)
	if s.Series != nil {
		text += fmt.Sprintf(", %d fixed, %d moved, %s checked", s.Series.Fixed, s.Series.Moved, plural(len(s.Series.Patches), "patch"))
	}
	t.p.put(plain, text)
	t.p.line()
	return t.p.flush()
}

// NewMail returns a handler that writes the body of a reply to a patch series:
// plain text, for the list. Where the series adds, fixes and passes through
// nothing it writes nothing: there is no reason to send it.
func NewMail(w io.Writer) Handler { return &mail{w: w} }

type mail struct {
	w      io.Writer
	config Config
	faults []*Violation
	fixed  []*Violation
}

func (m *mail) Config(c *Config) error { m.config = *c; return nil }
func (m *mail) Problem(*Problem) error { return nil } // the sender's, not the author's
func (m *mail) Close() error           { return nil }
func (m *mail) Violation(v *Violation) error {
	switch v.Change {
	case "", Added, Passing:
		m.faults = append(m.faults, v)
	case Fixed:
		m.fixed = append(m.fixed, v)
	}
	return nil
}

func (m *mail) Stats(s *Stats) error {
	if len(m.faults)+len(m.fixed) == 0 {
		return nil
	}
	t := &text{p: newPrinter(m.w, false), series: m.config.Series}
	p := t.p
	say := func(sentence string) {
		p.flow(0, words(plain, sentence)...)
		p.line()
		p.line()
	}
	p.line()
	if n := len(m.faults); n > 0 {
		say(fmt.Sprintf("lockorder reads the source and follows its locks. With this series it reports %s that it did not report without:", plural(n, "fault")))
	} else {
		say("lockorder reads the source and follows its locks. With this series it reports no new fault.")
	}
	for _, v := range m.faults {
		if err := t.Violation(v); err != nil {
			return err
		}
	}
	if n := len(m.fixed); n > 0 {
		say(fmt.Sprintf("It does not report %s any more:", plural(n, "fault")))
		for _, v := range m.fixed {
			t.changed(v)
		}
		p.line()
	}
	shown := 0
	if s.Series != nil {
		for i := range s.Series.Notes {
			if n := &s.Series.Notes[i]; n.Kind == "pair" || n.Kind == "required" || n.Kind == "held" {
				if shown == 0 {
					say("Also new, and perhaps meant:")
				}
				shown++
				p.put(plain, n.Pos.String()+":")
				p.to(p.col + 1)
				p.flow(2, words(plain, n.Message)...)
				p.line()
			}
		}
	}
	if shown > 0 {
		p.line()
	}
	say("What may be wrong: conditions that rule a path out, but not by what is read in the source. If a report is of such a path, please say so.")
	p.put(plain, "-- ") // mailers know it by the space
	p.line()
	p.put(plain, strings.TrimSpace("lockorder "+m.config.Version))
	p.line()
	return p.flush()
}
