package cparse

import "strings"

// Body parses the function's body. Each call parses anew and returns a fresh
// tree, which is the caller's. Problems are the places that did not parse:
// they show as BadStmt and BadExpr in the tree, around what was understood.
func (fn *Func) Body() (*Stmt, []Problem) {
	f := fn.File
	var raw []token
	if fn.made {
		raw = f.unfold(fn.bodyToks.tokens())
	} else {
		raw = f.activeTokens(fn.body.Pos+1, fn.body.End-1)
	}
	shadow := map[string]bool{}
	if sig := fn.Sig(); sig != nil {
		for _, p := range sig.Params {
			if p.Name != "" && f.isTypedef(p.Name) {
				shadow[p.Name] = true
			}
		}
	}
	x := &expander{lookup: f.macroFor, want: f.wantInBody}
	toks := x.expand(raw)
	b := f.parseBody(toks, shadow)
	if b.bad {
		// What the policy kept may be what the grammar cannot take: once
		// more with every macro replaced, if that reads better.
		full := &expander{lookup: f.macroFor}
		if toks2 := full.expand(raw); !full.failed {
			if b2 := f.parseBody(toks2, shadow); !b2.bad {
				b = b2
			}
		}
	}
	s := b.root(fn.body)
	if b.cut || b.c.cut {
		b.problems = append(b.problems, f.newProblem(fn.body.Pos, "nested too deeply: parts were left out"))
	}
	if x.failed {
		b.problems = append(b.problems, f.newProblem(fn.body.Pos, "macros expand to too much: some were left alone"))
	}
	return s, b.problems
}

// parseBody cleans and parses the tokens of a body.
func (f *File) parseBody(toks []token, shadow map[string]bool) *builder {
	c := f.newCleaner(toks, shadow)
	c.function()
	b := &builder{f: f, c: c}
	b.nodes, b.bad = parseText(c.buf)
	return b
}

// parseExpr parses the tokens of one expression or type; nil if they make
// none.
func (f *File) parseExpr(toks []token, shadow map[string]bool) (*Expr, bool) {
	if len(toks) == 0 {
		return nil, false
	}
	if e := simpleExpr(toks); e != nil {
		return e, true
	}
	c := f.newCleaner(toks, shadow)
	c.expression()
	b := &builder{f: f, c: c}
	b.nodes, b.bad = parseText(c.buf)
	b.findSides()
	e := b.side(0)
	return e, e != nil && !b.bad
}

// simpleExpr reads the expressions that need no parser.
func simpleExpr(toks []token) *Expr {
	if len(toks) != 1 {
		return nil
	}
	t := toks[0]
	e := &Expr{Pos: t.pos, End: t.end}
	switch t.kind {
	case tokNumber:
		v, ok := parseInt(t.text)
		if !ok {
			e.Op = FloatLit
			return e
		}
		e.Op, e.Int = IntLit, v
		return e
	case tokIdent:
		if keywords[t.text] == wordNone {
			e.Op, e.Name = Ident, t.text
			return e
		}
	}
	return nil
}

// lazyExpr parses an expression that stands in a declaration; nil if it does
// not parse.
func (f *File) lazyExpr(toks []token) *Expr {
	e, _ := f.parseExpr(toks, nil)
	return e
}

// A builder turns one tree into statements and expressions.
type builder struct {
	f        *File
	c        *cleaner
	nodes    []node
	bad      bool
	sideOf   []int32 // node of each side expression
	depth    int
	cut      bool // something was nested too deeply to be converted
	problems []Problem
}

const maxTreeDepth = 1000

// pos is the place in the file of a node's first byte.
func (b *builder) pos(n int32) int32 {
	return b.posAt(b.nodes[n].start)
}

func (b *builder) posAt(off int32) int32 {
	if t := b.tokAt(off); t != nil {
		return t.pos
	}
	return 0
}

