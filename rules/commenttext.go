package rules

import (
	"bytes"
	"go/token"
	"path"
	"strings"
)

// A textLine is a line of a comment without its frame. Column is that of the
// text as displayed, with tabs at multiples of 8, so that depths compare
// whatever the tree mixes.
type textLine struct {
	text   string // trimmed
	column int
	pos    token.Position // of the first byte of text
}

func (l textLine) blank() bool { return l.text == "" }

// comments returns the comments of a file, each as its lines. Text files
// (.rst, .txt) are one comment. Runs of // comments are one, too.
func comments(src Source) [][]textLine {
	switch path.Ext(src.Name) {
	case ".rst", ".txt", ".md":
		return [][]textLine{textLines(src, 0, len(src.Text), false)}
	}
	var out [][]textLine
	text := src.Text
	lineEnd := func(i int) int {
		if j := bytes.IndexByte(text[i:], '\n'); j >= 0 {
			return i + j
		}
		return len(text)
	}
	lines := newLineIndex(src)
	starts := "\"'/"
	if path.Ext(src.Name) == ".go" {
		starts += "`"
	}
	for i := 0; i < len(text); {
		j := bytes.IndexAny(text[i:], starts)
		if j < 0 {
			break
		}
		i += j
		switch {
		case text[i] == '`':
			i = skipRaw(text, i)
		case text[i] != '/':
			i = skipQuoted(text, i)
		case bytes.HasPrefix(text[i:], []byte("/*")):
			end := len(text)
			if j := bytes.Index(text[i+2:], []byte("*/")); j >= 0 {
				end = i + 2 + j
			}
			if mayDeclare(text[i:end]) {
				out = append(out, frameless(lines, i+2, end))
			}
			i = min(end+2, len(text))
		case bytes.HasPrefix(text[i:], []byte("//")):
			start := i
			end := lineEnd(i)
			for end < len(text) {
				next := bytes.TrimLeft(text[end+1:lineEnd(end+1)], " \t")
				if !bytes.HasPrefix(next, []byte("//")) {
					break
				}
				end = lineEnd(end + 1)
			}
			if mayDeclare(text[start:end]) {
				out = append(out, frameless(lines, start, end))
			}
			i = end
		default:
			i++
		}
	}
	return out
}

// skipQuoted returns the offset behind a string or character literal, which
// ends at the end of its line at the latest.
func skipQuoted(text []byte, i int) int {
	q := text[i]
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case q:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(text)
}

// skipRaw returns the offset behind a raw string of Go.
func skipRaw(text []byte, i int) int {
	if j := bytes.IndexByte(text[i+1:], '`'); j >= 0 {
		return i + 1 + j + 1
	}
	return len(text)
}

// A lineIndex finds the position of an offset, for ascending offsets.
type lineIndex struct {
	src         Source
	line, start int
}

func newLineIndex(src Source) *lineIndex { return &lineIndex{src, 1, 0} }

// seek moves to the line that holds off.
func (x *lineIndex) seek(off int) {
	if off < x.start {
		x.line, x.start = 1, 0
	}
	for {
		j := bytes.IndexByte(x.src.Text[x.start:], '\n')
		if j < 0 || x.start+j >= off {
			return
		}
		x.start += j + 1
		x.line++
	}
}

func (x *lineIndex) pos(off int) token.Position {
	x.seek(off)
	return token.Position{Filename: x.src.Name, Offset: off, Line: x.line, Column: off - x.start + 1}
}

func textLines(src Source, from, to int, frame bool) []textLine {
	return linesOf(newLineIndex(src), from, to, frame)
}

func frameless(x *lineIndex, from, to int) []textLine { return linesOf(x, from, to, true) }

// linesOf cuts src.Text[from:to] into lines; with frame, leading stars and
// slashes are taken off.
func linesOf(x *lineIndex, from, to int, frame bool) []textLine {
	var out []textLine
	text := x.src.Text
	for from <= to {
		end := to
		if j := bytes.IndexByte(text[from:to], '\n'); j >= 0 {
			end = from + j
		}
		x.seek(from)
		// Display column of the first byte, from the start of the real line.
		col, i := 0, x.start
		for ; i < from; i++ {
			col = advance(col, text[i])
		}
		blank := func() {
			for i < end && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r') {
				col = advance(col, text[i])
				i++
			}
		}
		blank()
		if frame {
			for n := 0; i < end && (text[i] == '*' || text[i] == '/' && n < 2); n++ {
				if text[i] == '/' && !(i+1 < end && text[i+1] == '/' || i > x.start && text[i-1] == '/') {
					break
				}
				col = advance(col, text[i])
				i++
				if text[i-1] == '*' && i < end && text[i] != '*' {
					break
				}
			}
			blank()
		}
		s := strings.TrimRight(string(text[i:end]), " \t\r*")
		out = append(out, textLine{text: s, column: col, pos: x.pos(i)})
		from = end + 1
	}
	return out
}

func advance(col int, c byte) int {
	if c == '\t' {
		return col/8*8 + 8
	}
	return col + 1
}
