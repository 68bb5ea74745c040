package cparse

import (
	"strconv"
	"strings"
)

// expr converts one expression.
func (b *builder) expr(n int32) *Expr {
	b.depth++
	defer func() { b.depth-- }()
	e := &Expr{Pos: b.pos(n), End: b.endPos(n)}
	if b.depth > maxTreeDepth {
		b.cut = true
		return e
	}
	var arr [8]int32
	kids := b.kids(n, arr[:0])
	for _, k := range kids {
		if b.nodes[k].kind == nError {
			for _, k := range kids {
				if isExprKind(b.nodes[k].kind) || b.nodes[k].kind == nError {
					e.Args = append(e.Args, b.expr(k))
				}
			}
			return e
		}
	}
	nd := &b.nodes[n]
	one := func(i int) *Expr {
		if i < len(kids) {
			return b.expr(kids[i])
		}
		return &Expr{Pos: e.Pos, End: e.End}
	}
	switch nd.kind {
	case nIdent, nTrue, nFalse, nNull:
		return b.ident(e, b.name(n))
	case nNumber:
		v, ok := parseInt(b.text(n))
		if ok {
			e.Op, e.Int = IntLit, v
		} else {
			e.Op = FloatLit
		}
	case nString, nConcat:
		e.Op = StrLit
		if t := b.tokAt(nd.start); t != nil {
			e.Name = strings.Trim(t.text, `"`)
		}
	case nParen:
		if len(kids) == 0 {
			return e
		}
		if b.nodes[kids[0]].kind == nCompound {
			e.Op = StmtExpr
			e.Body = b.stmt(kids[0])
			return e
		}
		return b.expr(kids[0])
	case nCall:
		b.call(e, kids)
		if e.X != nil && e.X.Op == Ident && e.X.Name == "$x" && len(e.Args) == 1 && e.Args[0].Op == StmtExpr {
			e.Op, e.Body, e.X, e.Args = StmtExpr, e.Args[0].Body, nil, nil
		}
	case nField:
		e.Op = Member
		if len(kids) == 2 {
			if b.gap(b.nodes[kids[0]].end, b.nodes[kids[1]].start) == "->" {
				e.Op = Arrow
			}
			e.X = b.expr(kids[0])
			e.Name = b.name(kids[1])
		}
	case nSubscript:
		e.Op, e.X, e.Y = Index, one(0), one(1)
	case nPointer, nUnary:
		e.Op = Unary
		if len(kids) > 0 {
			e.Name = b.gap(nd.start, b.nodes[kids[0]].start)
		}
		e.X = one(0)
	case nUpdate:
		e.Op = IncDec
		if len(kids) > 0 {
			k := b.nodes[kids[0]]
			if op := b.gap(nd.start, k.start); op != "" {
				e.Name, e.Int = op, 1
			} else {
				e.Name = b.gap(k.end, nd.end)
			}
		}
		e.X = one(0)
	case nBinary:
		e.Op = Binary
		e.X, e.Y = one(0), one(1)
		if len(kids) == 2 {
			e.Name = b.gap(b.nodes[kids[0]].end, b.nodes[kids[1]].start)
			if e.Name == "||" && len(b.c.marks) > 0 && b.rangeMark(b.nodes[kids[0]].end, b.nodes[kids[1]].start) {
				e.Name = "..."
			}
		}
	case nAssign:
		e.Op = Assign
		e.X, e.Y = one(0), one(1)
		if len(kids) == 2 {
			e.Name = b.gap(b.nodes[kids[0]].end, b.nodes[kids[1]].start)
		}
	case nCond:
		e.Op = Cond
		e.X, e.Y, e.Z = one(0), one(1), one(2)
		if e.Y.Op == Ident && e.Y.Name == "$nil" {
			e.Y = nil
		}
	case nComma:
		e.Op, e.X, e.Y = Comma, one(0), one(1)
	case nCast:
		e.Op = Cast
		if len(kids) == 2 {
			e.Type = b.typeDesc(kids[0])
			e.X = b.expr(kids[1])
		}
	case nSizeof, nOffsetof:
		e.Op = Sizeof
		if len(kids) > 0 {
			if b.nodes[kids[0]].kind == nTypeDesc {
				b.sizeofType(e, kids[0])
			} else {
				e.X = b.expr(kids[0])
			}
		}
		if b.c.marks[nd.start] == markTypeArg {
			e.Op = TypeArg
			if e.Type == nil {
				e.Type = &TypeName{Spec: "typeof", Typeof: e.X}
				e.X = nil
			}
		}
	case nCompoundLit:
		e.Op = Compound
		if len(kids) == 2 {
			e.Type = b.typeDesc(kids[0])
			e.X = b.expr(kids[1])
		}
	case nInitList:
		e.Op = InitList
		for _, k := range kids {
			e.Args = append(e.Args, b.expr(k))
		}
	case nInitPair:
		b.initPair(e, kids)
	case nGeneric:
		e.Op = Generic
		var of *TypeName
		for i, k := range kids {
			switch {
			case b.nodes[k].kind == nTypeDesc:
				of = b.typeDesc(k)
				if of.Spec == "default" {
					of = nil
				}
			case i == 0:
				e.X = b.expr(k)
			default:
				e.Args = append(e.Args, b.expr(k))
				e.Assoc = append(e.Assoc, of)
				of = nil
			}
		}
	case nTypeDesc:
		e.Op = TypeArg
		e.Type = b.typeDesc(n)
	default:
		for _, k := range kids {
			if isExprKind(b.nodes[k].kind) || b.nodes[k].kind == nError {
				e.Args = append(e.Args, b.expr(k))
			}
		}
	}
	return e
}

