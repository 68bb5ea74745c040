package cparse

import (
	"sort"
	"sync"
)

// A Func is one function definition.
type Func struct {
	Name     string
	File     *File
	Pos, End int32 // from the first token of the head to behind the body
	NamePos  int32
	Static   bool
	Inline   bool
	Macro    string // the macro that defined it, "" for plain C

	head     head
	body     Span   // with its braces
	made     bool   // a macro made the body
	bodyToks packed // what is inside the braces, where made is set

	sigOnce sync.Once
	sig     *FuncSig
}

// Sig is the function's type as written; nil if the head does not read as a
// declaration.
func (fn *Func) Sig() *FuncSig {
	fn.sigOnce.Do(func() { fn.sig = fn.File.sigOf(fn.head) })
	return fn.sig
}

func (f *File) sigOf(h head) *FuncSig {
	p := &declParser{f: f, toks: f.headTokens(h)}
	base, _, ok := p.specs()
	if !ok {
		return nil
	}
	d := p.declarator()
	tn := foldType(base, d.ops)
	return tn.FuncPtr
}

// An Attr is an annotation on a function: a macro or attribute by its name,
// with its arguments.
type Attr struct {
	Name string
	Args []*Expr
}

// Attrs are the annotations in the head of the definition and of the
// prototypes that it can see, as written: macros that expand to an attribute
// or to nothing. What a prototype says of its parameters is put in the names
// of the definition's.
func (fn *Func) Attrs() []Attr {
	f := fn.File
	if fn.head.toks != nil {
		return nil
	}
	out := f.attrsOf(f.activeTokens(fn.head.pos, fn.head.end))
	for _, p := range f.protosOf(fn.Name) {
		if p.head.toks != nil {
			continue
		}
		more := p.file.attrsOf(p.file.activeTokens(p.head.pos, p.head.end))
		if len(more) == 0 {
			continue
		}
		rename := fn.renaming(p.signature())
		for _, a := range more {
			if !hasAttr(out, a.Name) {
				for i := range a.Args {
					a.Args[i] = cloner{pos: fn.NamePos, end: fn.NamePos, rename: rename}.expr(a.Args[i])
				}
				out = append(out, a)
			}
		}
	}
	return out
}

func hasAttr(attrs []Attr, name string) bool {
	for _, a := range attrs {
		if a.Name == name {
			return true
		}
	}
	return false
}

// renaming maps the parameters of a prototype to the function's.
func (fn *Func) renaming(from *FuncSig) map[string]string {
	to := fn.Sig()
	m := map[string]string{}
	if from == nil || to == nil {
		return m
	}
	for i := range min(len(from.Params), len(to.Params)) {
		if a, b := from.Params[i].Name, to.Params[i].Name; a != b && a != "" && b != "" {
			m[a] = b
		}
	}
	return m
}

// protosOf returns the prototypes of a function that f can see.
func (f *File) protosOf(name string) []*proto {
	var out []*proto
	if p := f.items.protoOf[name]; p != nil {
		out = append(out, p)
	}
	if e := f.tree.names.get(name); e != nil {
		for _, p := range e.protos {
			if p.file != f && f.closure.has(p.file.id) {
				out = append(out, p)
			}
		}
	}
	if len(out) > 1 {
		sort.SliceStable(out, func(i, j int) bool { return out[i].file.Name < out[j].file.Name })
	}
	return out
}

func (f *File) attrsOf(toks []token) []Attr {
	var out []Attr
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		if t.kind != tokIdent || keywords[t.text] != wordNone {
			continue
		}
		m := f.macroFor(t.text, t.pos)
		if m == nil {
			continue
		}
		end := i
		if m.FuncLike {
			if i+1 >= len(toks) || !toks[i+1].is("(") {
				continue
			}
			if end = matchParen(toks, i+1); end < 0 {
				return out
			}
		}
		x := &expander{lookup: f.macroFor}
		if !isAttr(x.expand(toks[i : end+1])) {
			continue
		}
		a := Attr{Name: t.text}
		if end > i+2 {
			for _, part := range splitCommas(toks[i+2 : end]) {
				if e := f.lazyExpr(part); e != nil {
					a.Args = append(a.Args, e)
				}
			}
		}
		out = append(out, a)
		i = end
	}
	return out
}

// isAttr tells whether the tokens are nothing but attributes.
func isAttr(toks []token) bool {
	for i := 0; i < len(toks); i++ {
		if toks[i].kind != tokIdent {
			return false
		}
		switch keywords[toks[i].text] {
		case wordAttr:
			if i+1 < len(toks) && toks[i+1].is("(") {
				if i = matchParen(toks, i+1); i < 0 {
					return false
				}
			}
		case wordStore, wordQual:
		default:
			return false
		}
	}
	return true
}
