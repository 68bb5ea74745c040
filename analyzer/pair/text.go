package pair

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
)

// TextOptions say how a Comparison is written as text.
type TextOptions struct {
	Color bool
	Paths bool // every path in full, not only those of undeclared differences
}

// width is the number of columns that sentences keep to, as in reports.
const width = 80

// A section of the text has the pairs of one sort, under a title.
type section struct {
	title string
	has   func(*Pair) bool
}

var sections = [...]section{
	{"in both", func(p *Pair) bool { return p.Status == Same }},
	{"tried, and so no order", func(p *Pair) bool { return p.Status == Tried }},
	{"in C only, as declared", func(p *Pair) bool { return p.Status == OnlyC && p.Declared != nil }},
	{"in Go only, as declared", func(p *Pair) bool { return p.Status == OnlyGo && p.Declared != nil }},
	{"in C only, undeclared", func(p *Pair) bool { return p.Status == OnlyC && p.Declared == nil }},
	{"in Go only, undeclared", func(p *Pair) bool { return p.Status == OnlyGo && p.Declared == nil }},
}

// Text writes c for people: what agrees first, and the faults last.
func (c *Comparison) Text(w io.Writer, opts TextOptions) error {
	b := bufio.NewWriter(w)
	c.classes(b)
	for _, s := range sections {
		var list []*Pair
		for i := range c.Pairs {
			if s.has(&c.Pairs[i]) {
				list = append(list, &c.Pairs[i])
			}
		}
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(b, "%s: %s\n", s.title, count(len(list), "pair"))
		for i, p := range list {
			if i > 0 && (opts.Paths || p.Undeclared()) {
				b.WriteByte('\n')
			}
			if err := p.text(b, opts); err != nil {
				return err
			}
		}
		b.WriteByte('\n')
	}
	if len(c.Unused) > 0 {
		fmt.Fprintf(b, "declared to differ, and does not: %s\n", count(len(c.Unused), "declaration"))
		for _, d := range c.Unused {
			fmt.Fprintf(b, "  %s: %s\n", d.Pos, d.Rule)
		}
		b.WriteByte('\n')
	}
	wrap(b, "", c.Summary())
	return b.Flush()
}

// classes writes which classes the rules bind, and which are of one program.
func (c *Comparison) classes(b *bufio.Writer) {
	one := map[string][]string{}
	both := 0
	for _, k := range c.Classes {
		switch {
		case k.C && k.Go:
			both++
		case k.C:
			one["C"] = append(one["C"], k.Name)
		default:
			one["Go"] = append(one["Go"], k.Name)
		}
	}
	fmt.Fprintf(b, "%s of locks in pairs of both\n", count(both, "class"))
	for _, lang := range []string{"C", "Go"} {
		if len(one[lang]) > 0 {
			wrap(b, "  ", fmt.Sprintf("in %s only: %s", lang, strings.Join(one[lang], ", ")))
		}
	}
	b.WriteByte('\n')
}

func (p *Pair) text(b *bufio.Writer, opts TextOptions) error {
	fmt.Fprintf(b, "  %s < %s\n", p.Outer, p.Inner)
	var paths []report.Trace
	for _, s := range []struct {
		lang string
		side *Side
	}{{"C", p.C}, {"Go", p.Go}} {
		if s.side == nil {
			continue
		}
		fmt.Fprintf(b, "    %-2s  %s\n", s.lang, s.side.line())
		path := s.side.Path
		path.Title = "in " + s.lang
		paths = append(paths, path)
	}
	if p.Declared != nil {
		wrap(b, "        ", fmt.Sprintf("%s: %s", p.Declared.Pos, p.Declared.Reason))
	}
	if !opts.Paths && !p.Undeclared() {
		return nil
	}
	return report.WriteTraces(b, report.TextOptions{Color: opts.Color}, paths)
}

// line says where a path begins and where it ends.
func (s *Side) line() string {
	steps := s.Path.Steps
	if len(steps) == 0 {
		return ""
	}
	first, last := steps[0], steps[len(steps)-1]
	text := fmt.Sprintf("%s %s", place(first.Pos), first.Function)
	if last.Function != first.Function {
		text += fmt.Sprintf(" .. %s %s", place(last.Pos), last.Function)
	}
	if !s.Blocks {
		text += " (tries)"
	}
	return text
}

// place is a position without its column.
func place(p report.Position) string {
	p.Col = 0
	return p.String()
}

// count is a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return fmt.Sprintf("%d %ses", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// wrap writes text in lines of width columns, the second and further ones
// indented by two more.
func wrap(b *bufio.Writer, indent, text string) {
	col := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			b.WriteString(indent)
			col = len(indent)
		case col+1+len(word) > width:
			b.WriteString("\n" + indent + "  ")
			col = len(indent) + 2
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col += len(word)
	}
	b.WriteByte('\n')
}

// JSON writes c as one object.
func (c *Comparison) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// DOT writes c as a graph of Graphviz: what is in both in black, what is in one
// in its colour, what nothing declares in bold, what is only tried dotted.
func (c *Comparison) DOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "digraph lockorder {")
	fmt.Fprintln(b, "\tnode [shape=box];")
	for _, k := range c.Classes {
		var attrs []string
		switch {
		case !k.Go:
			attrs = append(attrs, "color=blue")
		case !k.C:
			attrs = append(attrs, "color=darkgreen")
		}
		fmt.Fprintf(b, "\t%s%s;\n", quote(k.Name), attributes(attrs))
	}
	for i := range c.Pairs {
		p := &c.Pairs[i]
		var attrs []string
		switch p.Status {
		case OnlyC:
			attrs = append(attrs, `label="C"`, "color=blue")
		case OnlyGo:
			attrs = append(attrs, `label="Go"`, "color=darkgreen")
		case Tried:
			attrs = append(attrs, "style=dotted")
		}
		switch {
		case p.Undeclared():
			attrs = append(attrs, "style=bold")
		case p.Declared != nil:
			attrs = append(attrs, "style=dashed", "tooltip="+quote(p.Declared.Reason))
		}
		fmt.Fprintf(b, "\t%s -> %s%s;\n", quote(p.Outer), quote(p.Inner), attributes(attrs))
	}
	fmt.Fprintln(b, "}")
	return b.Flush()
}

func attributes(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " [" + strings.Join(list, ", ") + "]"
}

// quote is a quoted ID of DOT, in which only the quote is special.
func quote(s string) string {
	s = strings.ReplaceAll(strings.TrimRight(s, `\`), "\n", " ")
	return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
}
