package rules

import (
	"go/token"
	"maps"
	"slices"
	"strings"
)

// A Difference is a pair of classes that, of two programs under one order, only
// the one in Lang makes. The reason is mandatory.
type Difference struct {
	Outer, Inner Class  // zero for any
	Either       bool   // Outer may be the inner one too, under or over any
	Lang         string // LangC or LangGo
	Reason       string
	Pos          token.Position
}

// The languages of a Difference.
const (
	LangC  = "c"
	LangGo = "go"
)

// Covers reports whether d speaks of the pair. The classes are the very ones:
// one with a qualifier is not one without.
func (d Difference) Covers(outer, inner Class) bool {
	is := func(rule, c Class) bool { return rule.IsZero() || rule == c }
	return is(d.Outer, outer) && is(d.Inner, inner) || d.Either && d.Outer == inner
}

// String is d as a rules file has it, without the reason.
func (d Difference) String() string {
	side := func(c Class) string {
		if c.IsZero() {
			return "*"
		}
		return c.String()
	}
	text := "differs " + side(d.Outer)
	if !d.Either {
		text += " < " + side(d.Inner)
	}
	return text + " in " + d.Lang
}

// differsDecl: differs CLASS | CLASS... [< CLASS | CLASS...] in c|go because "...".
func (p *parser) differsDecl() *Error {
	pos := p.toks[0].pos
	outer, err := p.anyAlternatives()
	if err != nil {
		return err
	}
	inner := []Class{{}}
	either := !p.accept("<")
	if !either {
		if inner, err = p.anyAlternatives(); err != nil {
			return err
		}
	}
	if err := p.expect("in"); err != nil {
		return err
	}
	lang, err := p.name("c or go")
	if err != nil {
		return err
	}
	if lang.text != LangC && lang.text != LangGo {
		return &Error{lang.pos, unknown("language", lang.text, []string{LangC, LangGo})}
	}
	reason, err := p.because()
	if err != nil {
		return err
	}
	for _, o := range outer {
		for _, i := range inner {
			if o.IsZero() && i.IsZero() {
				return &Error{pos, "a difference names a class"}
			}
			p.set.differences = append(p.set.differences,
				Difference{Outer: o, Inner: i, Either: either, Lang: lang.text, Reason: reason, Pos: pos})
		}
	}
	return p.end()
}

// anyAlternatives reads alternatives, or the star that stands for any class.
func (p *parser) anyAlternatives() ([]Class, *Error) {
	if p.accept("*") {
		return []Class{{}}, nil
	}
	return p.alternatives()
}

// Differences lists what is declared to differ between the languages, in order
// of declaration.
func (s *Set) Differences() []Difference { return slices.Clone(s.differences) }

// Spellings returns the names that aliases give to a class in another language,
// sorted: for "go", reference.Inode.HinodeRwsem.
func (s *Set) Spellings(c Class, lang string) []string {
	var out []string
	for _, spelling := range slices.Sorted(maps.Keys(s.alias)) {
		if name, ok := strings.CutPrefix(spelling, lang+":"); ok && s.alias[spelling] == c.Name() {
			out = append(out, name)
		}
	}
	return out
}
