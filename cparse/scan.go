package cparse

import (
	"strings"
	"sync"
	"sync/atomic"
)

// items are the top-level definitions of a file, functions excepted.
type items struct {
	protos    []*proto
	records   []*recordDef
	typedefs  []*typedefDef
	vars      []*Var
	enums     []*enumDef
	typedefOf map[string]*typedefDef
	recordOf  map[string]*recordDef
	varOf     map[string]*Var
	protoOf   map[string]*proto
	enumOf    map[string]*enumDef
	funcsOf   map[string][]*Func
}

// A proto is a function declared without a body.
type proto struct {
	name string
	file *File
	head head

	once sync.Once
	sig  *FuncSig
}

func (p *proto) signature() *FuncSig {
	p.once.Do(func() { p.sig = p.file.sigOf(p.head) })
	return p.sig
}

// A recordDef is a struct, union or enum with a body.
type recordDef struct {
	spec string // "struct page"; "enum x"
	file *File
	pos  int32
	body token // tokGroup
	toks []token
	synt bool
	memo recordMemo

	enums atomic.Pointer[map[string]int64] // of an enum, once asked for
}

type typedefDef struct {
	name string
	file *File
	head head
	pos  int32
}

type enumDef struct {
	name  string
	file  *File
	group *recordDef
}

// A Var is a variable of file scope.
type Var struct {
	Name   string
	File   *File
	Pos    int32
	Static bool
	Extern bool
	PerCPU bool
	head   head
	// hasInit is set where an initialiser stands.
	hasInit bool
	initTok []token
}

// A head is the text of a declaration: a place in the file, or tokens where
// a macro made it.
type head struct {
	pos, end int32
	toks     []token // nil: read the text again
}

func (f *File) headTokens(h head) []token {
	if h.toks != nil {
		return h.toks
	}
	x := &expander{lookup: f.macroFor}
	return x.expand(f.foldGroups(f.activeTokens(h.pos, h.end)))
}

// foldGroups replaces braces by tokGroups, as the scan reads them.
func (f *File) foldGroups(toks []token) []token {
	out := toks[:0]
	for i := 0; i < len(toks); i++ {
		if toks[i].is("{") {
			if end := matchParen(toks, i); end > 0 {
				out = append(out, token{kind: tokGroup, pos: toks[i].end, end: toks[end].pos})
				i = end
				continue
			}
		}
		out = append(out, toks[i])
	}
	return out
}

// groupTokens reads what a tokGroup stands for, macros expanded.
func (f *File) groupTokens(t token) []token {
	x := &expander{lookup: f.macroFor}
	return x.expand(f.activeTokens(t.pos, t.end))
}

// A scanner splits the active tokens of a file into items.
type scanner struct {
	f  *File
	pp *preprocessor
	x  *expander
}

// scan reads the file: macros, includes and items.
func (f *File) scan() {
	f.items.typedefOf = map[string]*typedefDef{}
	f.items.recordOf = map[string]*recordDef{}
	f.items.varOf = map[string]*Var{}
	f.items.protoOf = map[string]*proto{}
	f.items.enumOf = map[string]*enumDef{}
	f.items.funcsOf = map[string][]*Func{}
	s := &scanner{f: f, pp: newPreprocessor(f)}
	s.x = &expander{lookup: f.macroFor}
	buf := make([]token, 0, 64)
	for {
		item, more := s.item(buf[:0])
		if len(item) > 0 {
			s.x.made = 0
			s.define(item, false)
		}
		if !more {
			break
		}
		buf = item
	}
}

// item reads the raw tokens of one top-level item: up to its ";", or with
// the body of a function. Braces become tokGroups.
func (s *scanner) item(toks []token) (item []token, more bool) {
	depth := 0
	eq, paren := false, false
	for {
		t := s.pp.next()
		if t.kind == tokEOF {
			return toks, false
		}
		if len(toks) > 0 && depth == 0 && t.flags&flagLine != 0 && !eq && t.kind == tokIdent && s.standalone(toks) {
			s.pp.back = append(s.pp.back, t)
			return toks, true
		}
		if t.kind == tokPunct {
			switch t.text {
			case "(", "[":
				depth++
				paren = true
			case ")", "]":
				depth--
				if depth < 0 {
					s.f.problem(t.pos, "unexpected %q", t.text)
					return toks, true
				}
			case "=":
				if depth == 0 {
					eq = true
				}
			case "{":
				g := s.group(t)
				toks = append(toks, g)
				if depth == 0 && !eq && paren && s.isFuncHead(toks[:len(toks)-1]) {
					return toks, true
				}
				continue
			case "}":
				if depth == 0 {
					if len(toks) == 0 {
						s.f.problem(t.pos, "unexpected %q", t.text)
					}
					return toks, true
				}
			case ";":
				if depth == 0 {
					return append(toks, t), true
				}
			}
		}
		toks = append(toks, t)
	}
}

