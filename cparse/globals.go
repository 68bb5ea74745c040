package cparse

// Global returns the variable of file scope that a name means in f: f's own
// or one that its headers declare.
func (f *File) Global(name string) (*Var, bool) {
	for g := f; g != nil; g = g.includer {
		if v := g.items.varOf[name]; v != nil {
			return v, true
		}
	}
	if e := f.tree.names.get(name); e != nil {
		var in []*Var
		for _, v := range e.vars {
			if f.closure.has(v.File.id) {
				in = append(in, v)
			}
		}
		if v, ok := pick(f, in, func(v *Var) *File { return v.File }); ok {
			return v, true
		}
	}
	return nil, false
}

func (f *File) globalType(name string, depth int) *Type {
	v, ok := f.Global(name)
	if !ok {
		return nil
	}
	return v.typeAt(depth)
}

// Type is the variable's type.
func (v *Var) Type() *Type { return v.typeAt(0) }

func (v *Var) typeAt(depth int) *Type {
	f := v.File
	f.types.mu.Lock()
	t := f.types.vars[v]
	f.types.mu.Unlock()
	if t != nil {
		return t
	}
	t = unknownType
	if tn := v.typeName(); tn != nil {
		if tn.Record != nil && tn.Record.Tag == "" {
			f.recordType(tn.Record, v.Name)
		}
		t = f.typeIn(tn, nil, depth+1)
	}
	f.types.mu.Lock()
	defer f.types.mu.Unlock()
	if old := f.types.vars[v]; old != nil {
		return old
	}
	if f.types.vars == nil {
		f.types.vars = map[*Var]*Type{}
	}
	f.types.vars[v] = t
	return t
}

// Const reports whether the variable, or what it points to, is declared const.
func (v *Var) Const() bool {
	for _, t := range v.File.headTokens(v.head) {
		if t.kind == tokIdent && (t.text == "const" || t.text == "__const" || t.text == "__const__") {
			return true
		}
	}
	return false
}

func (v *Var) typeName() *TypeName {
	p := &declParser{f: v.File, toks: v.File.headTokens(v.head)}
	base, _, ok := p.specs()
	for ok {
		at := p.i
		d := p.declarator()
		if d.name == v.Name {
			return foldType(base, d.ops)
		}
		if t := p.peek(); t.kind == tokOther && t.text == initMark {
			p.i++
		}
		if !p.accept(",") || p.i == at {
			break
		}
	}
	return nil
}

// Init is the variable's initialiser, parsed anew at each call; nil without
// one.
func (v *Var) Init() *Expr {
	if !v.hasInit {
		return nil
	}
	toks := v.initTok
	if len(toks) == 1 && toks[0].kind == tokGroup {
		toks = v.File.activeTokens(toks[0].pos-1, toks[0].end+1)
	}
	return v.File.initExpr(toks)
}

// initExpr parses an initialiser.
func (f *File) initExpr(toks []token) *Expr {
	if len(toks) == 0 {
		return nil
	}
	x := &expander{lookup: f.macroFor, want: f.wantInBody}
	toks = x.expand(f.unfold(toks))
	if !toks[0].is("{") {
		e, _ := f.parseExpr(toks, nil)
		return e
	}
	// A list stands where an expression cannot: behind a declarator.
	at := token{pos: toks[0].pos, end: toks[0].pos + 1}
	mk := func(k tokKind, s string) token { t := at; t.kind, t.text = k, s; return t }
	decl := []token{mk(tokIdent, "int"), mk(tokIdent, "$i"), mk(tokPunct, "[")}
	decl = append(decl, mk(tokPunct, "]"), mk(tokPunct, "="))
	decl = append(decl, toks...)
	decl = append(decl, mk(tokPunct, ";"))
	s := f.parseBody(decl, nil).root(Span{toks[0].pos, toks[len(toks)-1].end})
	for _, c := range s.List {
		for _, d := range c.Decls {
			if d.Init != nil {
				return d.Init
			}
		}
	}
	return nil
}

// unfold replaces tokGroups by the tokens that they stand for.
func (f *File) unfold(toks []token) []token {
	any := false
	for i := range toks {
		any = any || toks[i].kind == tokGroup
	}
	if !any {
		return toks
	}
	var out []token
	for _, t := range toks {
		if t.kind == tokGroup {
			out = append(out, f.activeTokens(t.pos-1, t.end+1)...)
		} else {
			out = append(out, t)
		}
	}
	return out
}

// An Init is a global variable with an initialiser that is a list.
type Init struct {
	Var  *Var
	List *Expr // InitList
}

// Inits returns the initialisers of the file's global records and arrays, in
// order: tables of functions, for the most part.
func (f *File) Inits() []Init {
	var out []Init
	for _, v := range f.items.vars {
		if !v.hasInit || len(v.initTok) == 0 {
			continue
		}
		if t := v.initTok[0]; t.kind != tokGroup && !t.is("{") && !t.is("(") {
			continue
		}
		if e := v.Init(); e != nil && (e.Op == InitList || e.Op == Compound) {
			if e.Op == Compound {
				e = e.X
			}
			out = append(out, Init{v, e})
		}
	}
	return out
}

// Vars returns the variables of file scope that the file declares, in order.
func (f *File) Vars() []*Var { return f.items.vars }

// FuncSig returns the signature of a function that f can call by name, from
// its definition or a prototype, and the file in which its types are to be
// resolved.
func (f *File) FuncSig(name string) (*FuncSig, *File, bool) {
	for g := f; g != nil; g = g.includer {
		for _, fn := range g.items.funcsOf[name] {
			if s := fn.Sig(); s != nil {
				return s, g, true
			}
		}
		if p := g.items.protoOf[name]; p != nil {
			if s := p.signature(); s != nil {
				return s, g, true
			}
		}
	}
	e := f.tree.names.get(name)
	if e == nil {
		e = &nameEntry{}
	}
	var funcs []*Func
	for _, d := range e.funcs {
		if f.closure.has(d.File.id) {
			funcs = append(funcs, d)
		}
	}
	if fn, ok := pick(f, funcs, func(d *Func) *File { return d.File }); ok {
		if s := fn.Sig(); s != nil {
			return s, fn.File, true
		}
	}
	var protos []*proto
	for _, d := range e.protos {
		if f.closure.has(d.file.id) {
			protos = append(protos, d)
		}
	}
	if p, ok := pick(f, protos, func(d *proto) *File { return d.file }); ok {
		if s := p.signature(); s != nil {
			return s, p.file, true
		}
	}
	// Headers lean on what their users include before them.
	for _, fn := range f.tree.Resolve(f, name) {
		g, err := f.tree.File(fn.File.Name)
		if err != nil {
			continue
		}
		f.onTypes(g)
		for _, fn := range g.items.funcsOf[name] {
			if s := fn.Sig(); s != nil {
				return s, g, true
			}
		}
	}
	return nil, nil, false
}
