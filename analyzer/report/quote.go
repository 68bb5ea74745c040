package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	gutterCol = 11 // the bar beside a quote
	quoteCol  = 13 // where quoted source begins
	tabStop   = 4  // half of the kernel's: deep code shall fit
)

// quote prints the source line of a step, with the operation underlined and
// named. A line that is too wide loses indentation first, then its end.
func (t *text) quote(s *Step) {
	p := t.p
	line, from, to := expand(s.Source, s.Caret)
	if from == to {
		from, to = trim(line)
	}
	if len(line) > width-quoteCol {
		if spare, _ := trim(line); spare > tabStop {
			cut := min(spare-tabStop, from)
			line, from, to = line[cut:], from-cut, to-cut
		}
	}
	if len(line) > width-quoteCol {
		const dots = "..."
		keep := width - quoteCol - len(dots)
		line = append(line[:keep:keep], []rune(dots)...)
		from, to = min(from, keep), min(to, len(line))
	}
	t.gutter(strconv.Itoa(s.Pos.Line))
	p.put(plain, strings.TrimRight(string(line), " "))
	p.line()

	label := string(s.Verb)
	if s.Target != "" {
		label += " " + s.Target
	}
	if s.Mode != Exclusive {
		label += " (" + string(s.Mode) + ")"
	}
	t.gutter("")
	p.to(quoteCol + from)
	p.put(caret, strings.Repeat("^", max(to-from, 1)))
	if n := utf8.RuneCountInString(label); p.col+1+n > width {
		p.line()
		t.gutter("")
		p.to(max(quoteCol, min(quoteCol+from, width-n)))
	} else {
		p.to(p.col + 1)
	}
	p.put(caret, label)
	p.line()
}

// gutter begins a line of a quote, with the number if it has one.
func (t *text) gutter(number string) {
	p := t.p
	p.to(max(gutterCol-1-len(number), 0))
	p.put(gutter, number)
	p.to(max(gutterCol, p.col+1))
	p.put(gutter, "|")
	p.to(max(quoteCol, p.col+1))
}

// expand returns the line with its tabs replaced by spaces and the range of
// bytes, held within the line, as a range of its characters.
func expand(source string, bytes [2]int) (line []rune, from, to int) {
	from, to = -1, -1
	for i, r := range source {
		if from < 0 && i >= bytes[0] {
			from = len(line)
		}
		if to < 0 && i >= bytes[1] {
			to = len(line)
		}
		if r != '\t' {
			line = append(line, r)
			continue
		}
		line = append(line, ' ')
		for len(line)%tabStop != 0 {
			line = append(line, ' ')
		}
	}
	if from < 0 {
		from = len(line)
	}
	if to < 0 {
		to = len(line)
	}
	return line, from, max(from, to)
}

// trim returns the range of the line without the spaces around it.
func trim(line []rune) (from, to int) {
	to = len(line)
	for to > 0 && line[to-1] == ' ' {
		to--
	}
	for from < to && line[from] == ' ' {
		from++
	}
	return from, to
}
