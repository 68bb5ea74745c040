package cparse

import (
	"sort"
	"strings"
)

// A Span is a run of bytes of a file.
type Span struct{ Pos, End int32 }

// A condArm is one #if group while it is open.
type condArm struct {
	taken  bool // some arm of the group was active
	live   bool // the present arm is
	parent bool // the group stands in active text
}

// A preprocessor reads the active tokens of one file and acts on its
// directives: it records macros and includes in the file, and what is
// inactive.
type preprocessor struct {
	f     *File
	lex   *lexer
	arms  []condArm
	live  bool
	start int32 // of the inactive span that is open
	back  []token
}

func newPreprocessor(f *File) *preprocessor {
	return &preprocessor{f: f, lex: newLexer(f.text, 0, len(f.text)), live: true}
}

// next returns the next active token.
func (p *preprocessor) next() token {
	if n := len(p.back); n > 0 {
		t := p.back[n-1]
		p.back = p.back[:n-1]
		return t
	}
	for {
		t := p.lex.next()
		switch t.kind {
		case tokEOF:
			if len(p.arms) > 0 && !p.f.quietArms {
				p.f.problem(t.pos, "#if without #endif")
				p.arms = nil
			}
			return t
		case tokDirective:
			p.directive(t)
			if !p.live {
				p.skip()
			}
			continue
		}
		return t
	}
}

// skip moves over inactive text up to the directive that makes text active
// again.
func (p *preprocessor) skip() {
	p.start = int32(p.lex.pos)
	s := p.f.text
	for !p.live {
		i := nextDirective(s, p.lex.pos, p.lex.end)
		if i < 0 {
			p.lex.pos = p.lex.end
			p.f.addInactive(p.start, int32(p.lex.end))
			return
		}
		end := directiveEnd(s, i, p.lex.end)
		t := token{text: s[i:end], pos: int32(i), end: int32(end), kind: tokDirective}
		p.lex.pos = end
		before := p.live
		p.directive(t)
		if p.live && !before {
			p.f.addInactive(p.start, t.pos)
		}
	}
}

// nextDirective finds the '#' of the next directive in text that is not read
// as tokens, comments excepted; -1 for none.
func nextDirective(s string, pos, end int) int {
	bol := true
	for pos < end {
		switch c := s[pos]; {
		case c == '\n':
			bol = true
			pos++
		case c == ' ' || c == '\t' || c == '\r':
			pos++
		case c == '#' && bol:
			return pos
		case c == '/' && pos+1 < end && s[pos+1] == '*':
			pos = skipBlockComment(s, pos, end)
		case c == '/' && pos+1 < end && s[pos+1] == '/':
			pos = skipLineComment(s, pos, end)
		case c == '"':
			bol = false
			pos++
			for pos < end && s[pos] != '"' && s[pos] != '\n' {
				if s[pos] == '\\' {
					pos++
				}
				pos++
			}
			if pos < end && s[pos] == '"' {
				pos++
			}
		default:
			bol = false
			pos++
		}
	}
	return -1
}

// directive acts on one preprocessor line.
func (p *preprocessor) directive(t token) {
	l := newLexer(p.f.text, int(t.pos)+1, int(t.end))
	l.noPP = true
	name := l.next()
	switch name.text {
	case "if", "ifdef", "ifndef":
		a := condArm{parent: p.live}
		if p.live {
			a.live = p.cond(name.text, l)
			a.taken = a.live
		}
		p.arms = append(p.arms, a)
		p.live = a.live
		return
	case "elif", "elifdef", "elifndef":
		if a := p.arm(t); a != nil {
			a.live = a.parent && !a.taken && p.cond(strings.TrimPrefix(name.text, "el"), l)
			a.taken = a.taken || a.live
			p.live = a.live
		}
		return
	case "else":
		if a := p.arm(t); a != nil {
			a.live = a.parent && !a.taken
			a.taken = true
			p.live = a.live
		}
		return
	case "endif":
		if a := p.arm(t); a != nil {
			p.live = a.parent
			p.arms = p.arms[:len(p.arms)-1]
		}
		return
	}
	if !p.live {
		return
	}
	switch name.text {
	case "define":
		if m := parseDefine(p.f.text, l.pos, int(t.end)); m != nil {
			m.File = p.f
			p.f.addMacro(m)
		}
	case "undef":
		if n := l.next(); n.kind == tokIdent {
			p.f.addMacro(&Macro{Name: n.text, File: p.f, Pos: n.pos, undef: true})
		}
	case "include", "include_next":
		p.f.include(p.f.text[l.pos:t.end], int32(l.pos), name.text == "include_next")
	}
}

func (p *preprocessor) arm(t token) *condArm {
	if len(p.arms) == 0 {
		p.f.problem(t.pos, "#%s without #if", strings.Fields(t.text[1:] + " ?")[0])
		return nil
	}
	return &p.arms[len(p.arms)-1]
}

// cond evaluates the condition that l stands before.
func (p *preprocessor) cond(kind string, l *lexer) bool {
	switch kind {
	case "ifdef", "ifndef":
		n := l.next()
		return (p.f.macroFor(n.text, n.pos) != nil) == (kind == "ifdef")
	}
	v, err := p.f.evalCond(lexAll(l.src, l.pos, l.end))
	if err != "" {
		p.f.problem(int32(l.pos), "#if: %s", err)
		return false
	}
	return v != 0
}

// addInactive records an inactive run; they come in order.
func (f *File) addInactive(pos, end int32) {
	if end <= pos {
		return
	}
	if n := len(f.inactive); n > 0 && f.inactive[n-1].End >= pos {
		f.inactive[n-1].End = max(end, f.inactive[n-1].End)
		return
	}
	f.inactive = append(f.inactive, Span{pos, end})
}

// activeTokens reads the active tokens of f.text[pos:end] again, once the
// scan has found what is inactive.
func (f *File) activeTokens(pos, end int32) []token {
	end = min(end, int32(len(f.text)))
	pos = max(0, min(pos, end))
	out := make([]token, 0, int(end-pos)/4)
	i := sort.Search(len(f.inactive), func(i int) bool { return f.inactive[i].End > pos })
	l := newLexer(f.text, int(pos), int(end))
	l.bol = pos == 0
	for {
		stop := int(end)
		if i < len(f.inactive) && f.inactive[i].Pos < end {
			stop = int(f.inactive[i].Pos)
		}
		l.end = stop
		for {
			t := l.next()
			if t.kind == tokEOF {
				break
			}
			if t.kind != tokDirective {
				out = append(out, t)
			}
		}
		if stop == int(end) {
			return out
		}
		l.pos = int(f.inactive[i].End)
		l.bol = true
		i++
		if l.pos >= int(end) {
			return out
		}
	}
}
