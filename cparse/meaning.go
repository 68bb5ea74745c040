package cparse

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Meaning is what a file says of a name.
type Meaning struct {
	Text string
	// Wide: declarations that mention the name may mean something else with it. It is a
	// macro, a type or a constant.
	Wide bool
	// Shapes: it is a macro that may make functions, or their heads.
	Shapes bool
	// Open: other files can see it. All of a header can be seen.
	Open bool
}

// Meanings says, name by name, what a file tells of what it defines, but for the bodies of
// its functions. Where two versions of a file say the same of a name, then
// code that mentions the name, or what comes of its expansion, is read alike with both.
// A record is told by its members, under their names; the order of its members, which
// counts for initialisers without designators, is under OrderOf its tag.
func (f *File) Meanings() map[string]Meaning {
	m := meanings{file: f, of: map[string]Meaning{}}
	for name, defs := range f.macros {
		for _, d := range defs {
			m.say(name, true, "macro %t %t %q %t %s", d.undef, d.FuncLike, d.Params, d.Variadic, spell(d.body()))
			m.add(name, Meaning{Shapes: f.makes(d)})
		}
	}
	for _, fn := range f.Funcs {
		m.say(fn.Name, false, "function %t %t %q %s", fn.Static, fn.Inline, fn.Macro, m.head(fn.head, nil))
		m.add(fn.Name, Meaning{Open: !fn.Static})
	}
	for _, p := range f.items.protos {
		m.say(p.name, false, "prototype %s", m.head(p.head, nil))
	}
	for _, v := range f.items.vars {
		m.say(v.Name, false, "variable %t %t %t %t %s", v.Static, v.Extern, v.PerCPU, v.hasInit, m.head(v.head, &v.Name))
		m.say(v.Name, false, "%s", spell(v.initTok))
	}
	for _, d := range f.items.typedefs {
		m.say(d.name, true, "type %s", m.head(d.head, &d.name))
	}
	for _, d := range f.items.records {
		m.record(d)
	}
	for _, d := range f.enumerations() {
		m.constants(d)
	}
	quickDefs(f.text, false, func(name string) {
		if !strings.Contains(name, " ") {
			m.tell(name, "in the index") // which has functions of inactive text, too
		}
	})
	return m.of
}

// A MacroLine is a line of the file that defines a macro, or ends its definition.
type MacroLine struct {
	Name string
	Pos  int32
}

// MacroLines lists those of the file, in order: what a function of the file means by a name
// depends on which stand before it.
func (f *File) MacroLines() []MacroLine {
	var out []MacroLine
	for name, ms := range f.macros {
		for _, m := range ms {
			out = append(out, MacroLine{name, m.Pos})
		}
	}
	slices.SortFunc(out, func(a, b MacroLine) int { return cmp.Compare(a.Pos, b.Pos) })
	return out
}

// OrderOf is the name under which Meanings has the order of the members of a record.
func OrderOf(tag string) string { return orderPrefix + tag }

// OrderedTag is the inverse of OrderOf; false for other names.
func OrderedTag(name string) (tag string, ok bool) { return strings.CutPrefix(name, orderPrefix) }

const orderPrefix = "members of "

type meanings struct {
	file *File
	of   map[string]Meaning
}

// say adds to what is said of a name that only those who include the file can see; tell, of
// one that others can, too.
func (m *meanings) say(name string, wide bool, format string, args ...any) {
	m.add(name, Meaning{Text: fmt.Sprintf(format, args...), Wide: wide, Open: m.file.Included()})
}

func (m *meanings) tell(name string, format string, args ...any) {
	m.add(name, Meaning{Text: fmt.Sprintf(format, args...), Open: true})
}

func (m *meanings) add(name string, more Meaning) {
	if name == "" {
		return
	}
	was := m.of[name]
	m.of[name] = Meaning{was.Text + more.Text + "\n", was.Wide || more.Wide, was.Shapes || more.Shapes, was.Open || more.Open}
}

// head is what a declaration says: as it is written, since annotations are read by their
// names, and as it is without macros. The members of a record that it defines without a tag
// are told under their own names, as those of owner; nil: it can have none.
func (m *meanings) head(h head, owner *string) string {
	f := m.file
	toks := f.headTokens(h)
	if owner != nil {
		p := &declParser{f: f, toks: toks}
		if base, _, ok := p.specs(); ok && base.Record != nil && base.Record.Kind != "enum" && base.Record.Tag == "" {
			m.members(*owner, base.Record)
		}
	}
	out := spell(toks)
	if h.toks == nil {
		out = spell(f.activeTokens(h.pos, h.end)) + "\n" + out
	}
	return out
}

