package cparse

import "strings"

// tokKind is the lexical category of a token.
type tokKind uint8

const (
	tokEOF tokKind = iota
	tokIdent
	tokNumber
	tokString
	tokChar
	tokPunct
	tokDirective // a whole preprocessor line, continuations included
	tokGroup     // braces with what they hold, not read yet: pos and end lie inside them
	tokOther     // a byte that starts no token: NUL, stray backslash, ...
)

// A token is one preprocessing token. Text is a substring of the source that
// it was read from, or made by macro expansion; pos and end always lie in the
// file under analysis: those of a token made by expansion cover the macro call.
type token struct {
	text     string
	pos, end int32
	kind     tokKind
	flags    tokFlags
}

type tokFlags uint8

const (
	flagSpace  tokFlags = 1 << iota // white space or a comment before it
	flagLine                        // first on its line
	flagNoExp                       // names a macro that must not expand again
	flagPasted                      // made by ##
	flagMacro                       // made by macro expansion
)

func (t *token) is(s string) bool { return t.kind == tokPunct && t.text == s }

func (t *token) isWord(s string) bool { return t.kind == tokIdent && t.text == s }

// A lexer reads preprocessing tokens from src[pos:end]. Comments and line continuations count as white space.
type lexer struct {
	src  string
	pos  int
	end  int
	bol  bool // nothing but white space since the line began
	noPP bool // '#' is an ordinary token (macro bodies)
}

func newLexer(src string, pos, end int) *lexer {
	return &lexer{src: src, pos: pos, end: end, bol: true}
}

var identStart, identPart, digit [256]bool

func init() {
	for c := 0; c < 256; c++ {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c >= 0x80
		digit[c] = c >= '0' && c <= '9'
		identStart[c] = letter
		identPart[c] = letter || digit[c]
	}
}

// skipSpace moves over white space and comments.
func (l *lexer) skipSpace() (flags tokFlags) {
	for l.pos < l.end {
		switch c := l.src[l.pos]; c {
		case '\n':
			l.bol = true
			flags |= flagSpace
			l.pos++
		case ' ', '\t', '\r', '\f', '\v':
			flags |= flagSpace
			l.pos++
		case '\\':
			n := spliceLen(l.src, l.pos, l.end)
			if n == 0 {
				return flags
			}
			l.pos += n
			flags |= flagSpace
		case '/':
			if l.pos+1 >= l.end {
				return flags
			}
			switch l.src[l.pos+1] {
			case '*':
				l.pos = skipBlockComment(l.src, l.pos, l.end)
			case '/':
				l.pos = skipLineComment(l.src, l.pos, l.end)
			default:
				return flags
			}
			flags |= flagSpace
		default:
			return flags
		}
	}
	return flags
}

// spliceLen is the length of a line continuation at pos, 0 if there is none.
func spliceLen(s string, pos, end int) int {
	if pos+1 < end && s[pos+1] == '\n' {
		return 2
	}
	if pos+2 < end && s[pos+1] == '\r' && s[pos+2] == '\n' {
		return 3
	}
	return 0
}

func skipBlockComment(s string, pos, end int) int {
	i := strings.Index(s[pos+2:end], "*/")
	if i < 0 {
		return end
	}
	return pos + 2 + i + 2
}

// skipLineComment returns the offset of the newline that ends the comment.
func skipLineComment(s string, pos, end int) int {
	for pos < end {
		i := strings.IndexByte(s[pos:end], '\n')
		if i < 0 {
			return end
		}
		pos += i
		if s[pos-1] != '\\' && !(s[pos-1] == '\r' && pos > 1 && s[pos-2] == '\\') {
			return pos
		}
		pos++
	}
	return end
}

// next returns the next token; tokEOF at the end.
func (l *lexer) next() token {
	flags := l.skipSpace()
	start := l.pos
	if start >= l.end {
		return token{pos: int32(l.end), end: int32(l.end), flags: flags}
	}
	if l.bol {
		flags |= flagLine
		l.bol = false
		if l.src[start] == '#' && !l.noPP {
			l.pos = directiveEnd(l.src, start, l.end)
			return l.tok(tokDirective, start, flags)
		}
	}
	c := l.src[start]
	switch {
	case identStart[c]:
		l.pos++
		for l.pos < l.end && identPart[l.src[l.pos]] {
			l.pos++
		}
		if l.pos < l.end && l.pos-start <= 2 && (l.src[l.pos] == '"' || l.src[l.pos] == '\'') && isEncodingPrefix(l.src[start:l.pos]) {
			return l.quoted(start, flags)
		}
		return l.tok(tokIdent, start, flags)
	case digit[c] || c == '.' && start+1 < l.end && digit[l.src[start+1]]:
		l.number()
		return l.tok(tokNumber, start, flags)
	case c == '"' || c == '\'':
		return l.quoted(start, flags)
	}
	n := punctLen(l.src, start, l.end)
	if n == 0 {
		l.pos++
		return l.tok(tokOther, start, flags)
	}
	l.pos += n
	return l.tok(tokPunct, start, flags)
}