// group moves over braces and returns them as one token.
func (s *scanner) group(open token) token {
	g := token{kind: tokGroup, pos: open.end, flags: open.flags}
	depth := 1
	for {
		t := s.pp.next()
		if t.kind == tokEOF {
			s.f.problem(open.pos, "{ without }")
			g.end = t.end
			return g
		}
		if t.kind == tokPunct {
			switch t.text {
			case "{":
				depth++
			case "}":
				depth--
				if depth == 0 {
					g.end = t.pos
					return g
				}
			}
		}
	}
}

// isFuncHead tells the braces of a function body from those of a record or
// of an expression inside a declaration: the text in front has a parameter
// list at its top level and is no struct, union or enum head.
func (s *scanner) isFuncHead(toks []token) bool {
	last := toks[len(toks)-1]
	if last.is(")") {
		// struct x __aligned(8) {
		return !s.isRecordHead(toks)
	}
	return last.kind == tokIdent && !s.isRecordHead(toks)
}

// isRecordHead tells "struct tag" with attributes from a function that
// returns a struct: no name follows the tag but for called attributes.
func (s *scanner) isRecordHead(toks []token) bool {
	for i := 0; i < len(toks); i++ {
		if toks[i].is("(") {
			// An attribute's argument, or the parameters of a function
			// whose result is no struct.
			if i == 0 || !s.isAttrName(&toks[i-1]) {
				return false
			}
			if i = matchParen(toks, i); i < 0 {
				return false
			}
			continue
		}
		if toks[i].kind != tokIdent {
			continue
		}
		switch keywords[toks[i].text] {
		case wordTag:
			rest := toks[i+1:]
			names := 0
			for j := 0; j < len(rest); j++ {
				if rest[j].is("*") {
					return false
				}
				if rest[j].is("(") {
					end := matchParen(rest, j)
					if end < 0 {
						return false
					}
					j = end
					continue
				}
				if rest[j].kind == tokIdent {
					if j+1 < len(rest) && rest[j+1].is("(") && names > 0 && !s.isAttrName(&rest[j]) {
						// tag attribute(...) or tag function(...): what
						// follows the group decides.
						if end := matchParen(rest, j+1); end > 0 && s.attrsOnly(rest[end+1:]) {
							return false
						}
					}
					names++
				}
			}
			return true
		case wordBase:
			return false
		}
	}
	return false
}

// attrsOnly reports whether toks are attributes, such as may follow a parameter
// list.
func (s *scanner) attrsOnly(toks []token) bool {
	for i := 0; i < len(toks); i++ {
		if toks[i].kind != tokIdent || !s.isAttrName(&toks[i]) {
			return false
		}
		if i+1 < len(toks) && toks[i+1].is("(") {
			end := matchParen(toks, i+1)
			if end < 0 {
				return false
			}
			i = end
		}
	}
	return true
}

// isAttrName tells the name of an attribute, or of a macro that may become
// one, from a function's.
func (s *scanner) isAttrName(t *token) bool {
	return keywords[t.text] == wordAttr || keywords[t.text] == wordTypeof || s.f.macroFor(t.text, t.pos) != nil
}

// standalone tells whether what was read so far is a macro call that stands
// for itself, without a semicolon: the next token begins a line.
func (s *scanner) standalone(toks []token) bool {
	t := toks[0]
	if t.kind != tokIdent || keywords[t.text] != wordNone {
		return false
	}
	last := toks[len(toks)-1]
	if len(toks) > 1 {
		if !last.is(")") || !toks[1].is("(") || matchParen(toks, 1) != len(toks)-1 {
			return false
		}
	}
	m := s.f.macroFor(t.text, t.pos)
	if m == nil {
		// An unknown NAME(...) on a line of its own.
		return len(toks) > 1 && allCaps(t.text)
	}
	if m.FuncLike != (len(toks) > 1) {
		return false
	}
	ends := false
	s.x.within(toks, func(out []token) {
		if len(out) == 0 {
			ends = len(toks) > 1
			return
		}
		end := out[len(out)-1]
		ends = end.is(";") || end.is("}")
	})
	return ends
}