// members tells those of a record, and of the records without a tag among them.
func (m *meanings) members(owner string, r *Record) {
	order := owner
	for i := range r.Fields {
		fd := &r.Fields[i]
		order += fmt.Sprintf("; %s %s", fd.Type, fd.Name)
		if in := fd.Type.Record; in != nil && in.Kind != "enum" && in.Tag == "" {
			// Its members are its own, under the name of the outer one.
			at := owner
			if fd.Name != "" {
				at += "." + fd.Name
			}
			m.members(at, in)
			m.say(fd.Name, false, "member of %s: a %s %d %d", owner, in.Kind, fd.Type.Ptr, len(fd.Type.Array))
			continue
		}
		m.say(fd.Name, false, "member of %s: %s", owner, fd.Type)
	}
	m.tell(OrderOf(owner), "%s", order)
}

// record tells those of a record with a tag, but for the constants of an enumeration. Other
// files see that of a source by its tag alone, wherever that is written.
func (m *meanings) record(d *recordDef) {
	kind, tag, _ := strings.Cut(d.spec, " ")
	if m.file.Included() {
		m.say(tag, false, "%s", kind)
	} else {
		var p printer
		p.record(d.typ().rec)
		m.add(tag, Meaning{Text: spell(p.toks), Wide: true, Open: true})
	}
	m.inside(d)
}

// inside tells the members of a record.
func (m *meanings) inside(d *recordDef) {
	if kind, tag, _ := strings.Cut(d.spec, " "); kind != "enum" {
		m.members(tag, d.typ().rec)
	}
}

// enumerations lists those that the file defines, with a tag or without.
func (f *File) enumerations() (out []*recordDef) {
	seen := map[*recordDef]bool{}
	for _, d := range f.items.enums {
		if !seen[d.group] {
			seen[d.group] = true
			out = append(out, d.group)
		}
	}
	return out
}

// constants tells the values of those of an enumeration; where one cannot be told, all of
// the text counts.
func (m *meanings) constants(d *recordDef) {
	toks := d.toks
	if !d.synt {
		toks = m.file.groupTokens(d.body)
	}
	values := d.enumValues(0)
	for _, part := range splitCommas(toks) {
		if len(part) == 0 || part[0].kind != tokIdent {
			continue
		}
		if v, ok := values[part[0].text]; ok {
			m.say(part[0].text, true, "constant %d", v)
		} else {
			m.say(part[0].text, true, "constant of %s", spell(toks))
		}
	}
}

// makes reports whether a macro may make functions, or their heads: it expands to words of a
// declaration and a list of parameters, outside of all brackets.
func (f *File) makes(m *Macro) bool {
	x := &expander{lookup: func(name string, _ int32) *Macro { return f.Macro(name) }}
	depth, declares, lists := 0, false, false
	for _, t := range x.expand(m.body()) {
		switch {
		case t.is("("), t.is("{"), t.is("["):
			lists = lists || depth == 0 && t.is("(")
			depth++
		case t.is(")"), t.is("}"), t.is("]"):
			depth--
		case t.kind == tokIdent && depth == 0:
			switch keywords[t.text] {
			case wordBase, wordStore, wordTag:
				declares = true
			}
		}
	}
	return declares && lists
}

// A Lean is what hangs on a name in a header.
type Lean struct {
	Names  map[string]bool // that mean something else where it does, and whether they are Wide
	Shapes bool            // a macro among them may make functions
}