func (l *lexer) tok(k tokKind, start int, flags tokFlags) token {
	return token{text: l.src[start:l.pos], pos: int32(start), end: int32(l.pos), kind: k, flags: flags}
}

func isEncodingPrefix(s string) bool { return s == "L" || s == "u" || s == "U" || s == "u8" }

// number moves over a preprocessing number (C17 6.4.8).
func (l *lexer) number() {
	for l.pos < l.end {
		c := l.src[l.pos]
		switch {
		case identPart[c] || c == '.':
			l.pos++
			// Kernel code writes 0xe+1 and no floating point: only p takes a sign.
			if (c == 'p' || c == 'P') && l.pos < l.end && (l.src[l.pos] == '+' || l.src[l.pos] == '-') {
				l.pos++
			}
		default:
			return
		}
	}
}

// quoted reads a string or character constant. One that is not closed ends
// with its line, as compilers recover.
func (l *lexer) quoted(start int, flags tokFlags) token {
	q := l.src[l.pos]
	kind := tokString
	if q == '\'' {
		kind = tokChar
	}
	l.pos++
	for l.pos < l.end {
		switch l.src[l.pos] {
		case q:
			l.pos++
			return l.tok(kind, start, flags)
		case '\\':
			if n := spliceLen(l.src, l.pos, l.end); n > 0 {
				l.pos += n
			} else {
				l.pos += 2
			}
			continue
		case '\n':
			return l.tok(kind, start, flags)
		}
		l.pos++
	}
	l.pos = min(l.pos, l.end)
	return l.tok(kind, start, flags)
}

// punctLen is the length of the longest punctuator at pos, 0 for none.
func punctLen(s string, pos, end int) int {
	c := s[pos]
	var c1, c2 byte
	if pos+1 < end {
		c1 = s[pos+1]
	}
	if pos+2 < end {
		c2 = s[pos+2]
	}
	switch c {
	case '(', ')', '[', ']', '{', '}', ';', ',', ':', '?', '~', '@', '`':
		return 1
	case '+', '&', '|':
		if c1 == c || c1 == '=' {
			return 2
		}
		return 1
	case '-':
		if c1 == '-' || c1 == '=' || c1 == '>' {
			return 2
		}
		return 1
	case '*', '/', '%', '^', '!', '=':
		if c1 == '=' {
			return 2
		}
		return 1
	case '<', '>':
		if c1 == c {
			if c2 == '=' {
				return 3
			}
			return 2
		}
		if c1 == '=' {
			return 2
		}
		return 1
	case '.':
		if c1 == '.' && c2 == '.' {
			return 3
		}
		return 1
	case '#':
		if c1 == '#' {
			return 2
		}
		return 1
	}
	return 0
}

// directiveEnd is the end of the logical line that starts at pos: behind
// continuations and comments that span lines, before its newline.
func directiveEnd(s string, pos, end int) int {
	for pos < end {
		switch s[pos] {
		case '\n':
			return pos
		case '\\':
			if n := spliceLen(s, pos, end); n > 0 {
				pos += n
				continue
			}
		case '/':
			if pos+1 < end && s[pos+1] == '*' {
				pos = skipBlockComment(s, pos, end)
				continue
			}
			if pos+1 < end && s[pos+1] == '/' {
				return skipLineComment(s, pos, end)
			}
		case '"', '\'':
			// A quote may hide a comment's start; an apostrophe in the
			// text of #error must not run over the line's end.
			q := s[pos]
			for i := pos + 1; i < end && s[i] != '\n'; i++ {
				if s[i] == '\\' {
					i++
					continue
				}
				if s[i] == q {
					pos = i
					break
				}
			}
		}
		pos++
	}
	return end
}

// lexAll returns the tokens of one run of text, without directives.
func lexAll(src string, pos, end int) []token {
	l := newLexer(src, pos, end)
	l.noPP = true
	var out []token
	for {
		t := l.next()
		if t.kind == tokEOF {
			return out
		}
		out = append(out, t)
	}
}