func (b *builder) rangeMark(from, to int32) bool {
	for i := from; i < to; i++ {
		if b.c.marks[i] == markRange {
			return true
		}
	}
	return false
}

func (b *builder) ident(e *Expr, name string) *Expr {
	e.Op, e.Name = Ident, name
	if l, ok := strings.CutPrefix(name, "$L$"); ok {
		e.Op, e.Name = Unary, "&&"
		e.X = &Expr{Op: Ident, Name: l, Pos: e.Pos, End: e.End}
	}
	return e
}

func (b *builder) call(e *Expr, kids []int32) {
	e.Op = Call
	if len(kids) == 0 {
		return
	}
	e.X = b.expr(kids[0])
	for _, k := range kids[1:] {
		if b.nodes[k].kind != nArgs {
			continue
		}
		for _, a := range b.kids(k, nil) {
			if b.nodes[a].kind == nCompound {
				s := b.stmt(a)
				e.Args = append(e.Args, &Expr{Op: StmtExpr, Pos: s.Pos, End: s.End, Body: s})
				continue
			}
			e.Args = append(e.Args, b.expr(a))
		}
	}
}

// sizeofType decides between sizeof(type) and sizeof (expression), which the
// grammar cannot tell apart for a lone name.
func (b *builder) sizeofType(e *Expr, n int32) {
	kids := b.kids(n, nil)
	if len(kids) == 1 && b.nodes[kids[0]].kind == nTypeIdent {
		name := b.name(kids[0])
		if !b.f.isTypedef(name) || b.c.shadow[name] {
			x := &Expr{Pos: b.pos(kids[0]), End: b.endPos(kids[0])}
			e.X = b.ident(x, name)
			return
		}
	}
	e.Type = b.typeDesc(n)
}

// initPair converts a designated initialiser; nested designators nest.
func (b *builder) initPair(e *Expr, kids []int32) {
	if len(kids) == 0 {
		return
	}
	value := b.expr(kids[len(kids)-1])
	cur := e
	des := kids[:len(kids)-1]
	for i, k := range des {
		if i > 0 {
			inner := &Expr{Op: Designated, Pos: b.pos(k), End: e.End}
			cur.X = &Expr{Op: InitList, Pos: inner.Pos, End: e.End, Args: []*Expr{inner}}
			cur = inner
		}
		cur.Op = Designated
		sub := b.kids(k, nil)
		switch b.nodes[k].kind {
		case nFieldDesig:
			if len(sub) > 0 {
				cur.Name = b.name(sub[0])
			}
		case nFieldIdent:
			cur.Name = b.name(k)
		default:
			if len(sub) > 0 {
				cur.Y = b.expr(sub[0])
			}
		}
	}
	cur.X = value
}

// typeDesc converts a type name.
func (b *builder) typeDesc(n int32) *TypeName {
	base := &TypeName{}
	var ops []typeOp
	for _, k := range b.kids(n, nil) {
		if !b.specNode(k, base) {
			d := declarator{}
			b.declNode(k, &d)
			ops = d.ops
		}
	}
	if base.Spec == "" {
		base.Spec = "int"
	}
	return foldType(base, ops)
}

// specNode takes a node as a type specifier into base; false if it is none.
func (b *builder) specNode(n int32, base *TypeName) bool {
	switch b.nodes[n].kind {
	case nPrim, nTypeIdent:
		base.Spec = b.name(n)
	case nSized:
		base.Spec = canonicalWords(strings.Fields(b.text(n)))
	case nStruct, nUnion, nEnum:
		b.recordNode(n, base)
	case nStorage:
	default:
		return false
	}
	return true
}