// Leaning says what a header declares with the help of a name: its macros, and, if the name is
// Wide, declarations. It is false where more than names hangs on it: a line of #if, or a place
// that makes no declaration of ours; then there may be more declarations.
func (f *File) Leaning(name string, wide bool) (Lean, bool) {
	on := Lean{Names: map[string]bool{}}
	names := on.Names
	for _, defs := range f.macros {
		for _, d := range defs {
			if d.Name != name && d.param(name) < 0 && mentions(d.body(), name) {
				names[d.Name] = true
				on.Shapes = on.Shapes || f.makes(d)
			}
		}
	}
	if !wide {
		return on, true
	}
	if f.conditional(name) {
		return on, false
	}
	var places []place
	for _, fn := range f.Funcs {
		at := fn.head.span()
		if fn.Macro != "" || fn.made {
			at = Span{fn.Pos, fn.End}
		}
		places = append(places, place{at: at, name: fn.Name}, place{at: fn.body})
	}
	for _, p := range f.items.protos {
		places = append(places, place{at: p.head.span(), name: p.name})
	}
	for _, v := range f.items.vars {
		places = append(places, place{at: v.head.span(), name: v.Name, inner: func(m *meanings) { m.head(v.head, &v.Name) }})
	}
	for _, d := range f.items.typedefs {
		places = append(places, place{at: d.head.span(), name: d.name, wide: true, inner: func(m *meanings) { m.head(d.head, &d.name) }})
	}
	for _, d := range f.items.records {
		if !d.synt {
			places = append(places, place{at: Span{d.body.pos, d.body.end}, inner: func(m *meanings) { m.inside(d) }})
		}
	}
	for _, d := range f.enumerations() {
		if !d.synt {
			places = append(places, place{at: Span{d.body.pos, d.body.end}, inner: func(m *meanings) { m.constants(d) }})
		}
	}
	toks := f.activeTokens(0, int32(len(f.text)))
	for i, t := range toks {
		if !t.isWord(name) {
			continue
		}
		words, known := declaredBy(toks, i)
		if f.Macro(name) != nil { // which may be more than a tag
			words = nil
		}
		for _, p := range places {
			if p.at.Pos <= t.pos && t.pos < p.at.End {
				known = true
				if p.name != name {
					p.add(f, names, words)
				}
			}
		}
		if !known {
			return on, false
		}
	}
	return on, true
}

// A place is text that declares something; nothing, if it is the body of a function.
type place struct {
	at    Span
	name  string
	wide  bool
	inner func(*meanings) // tells the members and constants that are declared in it
}

// add adds what is declared in the place: of members, those among words, or all if none is.
func (p place) add(f *File, names map[string]bool, words map[string]bool) {
	if p.name != "" {
		names[p.name] = names[p.name] || p.wide
	}
	if p.inner == nil {
		return
	}
	m := meanings{file: f, of: map[string]Meaning{}}
	p.inner(&m)
	some := false
	for name := range m.of {
		some = some || words[name]
	}
	for name := range m.of {
		if words[name] || !some {
			names[name] = names[name] || false
		}
	}
}

// declaredBy lists the words of a declaration that uses the tag toks[i] as its type, from there
// on: the members that it declares are among them. It is nil where that cannot be said. bare:
// it tells that there is such a tag, and nothing else.
func declaredBy(toks []token, i int) (words map[string]bool, bare bool) {
	if i == 0 || keywords[toks[i-1].text] != wordTag {
		return nil, false
	}
	words = map[string]bool{}
	for _, t := range toks[i+1:] {
		switch {
		case t.is(";"):
			return words, len(words) == 0
		case t.is("{"), t.is("}"):
			return nil, false
		case t.kind == tokIdent:
			words[t.text] = true
		}
	}
	return nil, false
}

// span is where a head stands in the text.
func (h head) span() Span { return Span{h.pos, max(h.end, h.pos+1)} }

// conditional reports whether a line of #if mentions a name.
func (f *File) conditional(name string) bool {
	for pos := 0; ; {
		i := strings.Index(f.text[pos:], name)
		if i < 0 {
			return false
		}
		pos += i
		start := strings.LastIndexByte(f.text[:pos], '\n') + 1
		for start > 1 && strings.HasSuffix(f.text[:start-1], "\\") { // a line that goes on
			start = strings.LastIndexByte(f.text[:start-1], '\n') + 1
		}
		line := strings.TrimLeft(f.text[start:], " \t")
		if rest, ok := strings.CutPrefix(line, "#"); ok {
			switch word := strings.TrimLeft(rest, " \t"); {
			case strings.HasPrefix(word, "if"), strings.HasPrefix(word, "el"), strings.HasPrefix(word, "include"):
				if mentions(lexAll(f.text, start, directiveEnd(f.text, start, len(f.text))), name) {
					return true
				}
			}
		}
		pos += len(name)
	}
}

func mentions(toks []token, name string) bool {
	for i := range toks {
		if toks[i].isWord(name) {
			return true
		}
	}
	return false
}
