package lockdep

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
)

// TextOptions say how a comparison looks as text.
type TextOptions struct {
	Text  report.TextOptions
	Limit int  // pairs listed of each sort; 0: all
	Paths bool // a path for each dependency that was found
}

// WriteText writes a comparison for people: splats first, since they are what
// somebody came for, then the figures, then what is missing on either side.
func WriteText(out io.Writer, c *Comparison, o TextOptions) error {
	w := &writer{w: bufio.NewWriter(out), o: o}
	for i := range c.Splats {
		w.splat(&c.Splats[i])
	}
	if c.Summary.Classes > 0 {
		w.summary(c)
		w.list("observed, and not in the static graph", c, func(v *Observed) bool {
			return v.InScope && (v.Verdict == Missing || v.Verdict == Unmapped || v.Verdict == NotLoaded)
		})
		if o.Paths {
			for i := range c.Observed {
				w.found(&c.Observed[i])
			}
		}
		w.unobserved(c)
	}
	if w.err != nil {
		return w.err
	}
	return w.w.Flush()
}

// A writer keeps the first error.
type writer struct {
	w   *bufio.Writer
	o   TextOptions
	err error
}

func (w *writer) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.w, format, args...)
	}
}

// limit is how many of n items are shown.
func (w *writer) limit(n int) int {
	if w.o.Limit > 0 && n > w.o.Limit {
		return w.o.Limit
	}
	return n
}

func (w *writer) trace(t *report.Trace) {
	if t == nil || w.err != nil {
		return
	}
	var b bytes.Buffer
	if w.err = report.WriteTraces(&b, w.o.Text, []report.Trace{*t}); w.err == nil {
		_, w.err = w.w.Write(b.Bytes())
	}
}

func (w *writer) summary(c *Comparison) {
	s := &c.Summary
	w.printf("record   %d classes, %d direct dependencies, %d chains\n", s.Classes, s.Dependencies, s.Chains)
	for _, d := range c.Doubts {
		w.printf("         %s\n", d)
	}
	w.printf("classes  %d mapped to locks of the source (%d to several), %d that are no lock\n", s.Mapped, s.Ambiguous, s.NoLock)
	w.printf("         of the analysis, %d unmapped\n", s.Classes-s.Mapped-s.NoLock)
	w.printf("\n%-34s %8s %8s\n", "dependencies", "all", "in scope")
	for _, v := range verdicts {
		w.printf("  %-32s %8d %8d\n", verdictText[v], s.Verdicts[v], s.InScope[v])
	}
	found, reached, all := s.Share()
	w.printf("\n%d of %d observed dependencies%s between locks initialised in\n%s\nare in the static graph", found, all, percent(found, all), strings.Join(s.Scope, ", "))
	if reached > 0 {
		w.printf("; with those that calls lead to, %d%s", found+reached, percent(found+reached, all))
	}
	w.printf("\n")
}

func percent(n, all int) string {
	if all == 0 {
		return ""
	}
	return fmt.Sprintf(" (%.1f %%)", 100*float64(n)/float64(all))
}

var verdictText = map[Verdict]string{
	Found:     "in the static graph",
	OtherSub:  "there for another subclass",
	Reached:   "calls lead from one to the other",
	Missing:   "both taken, no way found",
	NotLoaded: "a lock that nothing loaded takes",
	Unmapped:  "a name that nothing explains",
	NoLock:    "a side that is no lock",
}

func (w *writer) list(title string, c *Comparison, keep func(*Observed) bool) {
	var rows []*Observed
	for i := range c.Observed {
		if keep(&c.Observed[i]) {
			rows = append(rows, &c.Observed[i])
		}
	}
	w.printf("\n%s: %d\n", title, len(rows))
	for _, r := range rows[:w.limit(len(rows))] {
		w.printf("  %s -> %s\n      %s\n", r.Outer, r.Inner, r.Reason)
	}
	w.more(len(rows))
}

func (w *writer) more(n int) {
	if hidden := n - w.limit(n); hidden > 0 {
		w.printf("  and %d more (-n 0 lists all)\n", hidden)
	}
}