func (b *builder) recordNode(n int32, base *TypeName) {
	kw := "struct"
	switch b.nodes[n].kind {
	case nUnion:
		kw = "union"
	case nEnum:
		kw = "enum"
	}
	tag := ""
	for _, k := range b.kids(n, nil) {
		switch b.nodes[k].kind {
		case nTypeIdent:
			tag = b.text(k)
		case nFieldList:
			r := &Record{Kind: kw, Tag: tag, Pos: b.pos(n)}
			for _, m := range b.kids(k, nil) {
				b.fieldNode(r, m)
			}
			base.Record = r
		case nEnumList:
			r := &Record{Kind: kw, Tag: tag, Pos: b.pos(n)}
			for _, m := range b.kids(k, nil) {
				sub := b.kids(m, nil)
				if len(sub) == 0 {
					continue
				}
				en := Enumerator{Name: b.name(sub[0])}
				if len(sub) > 1 {
					en.Value = b.expr(sub[1])
				}
				r.Enums = append(r.Enums, en)
			}
			base.Record = r
		}
	}
	if name, ok := strings.CutPrefix(tag, "$"); ok {
		if num, err := strconv.Atoi(name); err == nil {
			base.Spec = "typeof"
			if e := b.side(num); e != nil && e.Op == TypeArg {
				*base = *e.Type
			} else {
				base.Typeof = e
			}
			return
		}
		base.Spec = name
		return
	}
	base.Spec = kw
	if tag != "" {
		base.Spec = kw + " " + tag
	}
}

func (b *builder) fieldNode(r *Record, n int32) {
	if b.nodes[n].kind != nFieldDecl {
		return
	}
	base := &TypeName{}
	any := false
	for _, k := range b.kids(n, nil) {
		if b.specNode(k, base) {
			continue
		}
		var d declarator
		b.declNode(k, &d)
		if d.name != "" {
			any = true
			r.Fields = append(r.Fields, Field{Name: d.name, Type: foldType(base, d.ops), Pos: d.pos})
		}
	}
	if !any && base.Record != nil {
		r.Fields = append(r.Fields, Field{Type: base, Pos: b.pos(n)})
	}
}

// declNode reads a declarator node into d, ops from the name outward.
func (b *builder) declNode(n int32, d *declarator) {
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > maxTreeDepth {
		b.cut = true
		return
	}
	kids := b.kids(n, nil)
	inner := func() {
		for _, k := range kids {
			switch b.nodes[k].kind {
			case nIdent, nFieldIdent, nTypeIdent, nPtrDecl, nArrDecl, nFuncDecl, nParenDecl:
				b.declNode(k, d)
				return
			}
		}
	}
	switch b.nodes[n].kind {
	case nIdent, nFieldIdent, nTypeIdent:
		d.name, d.pos = b.name(n), b.pos(n)
		if len(b.c.at) > 0 {
			d.cleanup = b.c.clean[int(b.c.at[b.nodes[n].start])]
		}
	case nPtrDecl:
		inner()
		d.ops = append(d.ops, typeOp{kind: '*'})
	case nParenDecl:
		inner()
	case nArrDecl:
		inner()
		op := typeOp{kind: '['}
		if len(kids) > 0 {
			if last := kids[len(kids)-1]; isExprKind(b.nodes[last].kind) && !(len(kids) == 1 && b.nodes[last].start == b.nodes[n].start) {
				op.dim = b.expr(last)
			}
		}
		d.ops = append(d.ops, op)
	case nFuncDecl:
		inner()
		sig := &FuncSig{}
		for _, k := range kids {
			if b.nodes[k].kind == nParams {
				b.params(sig, k)
			}
		}
		d.ops = append(d.ops, typeOp{kind: '(', sig: sig})
	}
}

func (b *builder) params(sig *FuncSig, n int32) {
	for _, k := range b.kids(n, nil) {
		switch b.nodes[k].kind {
		case nVariadic:
			sig.Variadic = true
		case nParam:
			base := &TypeName{}
			var d declarator
			for _, m := range b.kids(k, nil) {
				if !b.specNode(m, base) {
					b.declNode(m, &d)
				}
			}
			tn := foldType(base, d.ops)
			if tn.Spec == "void" && tn.Ptr == 0 && d.name == "" && tn.FuncPtr == nil {
				continue
			}
			sig.Params = append(sig.Params, Param{Name: d.name, Type: tn, Pos: b.pos(k)})
		}
	}
}

// decls converts a declaration.
func (b *builder) decls(n int32) []*VarDecl {
	base := &TypeName{}
	var out []*VarDecl
	static, extern := false, false
	for _, k := range b.kids(n, nil) {
		if b.nodes[k].kind == nStorage {
			switch b.text(k) {
			case "static":
				static = true
			case "extern":
				extern = true
			}
			continue
		}
		if b.specNode(k, base) {
			continue
		}
		v := &VarDecl{Static: static, Extern: extern}
		var d declarator
		dn := k
		if b.nodes[k].kind == nInitDecl {
			sub := b.kids(k, nil)
			if len(sub) < 2 {
				continue
			}
			dn = sub[0]
			v.Init = b.expr(sub[len(sub)-1])
		}
		b.declNode(dn, &d)
		if d.name == "" {
			continue
		}
		v.Name, v.Pos, v.Cleanup = d.name, d.pos, d.cleanup
		v.Type = foldType(base, d.ops)
		out = append(out, v)
	}
	return out
}
