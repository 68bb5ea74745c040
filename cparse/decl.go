package cparse

import "strings"

// A declParser reads declarations from tokens in which no macro is left:
// specifiers, declarators, records. Expressions inside (dimensions, typeof)
// are taken only so far as types need them.
type declParser struct {
	f     *File
	toks  []token
	i     int
	depth int
	// shallow reads no more than what is declared: neither the bodies of records, nor
	// parameters, dimensions and the operands of typeof.
	shallow bool
}

// A storage says what stands beside the type in the specifiers.
type storage struct {
	static, extern, typedef, inline bool
}

// A typeOp is one step of a declarator, read from the name outward.
type typeOp struct {
	kind byte // '*', '[' or '('
	dim  *Expr
	sig  *FuncSig
}

// A declarator is one declared name.
type declarator struct {
	name    string
	pos     int32
	ops     []typeOp
	cleanup string
}

func (p *declParser) peek() *token {
	if p.i < len(p.toks) {
		return &p.toks[p.i]
	}
	return &token{}
}

func (p *declParser) accept(s string) bool {
	if p.peek().is(s) {
		p.i++
		return true
	}
	return false
}

// skipGroup moves behind the bracket group at the present token.
func (p *declParser) skipGroup() {
	end := matchParen(p.toks, p.i)
	if end < 0 {
		p.i = len(p.toks)
		return
	}
	p.i = end + 1
}

// wordClass says what a keyword is to a declaration.
type wordClass uint8

const (
	wordNone  wordClass = iota
	wordBase            // part of a basic type
	wordQual            // a qualifier, no part of the type here
	wordStore           // storage class
	wordTag             // struct, union, enum
	wordAttr            // attribute with a parenthesised argument
	wordTypeof
	wordAuto
	wordStmt // starts a statement
	wordSize // sizeof and its kin
	wordDrop // means nothing to us
	wordAsm
)

// keywords are C's and GNU C's reserved words.
var keywords = map[string]wordClass{
	"void": wordBase, "char": wordBase, "short": wordBase, "int": wordBase, "long": wordBase,
	"float": wordBase, "double": wordBase, "signed": wordBase, "unsigned": wordBase,
	"_Bool": wordBase, "__signed__": wordBase, "__signed": wordBase, "__int128": wordBase, "_Complex": wordBase,
	"const": wordQual, "volatile": wordQual, "restrict": wordQual, "__const": wordQual, "__const__": wordQual,
	"__volatile": wordQual, "__volatile__": wordQual, "__restrict": wordQual, "__restrict__": wordQual, "_Atomic": wordQual, "__seg_gs": wordQual, "__seg_fs": wordQual,
	"static": wordStore, "extern": wordStore, "typedef": wordStore, "register": wordStore,
	"inline": wordStore, "__inline": wordStore, "__inline__": wordStore, "_Thread_local": wordStore, "__thread": wordStore, "_Noreturn": wordStore,
	"struct": wordTag, "union": wordTag, "enum": wordTag,
	"__attribute__": wordAttr, "__attribute": wordAttr, "_Alignas": wordAttr, "__declspec": wordAttr,
	"typeof": wordTypeof, "__typeof__": wordTypeof, "__typeof": wordTypeof, "typeof_unqual": wordTypeof, "__typeof_unqual__": wordTypeof,
	"__auto_type": wordAuto,
	"if":          wordStmt, "else": wordStmt, "for": wordStmt, "while": wordStmt, "do": wordStmt, "switch": wordStmt, "case": wordStmt,
	"default": wordStmt, "break": wordStmt, "continue": wordStmt, "return": wordStmt, "goto": wordStmt,
	"sizeof": wordSize, "_Alignof": wordSize, "__alignof__": wordSize, "__alignof": wordSize,
	"__extension__": wordDrop, "__label__": wordStmt, "_Static_assert": wordStmt,
	"asm": wordAsm, "__asm__": wordAsm, "__asm": wordAsm,
}