func (b *builder) endPos(n int32) int32 {
	nd := &b.nodes[n]
	if t := b.tokAt(max(nd.end-1, nd.start)); t != nil {
		return t.end
	}
	return 0
}

func (b *builder) tokAt(off int32) *token {
	if len(b.c.toks) == 0 || len(b.c.at) == 0 {
		return nil
	}
	off = max(0, min(off, int32(len(b.c.at))-1))
	return &b.c.toks[b.c.at[off]]
}

func (b *builder) text(n int32) string {
	return string(b.c.buf[b.nodes[n].start:b.nodes[n].end])
}

// gap is the text between two offsets without the blanks around it.
func (b *builder) gap(from, to int32) string {
	if from >= to {
		return ""
	}
	return strings.TrimSpace(string(b.c.buf[from:to]))
}

// kids returns the named children of a node.
func (b *builder) kids(n int32, buf []int32) []int32 {
	buf = buf[:0]
	for i := n + 1; i < b.nodes[n].next; i = b.nodes[i].next {
		if b.nodes[i].kind != nComment {
			buf = append(buf, i)
		}
	}
	return buf
}

// root returns the body and collects the problems.
func (b *builder) root(span Span) *Stmt {
	out := &Stmt{Kind: Block, Pos: span.Pos, End: span.End}
	b.findSides()
	b.collectProblems(span)
	if len(b.nodes) == 0 {
		return out
	}
	var top []int32
	for _, k := range b.kids(0, nil) {
		switch b.nodes[k].kind {
		case nFuncDef:
			for _, g := range b.kids(k, nil) {
				if b.nodes[g].kind == nCompound {
					out.List = append(out.List, b.list(b.kids(g, nil))...)
				} else if b.nodes[g].kind == nError {
					top = append(top, g)
				}
			}
		case nDecl:
			if strings.HasPrefix(b.text(k), "int $e") {
				continue
			}
			top = append(top, k)
		default:
			top = append(top, k)
		}
	}
	if len(top) > 0 {
		out.List = append(out.List, b.list(top)...)
	}
	return out
}

// collectProblems reports errors and missing tokens, one for each run.
func (b *builder) collectProblems(span Span) {
	if !b.bad {
		return
	}
	for i := int32(0); i < int32(len(b.nodes)); i++ {
		n := &b.nodes[i]
		if n.kind != nError && !n.missing {
			continue
		}
		pos := min(max(b.pos(i), span.Pos), span.End)
		what := "does not parse"
		if n.missing {
			what = "token missing"
		}
		if len(b.problems) < 50 {
			b.problems = append(b.problems, b.f.newProblem(pos, "%s near %.40q", what, b.text(i)))
		}
		if n.kind == nError {
			i = n.next - 1
		}
	}
	if len(b.problems) == 0 {
		b.problems = append(b.problems, b.f.newProblem(span.Pos, "does not parse"))
	}
}

// findSides finds the node of each side expression.
func (b *builder) findSides() {
	b.sideOf = make([]int32, len(b.c.sides))
	if len(b.sideOf) == 0 || len(b.nodes) == 0 {
		return
	}
	n := 0
	for i := int32(1); i < int32(len(b.nodes)) && n < len(b.sideOf); i++ {
		if b.nodes[i].kind != nInitDecl || !strings.HasPrefix(b.text(i), "$e") {
			continue
		}
		num := 0
		t := b.text(i)[2:]
		for len(t) > 0 && digit[t[0]] {
			num = num*10 + int(t[0]-'0')
			t = t[1:]
		}
		if num < len(b.sideOf) {
			b.sideOf[num] = i
		}
		i = b.nodes[i].next - 1
	}
}

