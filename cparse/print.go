package cparse

import "strconv"

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
				word("cleanup")
				p.punct("(")
				word(d.Cleanup)
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