// specs reads declaration specifiers. ok is false where none stand.
func (p *declParser) specs() (base *TypeName, st storage, ok bool) {
	base = &TypeName{}
	var words []string
	for p.i < len(p.toks) {
		t := p.peek()
		if t.kind != tokIdent {
			break
		}
		switch keywords[t.text] {
		case wordBase:
			words = append(words, t.text)
			p.i++
			continue
		case wordQual, wordDrop:
			p.i++
			if t.text == "_Atomic" && p.peek().is("(") {
				p.skipGroup()
			}
			continue
		case wordStore:
			switch t.text {
			case "static":
				st.static = true
			case "extern":
				st.extern = true
			case "typedef":
				st.typedef = true
			case "inline", "__inline", "__inline__":
				st.inline = true
			}
			p.i++
			continue
		case wordAttr:
			p.attribute()
			continue
		case wordTag:
			if base.Spec != "" || words != nil {
				return base, st, true
			}
			p.tag(base)
			continue
		case wordTypeof:
			if base.Spec != "" || words != nil {
				return base, st, true
			}
			p.i++
			p.typeof(base)
			continue
		case wordAuto:
			base.Spec = "auto"
			p.i++
			continue
		case wordNone:
			if base.Spec == "" && words == nil {
				// A lone name in front of another declarator token is
				// the type; the caller has seen that this is a declaration.
				base.Spec = t.text
				p.i++
				continue
			}
		}
		break
	}
	if words != nil {
		base.Spec = canonicalWords(words)
	}
	return base, st, base.Spec != ""
}

// canonicalWords spells a basic type one way.
func canonicalWords(words []string) string {
	long, unsigned, base := 0, false, ""
	for _, w := range words {
		switch w {
		case "long":
			long++
		case "unsigned":
			unsigned = true
		case "signed", "__signed__", "__signed", "_Complex":
		case "_Bool":
			base = "bool"
		case "__int128":
			long = 2
		case "int":
			if base == "" {
				base = "int"
			}
		default:
			base = w
		}
	}
	switch {
	case base == "double" && long > 0:
		return "long double"
	case long == 1:
		base = "long"
	case long > 1:
		base = "long long"
	case base == "":
		base = "int"
	}
	if unsigned {
		base = "unsigned " + base
	}
	return base
}

// attribute moves over __attribute__((...)) and returns the function that a
// cleanup attribute names.
func (p *declParser) attribute() (cleanup string) {
	p.i++
	if !p.peek().is("(") {
		return ""
	}
	start := p.i
	p.skipGroup()
	return cleanupIn(p.toks[start:p.i])
}

// cleanupIn finds cleanup(f) in the tokens of an attribute.
func cleanupIn(toks []token) string {
	for i := 0; i+3 < len(toks); i++ {
		if toks[i].kind == tokIdent && (toks[i].text == "cleanup" || toks[i].text == "__cleanup__") && toks[i+1].is("(") {
			return toks[i+2].text
		}
	}
	return ""
}

// tag reads struct, union or enum with its tag and body.
func (p *declParser) tag(base *TypeName) {
	kw := p.peek().text
	pos := p.peek().pos
	p.i++
	for keywords[p.peek().text] == wordAttr && p.peek().kind == tokIdent {
		p.attribute()
	}
	name := ""
	if t := p.peek(); t.kind == tokIdent {
		name = t.text
		p.i++
	}
	for keywords[p.peek().text] == wordAttr && p.peek().kind == tokIdent {
		p.attribute()
	}
	base.Spec = kw
	if name != "" {
		base.Spec = kw + " " + name
	}
	if p.shallow {
		if p.peek().kind == tokGroup {
			p.i++
		} else if p.peek().is("{") {
			p.skipGroup()
		}
		return
	}
	body, ok := p.group()
	if !ok {
		return
	}
	r := &Record{Kind: kw, Tag: name, Pos: pos}
	base.Record = r
	if p.depth > 60 {
		return
	}
	sub := &declParser{f: p.f, toks: body, depth: p.depth + 1}
	if kw == "enum" {
		sub.enumerators(r)
	} else {
		sub.fields(r)
	}
}

// group returns the tokens inside the braces at the present token.
func (p *declParser) group() ([]token, bool) {
	t := p.peek()
	switch {
	case t.kind == tokGroup:
		p.i++
		return p.f.groupTokens(*t), true
	case t.is("{"):
		start := p.i
		p.skipGroup()
		if p.i <= start+1 {
			return nil, true
		}
		return p.toks[start+1 : max(p.i-1, start+1)], true
	}
	return nil, false
}

