package cparse

import (
	"strconv"
	"strings"
)

// A printer turns expressions back into tokens, for macro arguments.
type printer struct {
	toks     []token
	pos, end int32
	depth    int
}

// tokens returns the expression's tokens.
func (e *Expr) tokens() []token {
	p := &printer{pos: e.Pos, end: e.End}
	p.expr(e)
	return p.toks
}

func (p *printer) put(kind tokKind, text string) {
	p.toks = append(p.toks, token{text: text, kind: kind, pos: p.pos, end: p.end, flags: flagSpace})
}

func (p *printer) punct(s string) { p.put(tokPunct, s) }

// String spells the expression as C, with its parentheses made explicit.
func (e *Expr) String() string { return spell(e.tokens()) }

// String spells the type as C.
func (tn *TypeName) String() string {
	var p printer
	p.typeName(tn, "")
	return spell(p.toks)
}

// String spells the statement as C, on one line.
func (s *Stmt) String() string {
	var p printer
	p.stmt(s)
	return spell(p.toks)
}

// spell joins tokens with the blanks that a reader expects.
func spell(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 && blankBetween(toks, i) {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// blankBetween tells whether a blank stands between tokens i-1 and i.
func blankBetween(toks []token, i int) bool {
	p, t := &toks[i-1], &toks[i]
	if t.kind == tokPunct {
		switch t.text {
		case ";":
			return p.is(":")
		case ",", ")", "]", "->":
			return false
		case ".":
			return p.kind == tokPunct && !p.is(")") && !p.is("]")
		case ":":
			return !(p.kind == tokIdent || p.kind == tokNumber) || !labelColon(toks, i)
		case "(", "[":
			return !(p.kind == tokIdent && keywords[p.text] != wordStmt || p.is(")") || p.is("]") || p.is("(") || p.is("*") || unaryAt(toks, i-1))
		case "++", "--":
			return !(p.kind == tokIdent || p.is(")") || p.is("]"))
		}
	}
	if p.kind == tokPunct {
		switch p.text {
		case "(", "[", ".", "->", "!", "~":
			return false
		case "++", "--", "&", "*", "-", "+", "&&":
			return !unaryAt(toks, i-1)
		}
	}
	return true
}

// labelColon tells the colon of a label from that of ?:.
func labelColon(toks []token, i int) bool {
	for i--; i >= 0; i-- {
		switch {
		case toks[i].is("?"):
			return false
		case toks[i].is(";"), toks[i].is("{"), toks[i].is("}"), toks[i].kind == tokIdent && keywords[toks[i].text] == wordStmt:
			return true
		}
	}
	return true
}

// unaryAt tells whether the operator at i has no left operand.
func unaryAt(toks []token, i int) bool {
	switch toks[i].text {
	case "&", "*", "-", "+", "&&", "!", "~", "++", "--":
	default:
		return false
	}
	if i == 0 {
		return true
	}
	p := &toks[i-1]
	switch p.kind {
	case tokPunct:
		return !(p.is(")") || p.is("]")) || toks[i].text == "*" && p.is("*")
	case tokIdent:
		return keywords[p.text] == wordStmt
	}
	return false
}

// operand prints an operand, in parentheses unless it is primary.
func (p *printer) operand(e *Expr) {
	if e == nil {
		return
	}
	switch e.Op {
	case Ident, IntLit, FloatLit, StrLit, Call, Member, Arrow, Index, StmtExpr, TypeArg, Generic, InitList, Compound, Sizeof, BadExpr:
		p.expr(e)
	default:
		p.punct("(")
		p.expr(e)
		p.punct(")")
	}
}

func (p *printer) expr(e *Expr) {
	if e == nil {
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxTreeDepth {
		return
	}
	switch e.Op {
	case Ident:
		if e.Name != "$nil" {
			p.put(tokIdent, e.Name)
		}
	case IntLit:
		if e.Int < 0 {
			p.put(tokNumber, strconv.FormatUint(uint64(e.Int), 10)+"UL")
			return
		}
		p.put(tokNumber, strconv.FormatInt(e.Int, 10))
	case FloatLit:
		p.put(tokNumber, "0.0")
	case StrLit:
		p.put(tokString, `"`+e.Name+`"`)
	case Call:
		p.operand(e.X)
		p.list("(", e.Args, ")")
	case Member, Arrow:
		p.operand(e.X)
		if e.Op == Member {
			p.punct(".")
		} else {
			p.punct("->")
		}
		p.put(tokIdent, e.Name)
	case Index:
		p.operand(e.X)
		p.punct("[")
		p.expr(e.Y)
		p.punct("]")
	case Unary:
		p.punct(e.Name)
		p.operand(e.X)
	case IncDec:
		if e.Int == 1 {
			p.punct(e.Name)
		}
		p.operand(e.X)
		if e.Int != 1 {
			p.punct(e.Name)
		}
	case Binary, Assign:
		p.operand(e.X)
		p.punct(e.Name)
		p.operand(e.Y)
	case Comma:
		p.expr(e.X)
		p.punct(",")
		p.expr(e.Y)
	case Cond:
		p.operand(e.X)
		p.punct("?")
		p.operand(e.Y)
		p.punct(":")
		p.operand(e.Z)
	case Cast:
		p.punct("(")
		p.typeName(e.Type, "")
		p.punct(")")
		p.operand(e.X)
	case StmtExpr:
		p.punct("(")
		p.stmt(e.Body)
		p.punct(")")
	case InitList:
		p.list("{", e.Args, "}")
	case Designated:
		if e.Y != nil {
			p.punct("[")
			p.expr(e.Y)
			p.punct("]")
		} else {
			p.punct(".")
			p.put(tokIdent, e.Name)
		}
		p.punct("=")
		p.expr(e.X)
	case Compound:
		p.punct("(")
		p.typeName(e.Type, "")
		p.punct(")")
		p.expr(e.X)
	case Sizeof:
		p.put(tokIdent, "sizeof")
		p.punct("(")
		if e.Type != nil {
			p.typeName(e.Type, "")
		} else {
			p.expr(e.X)
		}
		p.punct(")")
	case TypeArg:
		p.typeName(e.Type, "")
	case Generic:
		p.put(tokIdent, "_Generic")
		p.punct("(")
		p.expr(e.X)
		for i, a := range e.Args {
			p.punct(",")
			if i < len(e.Assoc) && e.Assoc[i] != nil {
				p.typeName(e.Assoc[i], "")
			} else {
				p.put(tokIdent, "default")
			}
			p.punct(":")
			p.expr(a)
		}
		p.punct(")")
	case BadExpr:
		for i, a := range e.Args {
			if i > 0 {
				p.punct(",")
			}
			p.expr(a)
		}
	}
}

func (p *printer) list(open string, args []*Expr, shut string) {
	p.punct(open)
	for i, a := range args {
		if i > 0 {
			p.punct(",")
		}
		if a.Op == Comma {
			p.operand(a)
		} else {
			p.expr(a)
		}
	}
	p.punct(shut)
}

// typeName prints a type with a declared name, "" for none.
func (p *printer) typeName(tn *TypeName, name string) {
	if tn == nil {
		return
	}
	if tn.FuncPtr != nil {
		res := tn.FuncPtr.Result
		if res == nil {
			res = &TypeName{Spec: "int"}
		}
		p.typeName(res, "")
		p.punct("(")
		p.punct("*")
		if name != "" {
			p.put(tokIdent, name)
		}
		p.dims(tn)
		p.punct(")")
		p.punct("(")
		for i, a := range tn.FuncPtr.Params {
			if i > 0 {
				p.punct(",")
			}
			p.typeName(a.Type, "")
		}
		if tn.FuncPtr.Variadic {
			p.punct(",")
			p.punct("...")
		}
		p.punct(")")
		return
	}
	switch {
	case tn.Record != nil:
		p.record(tn.Record)
	case tn.Spec == "typeof":
		p.put(tokIdent, "typeof")
		p.punct("(")
		p.expr(tn.Typeof)
		p.punct(")")
	case tn.Spec == "auto":
		p.put(tokIdent, "__auto_type")
	default:
		for _, t := range lexAll(tn.Spec, 0, len(tn.Spec)) {
			p.put(tokIdent, t.text)
		}
	}
	for range tn.Ptr {
		p.punct("*")
	}
	if name != "" {
		p.put(tokIdent, name)
	}
	p.dims(tn)
}

func (p *printer) dims(tn *TypeName) {
	for _, d := range tn.Array {
		p.punct("[")
		p.expr(d)
		p.punct("]")
	}
}

func (p *printer) record(r *Record) {
	p.put(tokIdent, r.Kind)
	if r.Tag != "" {
		p.put(tokIdent, r.Tag)
	}
	p.punct("{")
	for _, f := range r.Fields {
		p.typeName(f.Type, f.Name)
		p.punct(";")
	}
	for _, e := range r.Enums {
		p.put(tokIdent, e.Name)
		if e.Value != nil {
			p.punct("=")
			p.expr(e.Value)
		}
		p.punct(",")
	}
	p.punct("}")
}

// stmt prints a statement; one that does not print exactly is left out.
func (p *printer) stmt(s *Stmt) {
	if s == nil {
		p.punct(";")
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxTreeDepth {
		return
	}
	word := func(w string) { p.put(tokIdent, w) }
	head := func(w string) {
		word(w)
		p.punct("(")
		p.expr(s.X)
		p.punct(")")
	}
	switch s.Kind {
	case ExprStmt, Asm:
		p.expr(s.X)
		p.punct(";")
	case DeclStmt:
		for _, d := range s.Decls {
			if d.Static {
				word("static")
			}
			p.typeName(d.Type, d.Name)
			if d.Cleanup != "" {
				word("__attribute__")
				p.punct("(")
				p.punct("(")
				word("cleanup")
				p.punct("(")
				word(d.Cleanup)
				p.punct(")")
				p.punct(")")
				p.punct(")")
			}
			if d.Init != nil {
				p.punct("=")
				p.expr(d.Init)
			}
			p.punct(";")
		}
	case Block, BadStmt:
		p.punct("{")
		for _, c := range s.List {
			p.stmt(c)
		}
		p.punct("}")
	case If:
		head("if")
		p.stmt(s.Body)
		if s.Else != nil {
			word("else")
			p.stmt(s.Else)
		}
	case While:
		head("while")
		p.stmt(s.Body)
	case MacroLoop:
		p.expr(s.X)
		p.stmt(s.Body)
	case Switch:
		head("switch")
		p.stmt(s.Body)
	case Do:
		word("do")
		p.stmt(s.Body)
		head("while")
		p.punct(";")
	case For:
		word("for")
		p.punct("(")
		if s.Init != nil {
			p.stmt(s.Init)
		} else {
			p.punct(";")
		}
		p.expr(s.X)
		p.punct(";")
		p.expr(s.Post)
		p.punct(")")
		p.stmt(s.Body)
	case Case, Default:
		if s.Kind == Default {
			word("default")
		} else {
			word("case")
			p.expr(s.Lo)
			if s.Hi != nil {
				p.punct("...")
				p.expr(s.Hi)
			}
		}
		p.punct(":")
		p.stmt(s.Body)
	case Label:
		word(s.Label)
		p.punct(":")
		p.stmt(s.Body)
	case Goto:
		word("goto")
		if s.X != nil {
			p.punct("*")
			p.expr(s.X)
		} else {
			word(s.Label)
		}
		p.punct(";")
	case Break:
		word("break")
		p.punct(";")
	case Continue:
		word("continue")
		p.punct(";")
	case Return:
		word("return")
		p.expr(s.X)
		p.punct(";")
	default:
		p.punct(";")
	}
}