// side returns side expression n, a TypeArg for a type.
func (b *builder) side(n int) *Expr {
	if n >= len(b.sideOf) || b.sideOf[n] == 0 {
		return nil
	}
	kids := b.kids(b.sideOf[n], nil)
	if len(kids) < 2 {
		return nil
	}
	e := b.expr(kids[len(kids)-1])
	if s := b.c.sides[n]; e.Op == Sizeof && e.Type != nil && b.c.f.startsType(b.c.toks[s[0]:s[1]], b.c.shadow) {
		return &Expr{Op: TypeArg, Pos: e.Pos, End: e.End, Type: e.Type}
	}
	return e
}

func (b *builder) list(kids []int32) []*Stmt {
	out := make([]*Stmt, 0, len(kids))
	for _, k := range kids {
		if s := b.stmt(k); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// stmt converts one statement.
func (b *builder) stmt(n int32) *Stmt {
	b.depth++
	defer func() { b.depth-- }()
	s := &Stmt{Pos: b.pos(n), End: b.endPos(n)}
	if b.depth > maxTreeDepth {
		b.cut = true
		return s
	}
	var arr [12]int32
	kids := b.kids(n, arr[:0])
	switch b.nodes[n].kind {
	case nCompound:
		s.Kind = Block
		s.List = b.list(kids)
	case nExprStmt:
		if len(kids) == 0 {
			s.Kind = Empty
			return s
		}
		return b.exprStmt(s, kids[0])
	case nDecl:
		s.Kind = DeclStmt
		s.Decls = b.decls(n)
	case nTypedefDecl:
		s.Kind = Empty
	case nIf:
		s.Kind = If
		b.control(s, kids)
	case nSwitch:
		s.Kind = Switch
		b.control(s, kids)
	case nWhile:
		s.Kind = While
		b.control(s, kids)
		if s.X != nil && s.X.Op == Call {
			if b.marked(kids[0], markLoop) {
				s.Kind = MacroLoop
				s.Macro = s.X.X.Name
			}
		}
	case nDo:
		s.Kind = Do
		if len(kids) > 0 {
			s.Body = b.stmt(kids[0])
		}
		if len(kids) > 1 {
			s.X = b.expr(kids[len(kids)-1])
		}
	case nFor:
		b.forStmt(s, n, kids)
	case nCase:
		b.caseStmt(s, n, kids)
	case nReturn:
		s.Kind = Return
		if len(kids) > 0 {
			s.X = b.expr(kids[0])
		}
	case nBreak:
		s.Kind = Break
	case nContinue:
		s.Kind = Continue
	case nGoto:
		s.Kind = Goto
		if len(kids) > 0 {
			s.Label = b.name(kids[0])
		}
	case nLabeled:
		s.Kind = Label
		if len(kids) > 0 {
			s.Label = b.name(kids[0])
		}
		if len(kids) > 1 {
			s.Body = b.stmt(kids[len(kids)-1])
		} else {
			s.Body = &Stmt{Kind: Empty, Pos: s.End, End: s.End}
		}
	case nElse:
		if len(kids) > 0 {
			return b.stmt(kids[0])
		}
		s.Kind = Empty
	case nComment:
		return nil
	case nError, nFuncDef:
		s.Kind = BadStmt
		b.salvage(s, kids)
	default:
		if isExprKind(b.nodes[n].kind) {
			return b.exprStmt(s, n)
		}
		s.Kind = BadStmt
		b.salvage(s, kids)
	}
	return s
}

// salvage keeps what is clean inside of text that did not parse.
func (b *builder) salvage(s *Stmt, kids []int32) {
	for _, k := range kids {
		switch kind := b.nodes[k].kind; {
		case kind >= nCompound && kind <= nLabeled, isExprKind(kind), kind == nError, kind == nElse:
			if c := b.stmt(k); c != nil {
				s.List = append(s.List, c)
			}
		default:
			if b.nodes[k].next > k+1 {
				b.salvage(s, b.kids(k, nil))
			}
		}
	}
}

func isExprKind(k nodeKind) bool {
	switch k {
	case nCond, nAssign, nPointer, nUnary, nBinary, nUpdate, nCast, nSizeof, nGeneric, nSubscript, nCall, nField,
		nCompoundLit, nParen, nComma, nIdent, nNumber, nString, nConcat, nTrue, nFalse, nNull, nOffsetof:
		return true
	}
	return false
}

// exprStmt makes the statement of an expression, undoing the disguises.
func (b *builder) exprStmt(s *Stmt, n int32) *Stmt {
	e := b.expr(n)
	s.Kind, s.X = ExprStmt, e
	if e.Op == Call && e.X != nil && e.X.Op == Ident {
		switch e.X.Name {
		case "$asm":
			s.Kind = Asm
			var ops []*Expr
			for _, a := range e.Args {
				if a.Op == Unary && a.Name == "&&" {
					s.List = append(s.List, &Stmt{Kind: Goto, Pos: a.Pos, End: a.End, Label: a.X.Name})
					continue
				}
				ops = append(ops, a)
			}
			e.X.Name, e.Args = "asm", ops
		case "$goto":
			s.Kind, s.X = Goto, nil
			if len(e.Args) > 0 {
				s.X = e.Args[0]
			}
		}
	}
	return s
}

// control fills in a statement with a parenthesised head.
func (b *builder) control(s *Stmt, kids []int32) {
	for _, k := range kids {
		switch {
		case b.nodes[k].kind == nError:
			bad := b.stmt(k)
			if s.Body == nil {
				s.Body = bad
			}
		case s.X == nil:
			s.X = b.expr(k)
		case b.nodes[k].kind == nElse:
			s.Else = b.stmt(k)
		default:
			s.Body = b.stmt(k)
		}
	}
	if s.Body == nil {
		s.Body = &Stmt{Kind: Empty, Pos: s.End, End: s.End}
	}
}

// forStmt tells the parts of a for head by the semicolons between them.
func (b *builder) forStmt(s *Stmt, n int32, kids []int32) {
	s.Kind = For
	if len(kids) == 0 {
		return
	}
	part := 0
	at := b.nodes[n].start
	for i, k := range kids {
		nd := &b.nodes[k]
		gap := b.gap(at, nd.start)
		part += strings.Count(gap, ";")
		at = nd.end
		if i == len(kids)-1 {
			s.Body = b.stmt(k)
			break
		}
		switch {
		case nd.kind == nDecl:
			s.Init = b.stmt(k)
			part = 1
		case nd.kind == nError:
			s.Init = b.stmt(k)
		case part == 0:
			s.Init = b.exprStmt(&Stmt{Pos: b.pos(k), End: b.endPos(k)}, k)
		case part == 1:
			s.X = b.expr(k)
		default:
			s.Post = b.expr(k)
		}
	}
}

// caseStmt makes a Case or Default whose Body is a Block of what follows up
// to the next label.
func (b *builder) caseStmt(s *Stmt, n int32, kids []int32) {
	rest := kids
	if strings.HasPrefix(string(b.c.buf[b.nodes[n].start:b.nodes[n].end]), "default") {
		s.Kind = Default
	} else {
		s.Kind = Case
		if len(kids) > 0 {
			e := b.expr(kids[0])
			rest = kids[1:]
			if e.Op == Binary && e.Name == "..." {
				s.Lo, s.Hi = e.X, e.Y
			} else {
				s.Lo = e
			}
		}
	}
	blk := &Stmt{Kind: Block, Pos: s.End, End: s.End}
	if len(rest) > 0 {
		blk.Pos = b.pos(rest[0])
		blk.List = b.list(rest)
	}
	s.Body = blk
}

// marked tells whether the cleaner left this mark at the node or just inside
// its parentheses.
func (b *builder) marked(n int32, m mark) bool {
	for i := n; i < b.nodes[n].next && i < n+3; i++ {
		if b.c.marks[b.nodes[i].start] == m {
			return true
		}
	}
	return false
}

func (b *builder) name(n int32) string {
	t := b.text(n)
	return strings.TrimSuffix(t, "$")
}
