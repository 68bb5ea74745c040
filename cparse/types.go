package cparse

import (
	"strings"
	"sync"
	"sync/atomic"
)

// TypeKind says what a Type is.
type TypeKind uint8

const (
	Unknown TypeKind = iota
	Void
	Int // integers and floating point
	Pointer
	Array
	Struct
	Union
	Enum
	Function
)

// A Type is a resolved type. Records are interned by definition and pointers
// by what they point to, so that equal types are one value.
type Type struct {
	Kind TypeKind
	// Elem is what a Pointer points to or an Array holds.
	Elem *Type
	// Tag identifies a record: its tag, the typedef name of an untagged
	// one, "outer.field" of an untagged one inside another. For Int it is the
	// spelling.
	Tag string
	// File is where a record is defined or a function type is written; nil
	// for an incomplete record.
	File *File
	// Sig is a Function's signature, whose names mean what they mean in File.
	Sig *FuncSig

	rec    *Record
	mu     sync.Mutex
	fields map[string]*Type // resolved so far
	ptr    atomic.Pointer[Type]
	arr    atomic.Pointer[Type]
}

var (
	unknownType = &Type{Kind: Unknown}
	voidType    = &Type{Kind: Void}
	intType     = &Type{Kind: Int, Tag: "int"}
	charPtr     = pointerTo(&Type{Kind: Int, Tag: "char"})
)

func pointerTo(t *Type) *Type {
	if p := t.ptr.Load(); p != nil {
		return p
	}
	t.ptr.CompareAndSwap(nil, &Type{Kind: Pointer, Elem: t})
	return t.ptr.Load()
}

func arrayOf(t *Type) *Type {
	if p := t.arr.Load(); p != nil {
		return p
	}
	t.arr.CompareAndSwap(nil, &Type{Kind: Array, Elem: t})
	return t.arr.Load()
}

// String spells the type for people.
func (t *Type) String() string {
	switch t.Kind {
	case Void:
		return "void"
	case Int:
		return t.Tag
	case Pointer:
		return t.Elem.String() + " *"
	case Array:
		return t.Elem.String() + "[]"
	case Struct:
		return "struct " + t.Tag
	case Union:
		return "union " + t.Tag
	case Enum:
		return "enum " + t.Tag
	case Function:
		return "function"
	}
	return "?"
}

// Record returns the members of a struct or union, nil if it is incomplete.
func (t *Type) Record() *Record { return t.rec }

type recordMemo struct {
	once sync.Once
	typ  *Type
}

type typeMemo struct {
	mu       sync.Mutex
	typedefs map[string]*Type
	opaque   map[string]*Type
	vars     map[*Var]*Type
}

const maxTypeDepth = 40

// Type resolves a type as written in f: tags and typedefs mean what they
// mean there. It never returns nil; Kind is Unknown where a name is not known.
func (f *File) Type(tn *TypeName) *Type { return f.typeIn(tn, nil, 0) }

// TypeIn is Type with the names of locals, for typeof.
func (f *File) TypeIn(tn *TypeName, scope func(string) *Type) *Type { return f.typeIn(tn, scope, 0) }

func (f *File) typeIn(tn *TypeName, scope func(string) *Type, depth int) *Type {
	if tn == nil || depth > maxTypeDepth {
		return unknownType
	}
	if tn.FuncPtr != nil {
		t := &Type{Kind: Function, Sig: tn.FuncPtr, File: f}
		t = pointerTo(t)
		for range tn.Array {
			t = arrayOf(t)
		}
		return t
	}
	t := f.baseType(tn, scope, depth)
	for range tn.Ptr {
		t = pointerTo(t)
	}
	for range tn.Array {
		t = arrayOf(t)
	}
	return t
}

func (f *File) baseType(tn *TypeName, scope func(string) *Type, depth int) *Type {
	spec := tn.Spec
	if tn.Record != nil {
		return f.recordType(tn.Record, "")
	}
	switch {
	case spec == "void":
		return voidType
	case spec == "typeof":
		if tn.Typeof == nil {
			return unknownType
		}
		return f.typeOf(tn.Typeof, scope, depth+1)
	case spec == "auto" || spec == "":
		return unknownType
	case strings.HasPrefix(spec, "struct "), strings.HasPrefix(spec, "union "):
		return f.taggedType(spec)
	case strings.HasPrefix(spec, "enum"):
		return &Type{Kind: Enum, Tag: strings.TrimPrefix(spec, "enum ")}
	}
	if w, _, _ := strings.Cut(spec, " "); keywords[w] == wordBase || spec == "bool" {
		return intType
	}
	return f.typedefType(spec, depth)
}

// recordType is the type of a record written in place. name identifies it if
// it has no tag.
func (f *File) recordType(r *Record, name string) *Type {
	if t := r.typ.Load(); t != nil {
		return t
	}
	t := &Type{Kind: Struct, Tag: r.Tag, File: f, rec: r}
	switch r.Kind {
	case "union":
		t.Kind = Union
	case "enum":
		t.Kind = Enum
	}
	if t.Tag == "" {
		t.Tag = name
	}
	if r.Tag != "" {
		if d := f.items.recordOf[r.Kind+" "+r.Tag]; d != nil && d.pos == r.Pos {
			if dt := d.typ(); dt.rec != r {
				t = dt
			}
		}
	}
	r.typ.CompareAndSwap(nil, t)
	return r.typ.Load()
}