func (w *writer) found(o *Observed) {
	if o.Trace == nil {
		return
	}
	w.printf("\n%s -> %s\n", o.Outer, o.Inner)
	w.trace(o.Trace)
}

func (w *writer) unobserved(c *Comparison) {
	s := &c.Summary
	w.printf("\nin the static graph, and never observed: %d of %d pairs of recorded classes\n", s.Unobserved, s.Static)
	for _, u := range c.Unobserved[:w.limit(len(c.Unobserved))] {
		w.printf("  %s -> %s\n", u.Outer, u.Inner)
		if u.Trace != nil && len(u.Trace.Steps) > 0 {
			w.printf("      %s\n", stepsText(u.Trace.Steps))
		}
	}
	w.more(len(c.Unobserved))
}

// stepsText is a path on a line: where it begins and ends, and the calls
// between.
func stepsText(steps []report.Step) string {
	last := &steps[len(steps)-1]
	var calls []string
	for i := range steps {
		if f := steps[i].Function; len(calls) == 0 || calls[len(calls)-1] != f {
			calls = append(calls, f)
		}
	}
	const most = 5
	if len(calls) > most {
		calls = slices.Concat(calls[:2], []string{"..."}, calls[len(calls)-2:])
	}
	return fmt.Sprintf("%s:%d: %s", last.Pos.File, last.Pos.Line, strings.Join(calls, " > "))
}

func (w *writer) splat(p *SplatPaths) {
	w.printf("%s:%d: %s", p.File, p.Line, p.Title)
	if p.Task != "" {
		w.printf(", in %s", p.Task)
	}
	w.printf("\n")
	if p.Taken != "" {
		w.printf("  takes %s", p.Taken)
		if len(p.Held) > 0 {
			w.printf(", holding %s", strings.Join(p.Held, ", "))
		}
		w.printf("\n")
	}
	if len(p.Deps) == 0 {
		w.printf("  it names no dependency\n")
	}
	for i := range p.Deps {
		d := &p.Deps[i]
		switch d.Verdict {
		case Found, OtherSub:
			w.printf("\n  %s -> %s: %s -> %s, %d ways\n", d.Outer, d.Inner, d.Pair[0], d.Pair[1], d.Ways)
			w.trace(d.Trace)
		default:
			w.printf("\n  %s -> %s: not in the static graph: %s\n", d.Outer, d.Inner, d.Reason)
		}
	}
	w.printf("\n")
}

// WriteJSON writes a comparison as one object.
func WriteJSON(w io.Writer, c *Comparison) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(c)
}

// csvColumns are the columns of the CSV output. Rows are the observed
// dependencies, then the pairs of the graph that were never observed.
var csvColumns = []string{"outer", "inner", "verdict", "in_scope", "outer_class", "inner_class", "ways", "file", "line", "functions", "reason"}

// WriteCSV writes a row for each pair.
func WriteCSV(out io.Writer, c *Comparison) error {
	w := csv.NewWriter(out)
	row := func(outer, inner, verdict, scope, oc, ic string, ways int, t *report.Trace, reason string) error {
		r := []string{outer, inner, verdict, scope, oc, ic, "", "", "", "", reason}
		if ways > 0 {
			r[6] = strconv.Itoa(ways)
		}
		if t != nil && len(t.Steps) > 0 {
			last := &t.Steps[len(t.Steps)-1]
			var fns []string
			for i := range t.Steps {
				if f := t.Steps[i].Function; len(fns) == 0 || fns[len(fns)-1] != f {
					fns = append(fns, f)
				}
			}
			r[7], r[8], r[9] = last.Pos.File, strconv.Itoa(last.Pos.Line), strings.Join(fns, ">")
		}
		return w.Write(r)
	}
	if err := w.Write(csvColumns); err != nil {
		return err
	}
	for i := range c.Observed {
		o := &c.Observed[i]
		if err := row(o.Outer, o.Inner, string(o.Verdict), strconv.FormatBool(o.InScope), o.Pair[0], o.Pair[1], o.Ways, o.Trace, o.Reason); err != nil {
			return err
		}
	}
	for i := range c.Unobserved {
		u := &c.Unobserved[i]
		if err := row("", "", "unobserved", "", u.Outer, u.Inner, u.Ways, u.Trace, ""); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
