package cparse

import (
	"strings"
	"unsafe"
)

// An expansion is a macro call that has been parsed, kept by its text.
type expansion struct {
	expr *Expr
}

// MacroOf returns the macro that e calls or names, nil for none.
func (f *File) MacroOf(e *Expr) *Macro {
	name := ""
	switch {
	case e.Op == Ident:
		name = e.Name
	case e.Op == Call && e.X != nil && e.X.Op == Ident:
		name = e.X.Name
	default:
		return nil
	}
	m := f.macroFor(name, e.Pos)
	if m == nil || m.FuncLike && e.Op != Call {
		return nil
	}
	return m
}

// Expand replaces the macro that e calls or names by what it stands for,
// parsed as an expression: a StmtExpr where the macro is a statement. Macros
// inside the replacement are left as calls, but for those that could not be
// parsed so. All positions in the result are e's. ok is false if e is no use
// of a macro or its replacement does not parse.
func (f *File) Expand(e *Expr) (x *Expr, ok bool) {
	m := f.MacroOf(e)
	if m == nil {
		return nil, false
	}
	toks := e.tokens()
	var key strings.Builder
	key.WriteString(ptrKey(m))
	for _, t := range toks {
		key.WriteString(t.text)
		key.WriteByte(' ')
	}
	k := key.String()
	f.memoMu.RLock()
	ex := f.expand[k]
	f.memoMu.RUnlock()
	if ex == nil {
		ex = &expansion{expr: f.expandTokens(m, toks)}
		f.memoMu.Lock()
		f.expand[k] = ex
		f.memoMu.Unlock()
	}
	if ex.expr == nil {
		return nil, false
	}
	c := cloner{pos: e.Pos, end: e.End}
	return c.expr(ex.expr), true
}

// ptrKey tells macros of one name apart in the memo.
func ptrKey(m *Macro) string {
	p := uintptr(unsafe.Pointer(m))
	var b [8]byte
	for i := range b {
		b[i] = byte(p >> (8 * i))
	}
	return string(b[:])
}

func (f *File) expandTokens(m *Macro, toks []token) *Expr {
	first := true
	x := &expander{lookup: f.macroFor}
	x.want = func(n *Macro, args [][]token) bool {
		if first && n == m {
			first = false
			return true
		}
		return f.wantInBody(n, args)
	}
	out := x.expand(toks)
	if first || x.failed {
		return nil
	}
	for len(out) > 0 && out[len(out)-1].is(";") {
		out = out[:len(out)-1]
	}
	if len(out) == 0 {
		return &Expr{Op: StmtExpr, Body: &Stmt{Kind: Block}}
	}
	for i := range out {
		out[i].flags &^= flagNoExp | flagLine
	}
	if f.isType(out) {
		if e, ok := f.parseExpr(out, nil); ok {
			return e
		}
	}
	if isExpr(out) {
		if e, ok := f.parseExpr(out, nil); ok {
			return e
		}
	}
	if !out[len(out)-1].is("}") {
		out = append(out[:len(out):len(out)], token{text: ";", kind: tokPunct})
	}
	b := f.parseBody(out, nil)
	if b.bad {
		return nil
	}
	s := b.root(Span{})
	return &Expr{Op: StmtExpr, Body: s}
}

// A cloner copies trees and gives every node one position.
type cloner struct {
	pos, end int32
	rename   map[string]string
}

func (c cloner) expr(e *Expr) *Expr {
	if e == nil {
		return nil
	}
	n := *e
	n.Pos, n.End = c.pos, c.end
	if to := c.rename[e.Name]; to != "" && e.Op == Ident {
		n.Name = to
	}
	n.X, n.Y, n.Z = c.expr(e.X), c.expr(e.Y), c.expr(e.Z)
	if e.Args != nil {
		n.Args = make([]*Expr, len(e.Args))
		for i, a := range e.Args {
			n.Args[i] = c.expr(a)
		}
	}
	n.Body = c.stmt(e.Body)
	return &n
}