func allCaps(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'a' && s[i] <= 'z' {
			return false
		}
	}
	return true
}

// define enters the item that the tokens make. made says that a macro has
// made them already.
func (s *scanner) define(toks []token, made bool) {
	for len(toks) > 0 && toks[0].is(";") {
		toks = toks[1:]
	}
	if len(toks) == 0 {
		return
	}
	last := toks[len(toks)-1]
	if !made {
		if last.kind == tokGroup {
			if i := s.plainName(toks, false); i >= 0 {
				s.function(toks, toks[:len(toks)-1], i, last, nil, "")
				return
			}
		} else if last.is(";") && s.plainProto(toks) {
			return
		}
		macro := ""
		if toks[0].kind == tokIdent && len(toks) > 1 && toks[1].is("(") {
			macro = toks[0].text
		}
		had := len(s.f.Funcs)
		s.x.within(toks, func(out []token) { s.split(out, macro, toks) })
		if last.kind == tokGroup && len(s.f.Funcs) == had {
			// A definition whose name a header has as a macro: in an arm that the
			// header knows nothing of.
			if i := s.plainName(toks, true); i >= 0 {
				s.function(toks, toks[:len(toks)-1], i, last, nil, "")
				s.f.Funcs[had].head.toks = append([]token(nil), toks[:len(toks)-1]...)
			}
		}
		return
	}
}

// plainName finds, without expansion, the name of a function whose
// parameter list is the first parenthesis; -1 where macros are in play, unless
// they do not matter.
func (s *scanner) plainName(toks []token, macros bool) int {
	for i := 1; i < len(toks); i++ {
		if !toks[i].is("(") {
			if toks[i].kind == tokGroup || toks[i].is("=") {
				return -1
			}
			continue
		}
		t := toks[i-1]
		if i < 2 || t.kind != tokIdent || keywords[t.text] != wordNone {
			return -1
		}
		if m := s.f.macroFor(t.text, t.pos); m != nil && m.FuncLike && !macros {
			return -1
		}
		return i - 1
	}
	return -1
}

func (s *scanner) plainProto(toks []token) bool {
	if toks[0].text == "typedef" {
		return false
	}
	i := s.plainName(toks, false)
	if i < 1 {
		return false
	}
	// A record's body or a variable's parenthesis is no prototype.
	end := matchParen(toks, i+1)
	if end < 0 || len(toks) > end+2 && (toks[end+1].is(",") || toks[end+1].is("=") || toks[end+1].is("(") || toks[end+1].is("[")) {
		return false
	}
	s.addProto(&proto{name: toks[i].text, file: s.f, head: head{pos: toks[0].pos, end: toks[len(toks)-1].pos}})
	return true
}

func (s *scanner) addProto(p *proto) {
	if s.f.items.protoOf[p.name] == nil {
		s.f.items.protoOf[p.name] = p
		s.f.items.protos = append(s.f.items.protos, p)
	}
}

// split takes expanded tokens apart into items.
func (s *scanner) split(toks []token, macro string, raw []token) {
	start := 0
	depth := 0
	eq, paren := false, false
	reset := func(i int) {
		start, depth, eq, paren = i, 0, false, false
	}
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		if t.kind == tokGroup && depth == 0 && !eq && paren && i > start && s.isFuncHead(toks[start:i]) {
			s.expandedFunc(toks[start:i], t, nil, macro, raw)
			reset(i + 1)
			continue
		}
		if t.kind != tokPunct {
			continue
		}
		switch t.text {
		case "(", "[":
			depth++
			paren = true
		case ")", "]":
			depth--
		case "=":
			if depth == 0 {
				eq = true
			}
		case "{":
			end := matchParen(toks, i)
			if end < 0 {
				return
			}
			if depth == 0 && !eq && paren && i > start && s.isFuncHead(toks[start:i]) {
				s.expandedFunc(toks[start:i], token{}, toks[i+1:end:end], macro, raw)
				reset(end + 1)
			}
			i = end
		case ";":
			if depth == 0 {
				if i > start {
					s.declaration(toks[start:i], raw)
				}
				reset(i + 1)
			}
		}
	}
	if start < len(toks) {
		s.declaration(toks[start:], raw)
	}
}