// typeof reads the operand of typeof.
func (p *declParser) typeof(base *TypeName) {
	base.Spec = "typeof"
	if !p.peek().is("(") {
		return
	}
	start := p.i
	p.skipGroup()
	if p.shallow {
		return
	}
	in := p.toks[start+1 : max(p.i-1, start+1)]
	if p.f.startsType(in, nil) {
		sub := &declParser{f: p.f, toks: in, depth: p.depth + 1}
		if tn, ok := sub.typeName(); ok {
			*base = *tn
			return
		}
	}
	base.Typeof = p.f.lazyExpr(in)
}

// typeName reads specifiers and an abstract declarator.
func (p *declParser) typeName() (*TypeName, bool) {
	base, _, ok := p.specs()
	if !ok {
		return nil, false
	}
	d := p.declarator()
	return foldType(base, d.ops), true
}

// declarator reads one declarator, abstract or not.
func (p *declParser) declarator() declarator {
	var d declarator
	p.declInto(&d, 0)
	return d
}

func (p *declParser) declInto(d *declarator, depth int) {
	if depth > 60 {
		p.i = len(p.toks)
		return
	}
	stars := 0
loop:
	for {
		t := p.peek()
		switch {
		case t.is("*") || t.is("^"):
			stars++
			p.i++
		case t.kind == tokIdent:
			switch keywords[t.text] {
			case wordQual, wordDrop:
				p.i++
			case wordAttr:
				if c := p.attribute(); c != "" {
					d.cleanup = c
				}
			default:
				break loop
			}
		default:
			break loop
		}
	}
	var outer []typeOp
	t := p.peek()
	switch {
	case t.kind == tokIdent && keywords[t.text] == wordNone:
		d.name, d.pos = t.text, t.pos
		p.i++
	case t.is("(") && p.nestedDeclarator():
		p.i++
		p.declInto(d, depth+1)
		p.accept(")")
	}
	for {
		t := p.peek()
		switch {
		case t.is("["):
			start := p.i
			p.skipGroup()
			outer = append(outer, typeOp{kind: '[', dim: p.dim(start+1, p.i-1)})
			continue
		case t.is("("):
			start := p.i
			p.skipGroup()
			outer = append(outer, typeOp{kind: '(', sig: p.params(start+1, p.i-1)})
			continue
		case t.kind == tokIdent && keywords[t.text] == wordAttr:
			if c := p.attribute(); c != "" {
				d.cleanup = c
			}
			continue
		case t.kind == tokIdent && keywords[t.text] == wordAsm:
			p.i++
			p.skipGroup()
			continue
		}
		break
	}
	d.ops = append(d.ops, outer...)
	for ; stars > 0; stars-- {
		d.ops = append(d.ops, typeOp{kind: '*'})
	}
}

// nestedDeclarator tells "(*f)(int)" from the parameter list of an abstract
// function declarator.
func (p *declParser) nestedDeclarator() bool {
	if p.i+1 >= len(p.toks) {
		return false
	}
	t := p.toks[p.i+1]
	switch {
	case t.is("*"), t.is("("), t.is("["), t.is("^"):
		return true
	case t.kind == tokIdent:
		switch keywords[t.text] {
		case wordAttr:
			return true
		case wordNone:
			return !p.f.isTypedef(t.text)
		}
	}
	return false
}

func (p *declParser) dim(start, end int) *Expr {
	if start >= end || p.shallow {
		return nil
	}
	return p.f.lazyExpr(p.toks[start:end])
}

func (p *declParser) params(start, end int) *FuncSig {
	sig := &FuncSig{}
	if start >= end || p.shallow || p.depth > 60 {
		return sig
	}
	for _, part := range splitCommas(p.toks[start:end]) {
		if len(part) == 0 {
			continue
		}
		if part[0].is("...") {
			sig.Variadic = true
			continue
		}
		sub := &declParser{f: p.f, toks: part, depth: p.depth + 1}
		base, _, ok := sub.specs()
		if !ok {
			continue
		}
		d := sub.declarator()
		tn := foldType(base, d.ops)
		if len(part) == 1 && tn.Spec == "void" && tn.Ptr == 0 {
			continue
		}
		pos := part[0].pos
		if d.name != "" {
			pos = d.pos
		}
		sig.Params = append(sig.Params, Param{Name: d.name, Type: tn, Pos: pos})
	}
	return sig
}

