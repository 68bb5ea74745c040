package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Stats prints the summary: what was found, how much was looked at, what stayed
// unknown. A clean result means nothing without the last.
func (t *text) Stats(s *Stats) error {
	p := t.p
	if t.opts.Stats {
		t.table(s)
	}
	if s.Series != nil {
		t.seriesStats(s.Series)
	}
	p.flow(2, words(heading, t.verdict(s))...)
	p.line()
	for _, key := range s.Gone {
		p.put(heading, "note: ")
		p.flow(2, words(plain, "not found any more, but in the baseline: "+key)...)
		p.line()
	}
	p.flow(2, words(plain, looked(s))...)
	p.line()
	if s.Arms != nil {
		p.flow(2, words(plain, armsLooked(s))...)
		p.line()
	}
	if gaps := gaps(s); gaps != "" {
		p.flow(2, words(plain, gaps)...)
		p.line()
	}
	for _, d := range s.Timings {
		p.put(plain, fmt.Sprintf("%8.2f s  %s", float64(d.Milliseconds)/1000, d.Stage))
		p.line()
	}
	if t.errors+t.warnings > 0 {
		p.put(faint, "`lockorder explain CHECK` says what a check finds and what to do about it")
		p.line()
	}
	return p.flush()
}

func (t *text) verdict(s *Stats) string {
	var parts []string
	if s.Series != nil {
		return t.seriesVerdict(s.Series)
	}
	if t.errors > 0 {
		parts = append(parts, plural(t.errors, "error"))
	}
	if t.warnings > 0 {
		parts = append(parts, plural(t.warnings, "warning"))
	}
	if len(parts) == 0 {
		what := "no violations"
		if s.Known > 0 {
			what = "no new violations"
		}
		parts = append(parts, what)
	}
	if s.Known > 0 {
		parts = append(parts, thousands(s.Known)+" in the baseline")
	}
	if s.Hidden > 0 {
		parts = append(parts, thousands(s.Hidden)+" of low confidence not shown (--all shows them)")
	}
	if s.Excepted > 0 {
		parts = append(parts, thousands(s.Excepted)+" excepted by the rules")
	}
	if t.troubles > 0 {
		parts = append(parts, "trouble with the input: "+plural(t.troubles, "problem"))
	}
	return strings.Join(parts, ", ")
}

func looked(s *Stats) string {
	text := fmt.Sprintf("looked at %s in %s", plural(s.Functions, "function"), plural(s.Files, "file"))
	if s.Reported.Files < s.Files {
		text += fmt.Sprintf(", to report on %s in %s", thousands(s.Reported.Functions), thousands(s.Reported.Files))
	}
	return text + fmt.Sprintf(": %s, %s of them, %s",
		plural(s.Classes, "lock class"), plural(s.Pairs, "pair"), plural(s.Declared, "declared order"))
}

// armsLooked says what was looked at of the arms that the configuration leaves out.
func armsLooked(s *Stats) string {
	a := s.Arms
	text := fmt.Sprintf("beyond the configuration: %s of %s with calls, in %s; %s of %s in them",
		thousands(a.Lowered), plural(a.Arms, "#if arm"), plural(a.Rounds, "round"), thousands(a.LockOps), plural(s.Reported.Inactive, "lock operation"))
	for _, c := range []struct {
		n    int
		text string
	}{
		{a.Files, plural(a.Files, "file") + " outside of the build"},
		{a.Never, thousands(a.Never) + " in no configuration"},
		{a.Unfound, "no settings found for " + thousands(a.Unfound)},
		{a.Cut, "too many settings for " + thousands(a.Cut)},
		{a.Unread, "the directives of " + plural(a.Unread, "file") + " not read"},
		{a.Failed, plural(a.Failed, "function") + " parsed in part"},
		{a.Elsewhere, plural(a.Elsewhere, "violation") + " on paths without an arm not shown"},
	} {
		if c.n > 0 {
			text += ", " + c.text
		}
	}
	return text
}

func gaps(s *Stats) string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	n := s.Functions - s.Parsed
	add(n, plural(n, "function")+" parsed in part")
	n = s.LockOps - s.Resolved
	add(n, fmt.Sprintf("the class of %s of %s", thousands(n), plural(s.LockOps, "lock operation")))
	n = s.Inactive
	if s.Arms != nil {
		n -= s.Arms.LockOps
	}
	add(n, plural(n, "lock operation")+" in inactive #if branches")
	n = s.LeftOut
	if s.Arms != nil {
		n -= s.Arms.Files
	}
	add(n, plural(n, "file")+" that the configuration does not build")
	n = s.IndirectCalls - s.IndirectResolved
	add(n, fmt.Sprintf("the target of %s of %s", thousands(n), plural(s.IndirectCalls, "indirect call")))
	add(s.Undefined, plural(s.Undefined, "called function")+" without a body")
	add(s.Unmapped, plural(s.Unmapped, "declared name")+" without a class")
	add(s.StatesCut, plural(s.StatesCut, "block")+" with too many path states")
	add(s.EventsCut, plural(s.EventsCut, "acquisition")+" too far away for a caller")
	if len(parts) == 0 {
		return ""
	}
	return "not known: " + strings.Join(parts, ", ")
}

// table prints a row of figures a directory, and the sum. The name comes last:
// it has no bound.
func (t *text) table(s *Stats) {
	p := t.p
	const format = "%6s %9s %8s %8s %8s %8s %9s  %s"
	row := func(r role, cells ...any) {
		p.put(r, strings.TrimRight(fmt.Sprintf(format, cells...), " "))
		p.line()
	}
	row(heading, "", "", "parsed", "lock", "class", "in dead", "pointer", "")
	row(heading, "files", "functions", "whole", "ops", "known", "#if", "calls", "directory")
	for _, c := range append(s.Dirs[:len(s.Dirs):len(s.Dirs)], s.Counts) {
		dir := c.Dir
		if dir == "" {
			dir = "all"
		}
		row(plain, thousands(c.Files), thousands(c.Functions), percent(c.Parsed, c.Functions),
			thousands(c.LockOps), percent(c.Resolved, c.LockOps), thousands(c.Inactive),
			percent(c.IndirectResolved, c.IndirectCalls), dir)
	}
	p.line()
}

// percent returns the share in hundredths of a percent, rounded down: a hundred
// means all of them. There is no share of nothing.
func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	x := n * 10000 / of
	return fmt.Sprintf("%d.%02d %%", x/100, x%100)
}

// thousands returns the number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural returns "1 class", "2 classes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "s") || strings.HasSuffix(noun, "ch") {
		noun += "e"
	}
	return thousands(n) + " " + noun + "s"
}
