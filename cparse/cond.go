package cparse

import (
	"strconv"
	"strings"
)

// evalCond evaluates the controlling expression of #if. A name that is no
// macro is 0, as in C. err is "" or what is wrong.
func (f *File) evalCond(toks []token) (v int64, err string) { return f.evalCondBy(toks, f.macroFor) }

// evalCondBy is evalCond under other macros than those of the file.
func (f *File) evalCondBy(toks []token, lookup func(name string, pos int32) *Macro) (v int64, err string) {
	// defined X must not see X expanded.
	kept := make([]token, 0, len(toks))
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		if t.isWord("defined") {
			j := i + 1
			paren := j < len(toks) && toks[j].is("(")
			if paren {
				j++
			}
			if j < len(toks) && toks[j].kind == tokIdent {
				t = token{kind: tokNumber, text: "0", pos: t.pos, end: t.end}
				if lookup(toks[j].text, toks[j].pos) != nil {
					t.text = "1"
				}
				if paren {
					j++
				}
				i = j
			}
		}
		kept = append(kept, t)
	}
	x := &expander{lookup: lookup}
	e := constEval{f: f, toks: x.expand(kept)}
	defer func() {
		if r := recover(); r != nil {
			if r != errDeep {
				panic(r)
			}
			v, err = 0, "nested too deeply"
		}
	}()
	v = e.cond()
	if e.err == "" && e.i < len(e.toks) {
		e.err = "unexpected " + strconv.Quote(e.toks[e.i].text)
	}
	return v, e.err
}

type deepError struct{}

var errDeep = deepError{}

// constEval evaluates integer constant expressions over tokens.
type constEval struct {
	f     *File
	toks  []token
	i     int
	depth int
	err   string
	// ident gives the value of a name that is no macro; nil: 0.
	ident func(name string) (int64, bool)
	// types allows casts, which change nothing.
	types bool
}

func (e *constEval) peek() string {
	if e.i < len(e.toks) && e.toks[e.i].kind == tokPunct {
		return e.toks[e.i].text
	}
	return ""
}

func (e *constEval) fail(s string) int64 {
	if e.err == "" {
		e.err = s
	}
	return 0
}

func (e *constEval) cond() int64 {
	e.depth++
	if e.depth > maxNest {
		panic(errDeep)
	}
	defer func() { e.depth-- }()
	c := e.binary(0)
	if e.peek() != "?" {
		return c
	}
	e.i++
	a := c
	if e.peek() != ":" {
		a = e.cond()
	}
	if e.peek() != ":" {
		return e.fail("? without :")
	}
	e.i++
	b := e.cond()
	if c != 0 {
		return a
	}
	return b
}

// binaryPrec are the levels of the binary operators, loosest first.
var binaryPrec = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6,
	"<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8, "+": 9, "-": 9,
	"*": 10, "/": 10, "%": 10,
}

func (e *constEval) binary(min int) int64 {
	x := e.unary()
	for {
		op := e.peek()
		p := binaryPrec[op]
		if p == 0 || p <= min {
			return x
		}
		e.i++
		x = e.apply(op, x, e.binary(p))
	}
}

func (e *constEval) apply(op string, x, y int64) int64 {
	v, ok := binaryOp(op, x, y)
	if !ok {
		// The arm of a && or ?: that is not taken may divide by zero.
		return 0
	}
	return v
}

// binaryOp is C's arithmetic on 64 bits; false for a division by zero.
func binaryOp(op string, x, y int64) (int64, bool) {
	b := func(v bool) (int64, bool) {
		if v {
			return 1, true
		}
		return 0, true
	}
	switch op {
	case "||":
		return b(x != 0 || y != 0)
	case "&&":
		return b(x != 0 && y != 0)
	case "|":
		return x | y, true
	case "^":
		return x ^ y, true
	case "&":
		return x & y, true
	case "==":
		return b(x == y)
	case "!=":
		return b(x != y)
	case "<":
		return b(x < y)
	case ">":
		return b(x > y)
	case "<=":
		return b(x <= y)
	case ">=":
		return b(x >= y)
	case "<<":
		return x << (uint64(y) & 63), true
	case ">>":
		return x >> (uint64(y) & 63), true
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		return x * y, true
	case "/", "%":
		if y == 0 {
			return 0, false
		}
		if op == "/" {
			return x / y, true
		}
		return x % y, true
	}
	return 0, false
}

func (e *constEval) unary() int64 {
	e.depth++
	if e.depth > maxNest {
		panic(errDeep)
	}
	defer func() { e.depth-- }()
	if e.i >= len(e.toks) {
		return e.fail("expression expected")
	}
	t := e.toks[e.i]
	e.i++
	switch t.kind {
	case tokNumber:
		v, ok := parseInt(t.text)
		if !ok {
			return e.fail("bad number " + strconv.Quote(t.text))
		}
		return v
	case tokChar:
		return charValue(t.text)
	case tokIdent:
		if e.ident != nil {
			v, ok := e.ident(t.text)
			if !ok {
				return e.fail("unknown " + t.text)
			}
			return v
		}
		// f(x) of an unknown f: the feature tests of other compilers.
		if e.peek() == "(" {
			end := matchParen(e.toks, e.i)
			if end < 0 {
				return e.fail("( without )")
			}
			e.i = end + 1
		}
		return 0
	case tokPunct:
		switch t.text {
		case "(":
			if end := matchParen(e.toks, e.i-1); e.types && end > 0 && e.f.startsType(e.toks[e.i:end], nil) {
				e.i = end + 1
				return e.unary()
			}
			v := e.cond()
			if e.peek() != ")" {
				return e.fail("( without )")
			}
			e.i++
			return v
		case "!":
			if e.unary() == 0 {
				return 1
			}
			return 0
		case "-":
			return -e.unary()
		case "+":
			return e.unary()
		case "~":
			return ^e.unary()
		}
	}
	return e.fail("unexpected " + strconv.Quote(t.text))
}

// parseInt reads a C integer constant with its suffixes.
func parseInt(s string) (int64, bool) {
	s = strings.TrimRight(s, "uUlLzZ")
	if len(s) > 1 && s[0] == '0' && digit[s[1]] {
		s = "0o" + s[1:]
	}
	v, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return 0, false
	}
	return int64(v), true
}

// charValue is the value of a character constant.
func charValue(s string) int64 {
	for len(s) > 0 && s[0] != '\'' {
		s = s[1:]
	}
	s = strings.Trim(s, "'")
	if s == "" {
		return '\''
	}
	if s[0] != '\\' {
		var v int64
		for i := 0; i < len(s); i++ {
			v = v<<8 | int64(s[i])
		}
		return v
	}
	if len(s) == 1 {
		return '\''
	}
	switch s[1] {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'a':
		return 7
	case 'b':
		return 8
	case 'f':
		return 12
	case 'v':
		return 11
	case 'e':
		return 27
	case 'x':
		v, _ := strconv.ParseInt(s[2:], 16, 64)
		return v
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v, _ := strconv.ParseInt(s[1:], 8, 64)
		return v
	}
	return int64(s[1])
}