// splitCommas splits tokens at the commas outside all brackets.
func splitCommas(toks []token) [][]token {
	var out [][]token
	depth, start := 0, 0
	for i := range toks {
		if toks[i].kind != tokPunct {
			continue
		}
		switch toks[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ",":
			if depth == 0 {
				out = append(out, toks[start:i])
				start = i + 1
			}
		}
	}
	return append(out, toks[start:])
}

// foldType applies the steps of a declarator to its base type.
func foldType(base *TypeName, ops []typeOp) *TypeName {
	tn := *base
	for i := len(ops) - 1; i >= 0; i-- {
		switch ops[i].kind {
		case '*':
			if tn.FuncPtr == nil && len(tn.Array) == 0 {
				tn.Ptr++
			} else if tn.FuncPtr == nil {
				// Pointer to array: as if the pointer stood below.
				tn.Ptr++
			}
		case '[':
			tn.Array = append([]*Expr{ops[i].dim}, tn.Array...)
		case '(':
			res := tn
			sig := *ops[i].sig
			sig.Result = &res
			tn = TypeName{Spec: res.Spec, Ptr: res.Ptr, Typeof: res.Typeof, FuncPtr: &sig}
		}
	}
	return &tn
}

// fields reads the members of a struct or union.
func (p *declParser) fields(r *Record) {
	for p.i < len(p.toks) {
		start := p.i
		if p.accept(";") {
			continue
		}
		if t := p.peek(); t.kind == tokIdent && keywords[t.text] == wordStmt {
			// _Static_assert among members.
			for p.i < len(p.toks) && !p.accept(";") {
				p.i++
			}
			continue
		}
		base, _, ok := p.specs()
		if ok {
			p.fieldDeclarators(r, base, p.toks[start].pos)
		}
		for p.i < len(p.toks) && !p.peek().is(";") {
			if p.peek().is("{") || p.peek().is("(") {
				p.skipGroup()
			} else {
				p.i++
			}
		}
		if p.i == start {
			p.i++
		}
	}
}

func (p *declParser) fieldDeclarators(r *Record, base *TypeName, pos int32) {
	any := false
	for {
		at := p.i
		d := p.declarator()
		if t := p.peek(); strings.HasPrefix(d.name, "__") && len(d.ops) == 0 && t.kind == tokIdent && keywords[t.text] == wordNone && !strings.HasPrefix(t.text, "__") {
			d = p.declarator() // an annotation that no header in sight defines
		}
		if d.name != "" {
			any = true
			r.Fields = append(r.Fields, Field{Name: d.name, Type: foldType(base, d.ops), Pos: d.pos})
		}
		if p.accept(":") {
			for p.i < len(p.toks) && !p.peek().is(",") && !p.peek().is(";") {
				p.i++
			}
			any = true
		}
		for p.peek().kind == tokIdent && keywords[p.peek().text] == wordAttr {
			p.attribute()
		}
		if !p.accept(",") || p.i == at {
			break
		}
	}
	if !any && base.Record != nil && base.Record.Kind != "enum" && base.Record.Tag == "" {
		r.Fields = append(r.Fields, Field{Type: base, Pos: pos})
	} else if !any && base.Record == nil && (len(base.Spec) > 7 && (base.Spec[:7] == "struct " || base.Spec[:6] == "union ")) {
		// -fms-extensions: a tagged record as an anonymous member.
		r.Fields = append(r.Fields, Field{Type: base, Pos: pos})
	} else if !any && base.Record != nil && base.Record.Kind != "enum" {
		r.Fields = append(r.Fields, Field{Type: base, Pos: pos})
	}
}

func (p *declParser) enumerators(r *Record) {
	for _, part := range splitCommas(p.toks) {
		if len(part) == 0 || part[0].kind != tokIdent {
			continue
		}
		e := Enumerator{Name: part[0].text}
		for i := 1; i < len(part); i++ {
			if part[i].is("=") {
				e.Value = p.f.lazyExpr(part[i+1:])
				break
			}
		}
		r.Enums = append(r.Enums, e)
	}
}
