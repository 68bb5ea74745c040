package cparse

import (
	"strings"
	"sync"
)

// A Macro is one #define.
type Macro struct {
	Name     string
	File     *File // nil for a built-in or a configuration option
	Pos      int32 // of the name in File.Src
	FuncLike bool
	Params   []string
	Variadic bool // the last of Params takes the rest; it is "__VA_ARGS__" for a plain "..."
	Text     string

	undef bool // an #undef
	once  sync.Once
	toks  []token
}

// body returns the tokens of the replacement list. They must not be changed.
func (m *Macro) body() []token {
	m.once.Do(func() { m.toks = lexAll(m.Text, 0, len(m.Text)) })
	return m.toks
}

func (m *Macro) param(name string) int {
	for i, p := range m.Params {
		if p == name {
			return i
		}
	}
	return -1
}

// parseDefine reads what follows #define: src[pos:end]. It returns nil for a
// line without a name.
func parseDefine(src string, pos, end int) *Macro {
	l := newLexer(src, pos, end)
	l.noPP = true
	name := l.next()
	if name.kind != tokIdent {
		return nil
	}
	m := &Macro{Name: name.text, Pos: name.pos}
	if l.pos < end && src[l.pos] == '(' {
		m.FuncLike = true
		l.next()
		if !m.parseParams(l) {
			return nil
		}
	}
	// A continuation at the end is no token: keep the newline behind it.
	if m.Text = strings.TrimLeft(src[l.pos:end], " \t"); strings.Trim(m.Text, " \t\r\n\\") == "" {
		m.Text = ""
	}
	return m
}

func (m *Macro) parseParams(l *lexer) bool {
	for {
		t := l.next()
		switch {
		case t.is(")"):
			return true
		case t.is(","):
		case t.is("..."):
			m.Variadic = true
			if l.src[prevNonSpace(l.src, int(t.pos))] == ',' || len(m.Params) == 0 {
				m.Params = append(m.Params, "__VA_ARGS__")
			}
		case t.kind == tokIdent:
			m.Params = append(m.Params, t.text)
		default:
			return false
		}
	}
}

func prevNonSpace(s string, pos int) int {
	for pos--; pos > 0; pos-- {
		switch s[pos] {
		case ' ', '\t', '\n', '\r', '\\':
			continue
		}
		break
	}
	return max(pos, 0)
}