func (c cloner) stmt(s *Stmt) *Stmt {
	if s == nil {
		return nil
	}
	n := *s
	n.Pos, n.End = c.pos, c.end
	n.X, n.Post, n.Lo, n.Hi = c.expr(s.X), c.expr(s.Post), c.expr(s.Lo), c.expr(s.Hi)
	n.Init, n.Body, n.Else = c.stmt(s.Init), c.stmt(s.Body), c.stmt(s.Else)
	if s.List != nil {
		n.List = make([]*Stmt, len(s.List))
		for i, x := range s.List {
			n.List[i] = c.stmt(x)
		}
	}
	if s.Decls != nil {
		n.Decls = make([]*VarDecl, len(s.Decls))
		for i, d := range s.Decls {
			v := *d
			v.Pos = c.pos
			v.Init = c.expr(d.Init)
			n.Decls[i] = &v
		}
	}
	return &n
}

// ConstEval evaluates an integer constant expression, through macros and
// enumeration constants. ok is false for anything else.
func (f *File) ConstEval(e *Expr) (v int64, ok bool) {
	if e == nil {
		return 0, false
	}
	if e.Op == IntLit {
		return e.Int, true
	}
	return f.evalTokens(e.tokens(), nil, 0)
}

// Constant evaluates the constant of that name: a macro or an enumerator.
func (f *File) Constant(name string) (v int64, ok bool) {
	return f.evalTokens([]token{{kind: tokIdent, text: name, pos: int32(len(f.Src))}}, nil, 0)
}

// evalTokens evaluates a constant expression; known holds the constants of
// the enumeration that is being read.
func (f *File) evalTokens(toks []token, known map[string]int64, depth int) (v int64, ok bool) {
	if depth > 20 {
		return 0, false
	}
	x := &expander{lookup: f.macroFor}
	out := x.expand(toks)
	if x.failed {
		return 0, false
	}
	ev := constEval{f: f, toks: out, types: true}
	ev.ident = func(name string) (int64, bool) {
		if v, ok := known[name]; ok {
			return v, true
		}
		return f.enumValue(name, depth+1)
	}
	defer func() {
		if r := recover(); r != nil {
			if r != errDeep {
				panic(r)
			}
			v, ok = 0, false
		}
	}()
	v = ev.cond()
	return v, ev.err == "" && ev.i == len(ev.toks)
}

// enumValue is the value of an enumeration constant.
func (f *File) enumValue(name string, depth int) (int64, bool) {
	d := f.enumDef(name)
	if d == nil {
		return 0, false
	}
	v, ok := d.group.enumValues(depth)[name]
	return v, ok
}

// enumDef finds an enumeration constant.
func (f *File) enumDef(name string) *enumDef {
	var d *enumDef
	for g := f; g != nil && d == nil; g = g.includer {
		d = g.items.enumOf[name]
	}
	if d == nil {
		if e := f.tree.names.get(name); e != nil {
			var in []*enumDef
			for _, x := range e.enums {
				if f.closure.has(x.file.id) {
					in = append(in, x)
				}
			}
			d, _ = pick(f, in, func(d *enumDef) *File { return d.file })
		}
	}
	return d
}

// enumValues evaluates the constants of an enumeration, once. One that cannot
// be told, and those that count on from it, are missing.
func (d *recordDef) enumValues(depth int) map[string]int64 {
	if m := d.enums.Load(); m != nil {
		return *m
	}
	toks := d.toks
	if !d.synt {
		toks = d.file.groupTokens(d.body)
	}
	m := map[string]int64{}
	next, ok := int64(0), true
	for _, part := range splitCommas(toks) {
		if len(part) == 0 || part[0].kind != tokIdent {
			continue
		}
		for i := 1; i < len(part); i++ {
			if part[i].is("=") {
				next, ok = d.file.evalTokens(part[i+1:], m, depth)
				break
			}
		}
		if ok {
			m[part[0].text] = next
		}
		next++
	}
	d.enums.Store(&m)
	return m
}