// expandedFunc enters a function whose head a macro made or hid.
func (s *scanner) expandedFunc(hd []token, body token, bodyToks []token, macro string, raw []token) {
	p := &declParser{f: s.f, toks: hd, shallow: true}
	_, _, ok := p.specs()
	if !ok {
		return
	}
	d := p.declarator()
	if d.name == "" || len(d.ops) == 0 || d.ops[0].kind != '(' {
		return
	}
	name := -1
	for i := range hd {
		if hd[i].kind == tokIdent && hd[i].text == d.name && i+1 < len(hd) && (hd[i+1].is("(") || hd[i+1].is(")")) {
			name = i
			break
		}
	}
	if name < 0 {
		return
	}
	s.function(raw, append([]token(nil), hd...), name, body, bodyToks, macro)
}

// function enters a function definition.
func (s *scanner) function(raw, hd []token, name int, body token, bodyToks []token, macro string) {
	f := s.f
	fn := &Func{Name: hd[name].text, File: f, NamePos: hd[name].pos, Pos: raw[0].pos, End: body.end + 1}
	if hd[name].flags&flagMacro != 0 {
		fn.Macro = macro
	}
	for _, t := range hd[:name] {
		if t.kind != tokIdent {
			continue
		}
		s.storageWord(fn, t, 0)
	}
	fn.head = head{pos: raw[0].pos, end: body.pos - 1}
	if macro != "" || hd[name].flags&flagMacro != 0 {
		fn.head.toks = hd
	}
	if body.kind == tokGroup {
		fn.body = Span{body.pos - 1, body.end + 1}
	} else {
		fn.made, fn.bodyToks = true, pack(bodyToks)
		last := raw[len(raw)-1]
		fn.End = last.end
		fn.body = Span{fn.Pos, fn.End}
	}
	if int(fn.End) > len(f.text) {
		fn.End = int32(len(f.text))
		fn.body.End = fn.End
	}
	f.Funcs = append(f.Funcs, fn)
	f.items.funcsOf[fn.Name] = append(f.items.funcsOf[fn.Name], fn)
}

func (s *scanner) storageWord(fn *Func, t token, depth int) {
	switch t.text {
	case "static":
		fn.Static = true
	case "inline", "__inline", "__inline__":
		fn.Inline = true
	default:
		if m := s.f.macroFor(t.text, t.pos); m != nil && !m.FuncLike && depth < 4 {
			for _, u := range m.body() {
				if u.kind == tokIdent {
					s.storageWord(fn, u, depth+1)
				}
			}
		}
	}
}

// declaration enters what a declaration without a function body declares.
// The tokens have no macros left, and no semicolon.
func (s *scanner) declaration(toks []token, raw []token) {
	f := s.f
	toks, inits := cutInits(toks)
	p := &declParser{f: f, toks: toks, shallow: true}
	if c := keywords[toks[0].text]; c == wordStmt || c == wordAsm || c == wordSize {
		return
	}
	s.records(toks)
	_, st, ok := p.specs()
	if !ok || p.i >= len(p.toks) {
		return
	}
	h := head{pos: toks[0].pos, end: toks[len(toks)-1].end, toks: append([]token(nil), toks...)}
	for n := 0; ; n++ {
		at := p.i
		d := p.declarator()
		if d.name == "" {
			break
		}
		isFunc := len(d.ops) > 0 && d.ops[0].kind == '('
		switch {
		case st.typedef:
			td := &typedefDef{name: d.name, file: f, head: h, pos: d.pos}
			if f.items.typedefOf[d.name] == nil {
				f.items.typedefOf[d.name] = td
				f.items.typedefs = append(f.items.typedefs, td)
			}
		case isFunc:
			s.addProto(&proto{name: d.name, file: f, head: h})
		default:
			v := &Var{Name: d.name, File: f, Pos: d.pos, Static: st.static, Extern: st.extern, head: h}
			v.PerCPU = f.perCPU(toks)
			if p.i < len(p.toks) && p.toks[p.i].kind == tokOther && p.toks[p.i].text == initMark {
				in := inits[p.toks[p.i].pos]
				v.hasInit = true
				v.initTok = append([]token(nil), in...)
				p.i++
			}
			if old := f.items.varOf[d.name]; old == nil || old.Extern && !v.Extern || v.hasInit && !old.hasInit {
				f.items.varOf[d.name] = v
			}
			f.items.vars = append(f.items.vars, v)
		}
		if !p.accept(",") || p.i == at {
			break
		}
	}
	if p.i < len(p.toks) {
		f.Skipped++
	}
}

// perCPU tells a per-CPU variable by the section that its attribute names.
func (f *File) perCPU(toks []token) bool {
	for i := range toks {
		if toks[i].kind == tokString && f.tree.data.perCPU != "" && strings.Contains(toks[i].text, f.tree.data.perCPU) {
			return true
		}
	}
	return false
}
