package cparse

// TypeOfExpr gives the type of an expression. scope gives the types of local
// names and returns nil for others; it may be nil. Macros are expanded where
// the type shows only there. The result is never nil.
func (f *File) TypeOfExpr(e *Expr, scope func(name string) *Type) *Type {
	return f.typeOf(e, scope, 0)
}

func (f *File) typeOf(e *Expr, scope func(string) *Type, depth int) *Type {
	if e == nil || depth > maxTypeDepth {
		return unknownType
	}
	sub := func(x *Expr) *Type { return f.typeOf(x, scope, depth+1) }
	switch e.Op {
	case Ident:
		return f.typeOfIdent(e, scope, depth)
	case IntLit, FloatLit, Sizeof:
		return intType
	case StrLit:
		return charPtr
	case Call:
		return f.typeOfCall(e, scope, depth)
	case Member, Arrow:
		t := sub(e.X)
		if ref, ok := f.Field(t, e.Name); ok {
			return ref.Type
		}
		return unknownType
	case Index:
		t := sub(e.X)
		if t.Elem != nil {
			return t.Elem
		}
		if t := sub(e.Y); t.Elem != nil {
			return t.Elem
		}
		return unknownType
	case Unary:
		t := sub(e.X)
		switch e.Name {
		case "&":
			if t.Kind == Unknown {
				return t
			}
			return pointerTo(t)
		case "*":
			if t.Kind == Function {
				return t
			}
			if t.Elem != nil {
				return t.Elem
			}
			return unknownType
		case "!":
			return intType
		case "&&":
			return pointerTo(voidType)
		}
		return t
	case IncDec, Assign:
		return sub(e.X)
	case Binary:
		switch e.Name {
		case "+", "-":
			x := sub(e.X)
			if x.Kind == Pointer || x.Kind == Array {
				if e.Name == "-" {
					if y := sub(e.Y); y.Kind == Pointer || y.Kind == Array {
						return intType
					}
				}
				return x
			}
			if y := sub(e.Y); y.Kind == Pointer || y.Kind == Array {
				return y
			}
			return x
		case "...":
			return intType
		}
		return intType
	case Cond:
		y := e.Y
		if y == nil {
			y = e.X
		}
		a := sub(y)
		if a.Kind == Unknown || a.Kind == Int || a.Kind == Pointer && a.Elem.Kind == Void {
			if b := sub(e.Z); b.Kind != Unknown && !(b.Kind == Int && a.Kind == Pointer) {
				return b
			}
		}
		return a
	case Cast, Compound:
		return f.typeIn(e.Type, scope, depth+1)
	case TypeArg:
		return f.typeIn(e.Type, scope, depth+1)
	case Comma:
		return sub(e.Y)
	case StmtExpr:
		return f.typeOfBlock(e.Body, scope, depth+1)
	case Generic:
		return f.typeOfGeneric(e, scope, depth)
	}
	return unknownType
}

func (f *File) typeOfIdent(e *Expr, scope func(string) *Type, depth int) *Type {
	if scope != nil {
		if t := scope(e.Name); t != nil {
			return t
		}
	}
	if t := f.globalType(e.Name, depth); t != nil {
		return t
	}
	if f.enumDef(e.Name) != nil {
		return intType
	}
	if m := f.MacroOf(e); m != nil && !m.FuncLike {
		if x, ok := f.Expand(e); ok && !(x.Op == Ident && x.Name == e.Name) {
			return f.typeOf(x, scope, depth+1)
		}
	}
	if sig, g, ok := f.FuncSig(e.Name); ok {
		return &Type{Kind: Function, Sig: sig, File: g}
	}
	return unknownType
}

func (f *File) typeOfCall(e *Expr, scope func(string) *Type, depth int) *Type {
	if e.X == nil {
		return unknownType
	}
	if e.X.Op == Ident && (scope == nil || scope(e.X.Name) == nil) {
		if m := f.MacroOf(e); m != nil {
			if x, ok := f.Expand(e); ok && !(x.Op == Call && x.X != nil && x.X.Op == Ident && x.X.Name == e.X.Name) {
				if t := f.typeOf(x, scope, depth+1); t.Kind != Unknown {
					return t
				}
			}
		}
		if sig, g, ok := f.FuncSig(e.X.Name); ok {
			return g.typeIn(sig.Result, nil, depth+1)
		}
		if arg, ok := f.tree.data.typeOfArg[e.X.Name]; ok {
			if arg < len(e.Args) {
				return f.typeOf(e.Args[arg], scope, depth+1)
			}
			return intType
		}
	}
	t := f.typeOf(e.X, scope, depth+1)
	for t.Kind == Pointer && t.Elem != nil {
		t = t.Elem
	}
	if t.Kind == Function && t.Sig != nil && t.File != nil {
		return t.File.typeIn(t.Sig.Result, nil, depth+1)
	}
	return unknownType
}

// typeOfBlock is the type of a statement expression: that of its last
// expression, among its own declarations.
func (f *File) typeOfBlock(s *Stmt, scope func(string) *Type, depth int) *Type {
	if s == nil || len(s.List) == 0 {
		return voidType
	}
	inner := f.blockScope(s, scope, depth)
	last := s.List[len(s.List)-1]
	for last.Kind == Label && last.Body != nil {
		last = last.Body
	}
	if last.Kind == Empty && len(s.List) > 1 {
		last = s.List[len(s.List)-2]
	}
	switch last.Kind {
	case ExprStmt:
		return f.typeOf(last.X, inner, depth+1)
	case Block:
		return f.typeOfBlock(last, inner, depth+1)
	}
	return voidType
}

// blockScope adds the declarations of a block to a scope.
func (f *File) blockScope(s *Stmt, scope func(string) *Type, depth int) func(string) *Type {
	var decls []*VarDecl
	for _, c := range s.List {
		if c.Kind == DeclStmt {
			decls = append(decls, c.Decls...)
		}
	}
	if decls == nil {
		return scope
	}
	var inner func(string) *Type
	busy := 0
	inner = func(name string) *Type {
		for i := len(decls) - 1; i >= 0; i-- {
			d := decls[i]
			if d.Name != name || busy > 8 {
				continue
			}
			busy++
			defer func() { busy-- }()
			// A declaration sees what stands before it.
			before := decls[:i]
			saved := decls
			decls = before
			defer func() { decls = saved }()
			return f.DeclType(d, inner)
		}
		if scope != nil {
			return scope(name)
		}
		return nil
	}
	return inner
}

// DeclType is the type of a declared variable; for __auto_type it is that of
// its initialiser.
func (f *File) DeclType(d *VarDecl, scope func(string) *Type) *Type {
	if d.Type != nil && d.Type.Spec == "auto" && d.Init != nil {
		return f.typeOf(d.Init, scope, 1)
	}
	return f.typeIn(d.Type, scope, 1)
}

// typeOfGeneric picks the association whose type is that of the operand.
func (f *File) typeOfGeneric(e *Expr, scope func(string) *Type, depth int) *Type {
	t := f.typeOf(e.X, scope, depth+1)
	var dflt *Expr
	for i, a := range e.Args {
		if i >= len(e.Assoc) || e.Assoc[i] == nil {
			dflt = a
			continue
		}
		if f.typeIn(e.Assoc[i], scope, depth+1) == t && t.Kind != Int {
			return f.typeOf(a, scope, depth+1)
		}
	}
	if dflt == nil && len(e.Args) > 0 {
		dflt = e.Args[0]
	}
	return f.typeOf(dflt, scope, depth+1)
}
