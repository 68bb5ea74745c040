package report

import (
	"bufio"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fatih/color"
)

// width is the number of columns that the text keeps to. It is fixed: reports
// go into mails, logs and goldens, which have no terminal to ask.
const width = 80

// A role is what a piece of text stands for. Callers print by role; what a role
// looks like is decided here alone.
type role int

const (
	plain   role = iota
	place        // the position at the head of a report
	fault        // "error:"
	doubt        // "warning:"
	heading      // "rule", "path 1"
	class        // a lock class
	gutter       // line numbers and bars beside quoted source
	caret        // the underline of a quote, and its label
	advice       // "help:"
	faint        // what a reader may pass over
	nRoles
)

// attributes has a row a role.
var attributes = [nRoles][]color.Attribute{
	plain:   nil,
	place:   {color.Bold},
	fault:   {color.FgRed, color.Bold},
	doubt:   {color.FgYellow, color.Bold},
	heading: {color.Bold},
	class:   {color.FgCyan},
	gutter:  {color.FgBlue},
	caret:   {color.FgRed},
	advice:  {color.FgGreen, color.Bold},
	faint:   {color.Faint},
}

// A span is text with a role.
type span struct {
	role role
	text string
}

// A printer lays out spans in columns. The first error of the writer sticks, and
// nothing is written after it. Columns count from 0.
type printer struct {
	w      *bufio.Writer
	styles [nRoles]*color.Color // nil: no colours
	col    int                  // column that the next byte goes to
	blank  int                  // spaces owed before the next span; never written before a newline
	err    error
}

func newPrinter(w io.Writer, colors bool) *printer {
	p := &printer{w: bufio.NewWriter(w)}
	if colors {
		for r, attrs := range attributes {
			if attrs != nil {
				p.styles[r] = color.New(attrs...)
				// Ours to decide, whatever the library finds out about the terminal.
				p.styles[r].EnableColor()
			}
		}
	}
	return p
}

// flush hands what was printed to the writer and returns the first error.
func (p *printer) flush() error {
	if p.err == nil {
		p.err = p.w.Flush()
	}
	return p.err
}

// line ends the line.
func (p *printer) line() {
	p.write("\n")
	p.col, p.blank = 0, 0
}

// to moves to the column, on the next line if the text has come up to it.
func (p *printer) to(col int) {
	if p.col > 0 && p.col >= col {
		p.line()
	}
	p.blank += col - p.col
	p.col = col
}

// put prints one span at the current column.
func (p *printer) put(r role, text string) {
	if text == "" {
		return
	}
	text = printable(text)
	p.write(strings.Repeat(" ", p.blank))
	p.blank = 0
	p.col += utf8.RuneCountInString(text)
	if s := p.styles[r]; s != nil {
		text = s.Sprint(text)
	}
	p.write(text)
}

// flow prints spans with a space between them, from the current column, and goes
// on in the given column of the next line where the width is reached.
func (p *printer) flow(indent int, spans ...span) {
	for i, s := range spans {
		n := utf8.RuneCountInString(s.text)
		if i > 0 {
			if p.col+1+n > width && p.col > indent {
				p.line()
				p.to(indent)
			} else {
				p.to(p.col + 1)
			}
		}
		p.put(s.role, s.text)
	}
}

func (p *printer) write(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
	}
}

// words splits text into spans that flow may part.
func words(r role, text string) []span {
	var spans []span
	for _, w := range strings.Fields(text) {
		spans = append(spans, span{r, w})
	}
	return spans
}

// list returns the classes as spans that flow may part, with commas between.
func list(classes []string) []span {
	spans := make([]span, len(classes))
	for i, c := range classes {
		if i < len(classes)-1 {
			c += ","
		}
		spans[i] = span{class, c}
	}
	return spans
}

// printable returns the text without what could steer a terminal. Names and
// source lines come from files that are not trusted.
func printable(s string) string {
	clean := func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}
	return strings.Map(clean, s)
}