// typ is the type of a record definition, parsed on first use.
func (d *recordDef) typ() *Type {
	d.memo.once.Do(func() {
		kind, tag, _ := strings.Cut(d.spec, " ")
		r := &Record{Kind: kind, Tag: tag, Pos: d.pos}
		toks := d.toks
		if !d.synt {
			toks = d.file.groupTokens(d.body)
		}
		p := &declParser{f: d.file, toks: toks}
		t := &Type{Kind: Struct, Tag: tag, File: d.file, rec: r}
		switch kind {
		case "union":
			t.Kind = Union
		case "enum":
			t.Kind = Enum
		}
		if kind == "enum" {
			p.enumerators(r)
		} else {
			p.fields(r)
		}
		r.typ.Store(t)
		d.memo.typ = t
	})
	return d.memo.typ
}

// taggedType resolves "struct x" or "union x".
func (f *File) taggedType(spec string) *Type {
	if d := f.findRecord(spec); d != nil {
		return d.typ()
	}
	kind, tag, _ := strings.Cut(spec, " ")
	f.types.mu.Lock()
	defer f.types.mu.Unlock()
	if t := f.types.opaque[spec]; t != nil {
		return t
	}
	t := &Type{Kind: Struct, Tag: tag}
	if kind == "union" {
		t.Kind = Union
	}
	if f.types.opaque == nil {
		f.types.opaque = map[string]*Type{}
	}
	f.types.opaque[spec] = t
	return t
}

// findRecord finds a record's definition: the file's own, its closure's,
// else the nearest that the index knows.
func (f *File) findRecord(spec string) *recordDef {
	for g := f; g != nil; g = g.includer {
		if d := g.items.recordOf[spec]; d != nil {
			return d
		}
	}
	if e := f.tree.names.get(spec); e != nil {
		var in []*recordDef
		for _, d := range e.records {
			if f.closure.has(d.file.id) {
				in = append(in, d)
			}
		}
		if d, ok := pick(f, in, func(d *recordDef) *File { return d.file }); ok {
			return d
		}
	}
	for _, name := range f.tree.index.lookup(f, spec) {
		if g, err := f.tree.File(name); err == nil {
			f.onTypes(g)
			if d := g.items.recordOf[spec]; d != nil {
				return d
			}
		}
	}
	return nil
}

// typedefType resolves a typedef name.
func (f *File) typedefType(name string, depth int) *Type {
	d := f.findTypedef(name)
	if d == nil {
		// Headers lean on what their users include before them.
		for _, file := range f.tree.index.lookup(f, "typedef "+name) {
			g, err := f.tree.File(file)
			if err != nil {
				continue
			}
			f.onTypes(g)
			if d == nil {
				d = g.items.typedefOf[name]
			}
		}
	}
	if d == nil {
		return unknownType
	}
	g := d.file
	g.types.mu.Lock()
	t := g.types.typedefs[name]
	g.types.mu.Unlock()
	if t != nil {
		return t
	}
	p := &declParser{f: g, toks: g.headTokens(d.head)}
	base, _, ok := p.specs()
	t = unknownType
	if ok {
		for {
			at := p.i
			dc := p.declarator()
			if dc.name == name {
				tn := foldType(base, dc.ops)
				if base.Record != nil && base.Record.Tag == "" && len(dc.ops) == 0 {
					t = g.recordType(base.Record, name)
				} else {
					t = g.typeIn(tn, nil, depth+1)
					if len(dc.ops) > 0 && dc.ops[0].kind == '(' && t.Kind == Pointer {
						t = t.Elem // a function type, not a pointer
					}
				}
				break
			}
			if !p.accept(",") || p.i == at {
				break
			}
		}
	}
	g.types.mu.Lock()
	defer g.types.mu.Unlock()
	if old := g.types.typedefs[name]; old != nil {
		return old
	}
	if g.types.typedefs == nil {
		g.types.typedefs = map[string]*Type{}
	}
	g.types.typedefs[name] = t
	return t
}

// A FieldRef is a member found in a record.
type FieldRef struct {
	Owner *Type // the named record that holds it, directly or through unnamed members
	Type  *Type
	Name  string
}

// Field finds a member of a struct or union (or of what a pointer or array
// of one leads to), looking through unnamed members.
func (f *File) Field(t *Type, name string) (FieldRef, bool) {
	for t != nil && (t.Kind == Pointer || t.Kind == Array) {
		t = t.Elem
	}
	if t == nil || t.Kind != Struct && t.Kind != Union {
		return FieldRef{}, false
	}
	if t.rec == nil {
		kw := "struct "
		if t.Kind == Union {
			kw = "union "
		}
		d := f.findRecord(kw + t.Tag)
		if d == nil {
			return FieldRef{}, false
		}
		t = d.typ()
	}
	ft := t.member(t, name, 0)
	if ft == nil {
		return FieldRef{}, false
	}
	return FieldRef{Owner: t, Type: ft, Name: name}, true
}

// member finds a member's type; owner names nested untagged records.
func (t *Type) member(owner *Type, name string, depth int) *Type {
	if t.rec == nil || depth > maxTypeDepth {
		return nil
	}
	t.mu.Lock()
	ft, ok := t.fields[name]
	t.mu.Unlock()
	if ok {
		return ft
	}
	for i := range t.rec.Fields {
		fd := &t.rec.Fields[i]
		if fd.Name == name {
			if r := fd.Type.Record; r != nil && r.Tag == "" {
				t.File.recordType(r, owner.Tag+"."+name)
			}
			ft = t.File.typeIn(fd.Type, nil, 0)
			break
		}
		if fd.Name == "" {
			sub := t.File.typeIn(fd.Type, nil, 0)
			if sub.Kind != Struct && sub.Kind != Union {
				continue
			}
			if ft = sub.member(owner, name, depth+1); ft != nil {
				break
			}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if old := t.fields[name]; old != nil {
		return old
	}
	if t.fields == nil {
		t.fields = map[string]*Type{}
	}
	t.fields[name] = ft
	return ft
}
