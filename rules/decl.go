package rules

import (
	"fmt"
	"go/token"
	"slices"
	"strings"
)

// order: a < b | c < d [in GLOB] [from SOURCE] [because "..."]; a !< b.
func (p *parser) order() *Error {
	var chain [][]Class
	var at []token.Position // of each link: an order stands where its inner class does
	start := p.toks[p.i].pos
	deny := false
	for {
		at = append(at, p.here())
		alts, err := p.alternatives()
		if err != nil {
			return err
		}
		chain = append(chain, alts)
		if p.accept("!<") {
			deny = true
			continue
		}
		if !p.accept("<") {
			break
		}
	}
	if len(chain) < 2 {
		return p.wanted(`"<"`)
	}
	o := Order{From: FromRules}
	for p.i < len(p.toks) {
		switch {
		case p.accept("in"):
			t, err := p.name("a path glob")
			if err != nil {
				return err
			}
			o.Scope = t.text
		case p.accept("from"):
			if p.i >= len(p.toks) {
				return p.wanted("a source")
			}
			o.Source = p.toks[p.i].text
			p.i++
		case p.peek() == "because":
			why, err := p.because()
			if err != nil {
				return err
			}
			o.Note = why
		default:
			return &Error{p.here(), unknown("word", p.toks[p.i].text, []string{"in", "from", "because"})}
		}
	}
	if deny && len(chain) != 2 {
		return &Error{start, "!< stands between two classes only"}
	}
	for i := 1; i < len(chain); i++ {
		for _, a := range chain[i-1] {
			for _, b := range chain[i] {
				o.Before, o.After, o.Pos = a, b, at[i]
				if deny {
					p.set.denied = append(p.set.denied, o)
				} else {
					p.orders = append(p.orders, o)
				}
			}
		}
	}
	return nil
}

// alternatives: a | b, in parentheses or not.
func (p *parser) alternatives() ([]Class, *Error) {
	paren := p.accept("(")
	var out []Class
	for {
		c, err := p.class("a lock class")
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		if !p.accept("|") {
			break
		}
	}
	if paren {
		return out, p.expect(")")
	}
	return out, nil
}

// kind NAME sleeps|spins [shared|recursive].
func (p *parser) kindDecl() *Error {
	t, err := p.name("the name of a kind of lock")
	if err != nil {
		return err
	}
	p.kindName = t.text
	p.kind = kind{}
	for p.i < len(p.toks) {
		w := p.toks[p.i]
		p.i++
		if m := wordIndex(modeWords[:], w.text); m >= 0 {
			p.kind.mode = Mode(m)
			continue
		}
		switch w.text {
		case "sleeps":
			p.kind.sleeps = true
		case "spins":
			p.kind.sleeps = false
		case "scope":
			p.kind.scope = true
		case "map":
			p.kind.isMap = true
		default:
			return &Error{w.pos, unknown("property of a kind", w.text, append([]string{"sleeps", "spins", "scope", "map"}, modeWords[:]...))}
		}
	}
	return nil
}

// alias CLASS = NATURAL, NATURAL...
func (p *parser) aliasDecl() *Error {
	to, err := p.name("a lock class")
	if err != nil {
		return err
	}
	if _, err := p.classOf(to); err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	return p.list(func(t tok) *Error {
		if t.text == to.text {
			return &Error{t.pos, t.text + " is an alias of itself"}
		}
		p.set.alias[t.text] = to.text
		return nil
	})
}

// written CLASS|nothing as "text", "text" [in GLOB] [under QUAL].
func (p *parser) writtenDecl() *Error {
	var c Class
	if !p.accept("nothing") {
		var err *Error
		if c, err = p.class("a lock class"); err != nil {
			return err
		}
	}
	if err := p.expect("as"); err != nil {
		return err
	}
	var names []writtenName
	for {
		t, err := p.text("a name in quotes")
		if err != nil {
			return err
		}
		names = append(names, writtenName{text: normalise(t.text), class: c})
		if !p.accept(",") {
			break
		}
	}
	for p.i < len(p.toks) {
		switch {
		case p.accept("in"):
			t, err := p.name("a path glob")
			if err != nil {
				return err
			}
			for i := range names {
				names[i].files = t.text
			}
		case p.accept("under"):
			t, err := p.qual()
			if err != nil {
				return err
			}
			for i := range names {
				names[i].under = t.text
			}
		default:
			return &Error{p.here(), unknown("word", p.toks[p.i].text, []string{"in", "under"})}
		}
	}
	p.set.written = append(p.set.written, names...)
	return nil
}

// var STRUCT = NAME, NAME...: what variables and members of the struct are called.
func (p *parser) varDecl() *Error {
	tag, err := p.name("the tag of a struct")
	if err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	return p.list(func(t tok) *Error { p.set.vars[t.text] = tag.text; return nil })
}

// objectParam reads (_, x): the index of the parameter that is not "_".
func (p *parser) objectParam() (int, *Error) {
	if err := p.expect("("); err != nil {
		return 0, err
	}
	arg := -1
	for n := 0; !p.accept(")"); n++ {
		if n > 0 {
			if err := p.expect(","); err != nil {
				return 0, err
			}
		}
		t, err := p.name("a parameter")
		if err != nil {
			return 0, err
		}
		if t.text != "_" && t.text != "..." {
			if arg >= 0 {
				return 0, &Error{t.pos, "only one parameter can be the object; write _ for the others"}
			}
			arg = n
		}
	}
	if arg < 0 {
		return 0, &Error{p.here(), "one parameter must be the object"}
	}
	return arg, nil
}

// functions reads PATTERN(x), PATTERN(_, x)...
func (p *parser) functions(add func(name string, arg int, t tok)) *Error {
	for {
		t, err := p.name("the name of a function")
		if err != nil {
			return err
		}
		arg, err := p.objectParam()
		if err != nil {
			return err
		}
		variants, err := expand(t)
		if err != nil {
			return err
		}
		for _, v := range variants {
			add(v.name, arg, t)
		}
		if !p.accept(",") {
			return nil
		}
	}
}

// lasting F(x), G(_, x).
func (p *parser) lastingDecl() *Error {
	if err := p.functions(func(name string, arg int, t tok) {
		if _, ok := p.set.preds[name]; !ok {
			p.set.preds[name] = Predicate{Arg: arg, Pos: t.pos}
		}
	}); err != nil {
		return err
	}
	return p.end()
}

// table TAG NAME if F(x), G(_, x).
func (p *parser) tableDecl() *Error {
	tag, err := p.name("the tag of a record of operations")
	if err != nil {
		return err
	}
	name, err := p.name("the name of a variable")
	if err != nil {
		return err
	}
	if err := p.expect("if"); err != nil {
		return err
	}
	table := Table{tag.text, name.text}
	if !slices.Contains(p.set.tables, table) {
		p.set.tables = append(p.set.tables, table)
	}
	if err := p.functions(func(fn string, arg int, t tok) {
		d := p.set.preds[fn]
		d.Arg, d.Pos, d.Table = arg, t.pos, table
		p.set.preds[fn] = d
	}); err != nil {
		return err
	}
	return p.end()
}

// same PATTERN(x), PATTERN(_, x)... | same TAG.MEMBER, TAG.MEMBER...
func (p *parser) sameDecl() *Error {
	call := p.i+1 < len(p.toks) && p.toks[p.i+1].text == "("
	if p.i < len(p.toks) && strings.Contains(p.toks[p.i].text, ".") && !call {
		return p.list(func(t tok) *Error {
			if tag, member, ok := strings.Cut(t.text, "."); !ok || tag == "" || member == "" || strings.Contains(member, ".") {
				return &Error{t.pos, fmt.Sprintf("a member that is its record's object is TAG.MEMBER, found %q", t.text)}
			}
			p.set.sameMember[t.text] = true
			return nil
		})
	}
	if err := p.functions(func(name string, arg int, _ tok) { p.set.same[name] = arg }); err != nil {
		return err
	}
	return p.end()
}

// result CLASS = FUNC, FUNC...
func (p *parser) resultDecl() *Error {
	to, err := p.name("a lock class")
	if err != nil {
		return err
	}
	if _, err := p.classOf(to); err != nil {
		return err
	}
	if err := p.expect("="); err != nil {
		return err
	}
	return p.list(func(t tok) *Error {
		variants, err := expand(t)
		for _, v := range variants {
			p.set.results[v.name] = to.text
		}
		return err
	})
}

// qualify QUAL if F(x), G(x) | unless F(x) | in GLOB, GLOB | by GLOB, GLOB.
func (p *parser) qualifyDecl() *Error {
	q, err := p.qual()
	if err != nil {
		return err
	}
	how, err := p.name("if, unless, in or by")
	if err != nil {
		return err
	}
	switch how.text {
	case "if", "unless":
		if err := p.functions(func(name string, arg int, t tok) {
			p.set.preds[name] = Predicate{Qual: q.text, Arg: arg, Negated: how.text == "unless", Pos: t.pos, Table: p.set.preds[name].Table}
		}); err != nil {
			return err
		}
		return p.end()
	case "in":
		return p.list(func(t tok) *Error {
			p.set.places = append(p.set.places, place{qual: q.text, file: t.text})
			return nil
		})
	case "by":
		return p.list(func(t tok) *Error {
			p.set.places = append(p.set.places, place{qual: q.text, fn: t.text})
			return nil
		})
	}
	return &Error{how.pos, unknown("word", how.text, []string{"if", "unless", "in", "by"})}
}

// split QUAL CLASS, CLASS... and belongs QUAL CLASS, CLASS...
func (p *parser) splitDecl(into map[classQual]bool) *Error {
	q, err := p.qual()
	if err != nil {
		return err
	}
	return p.list(func(t tok) *Error {
		c, err := p.classOf(t)
		if err != nil {
			return err
		}
		into[classQual{c.Name(), q.text}] = true
		return nil
	})
}

// require FUNC holds CLASS [shared] [because "..."].
func (p *parser) requireDecl() *Error {
	fn, err := p.name("the name of a function")
	if err != nil {
		return err
	}
	if err := p.expect("holds"); err != nil {
		return err
	}
	r := Requirement{Func: fn.text, Pos: fn.pos}
	if r.Class, err = p.class("a lock class"); err != nil {
		return err
	}
	for p.i < len(p.toks) {
		if m := wordIndex(modeWords[:], p.peek()); m >= 0 {
			r.Mode = Mode(m)
			p.i++
		} else if r.Note, err = p.because(); err != nil {
			return err
		}
	}
	p.set.requires[fn.text] = append(p.set.requires[fn.text], r)
	return nil
}

// runs hardirq|softirq PATTERN(_, func), TAG.MEMBER...
func (p *parser) runsDecl() *Error {
	t, err := p.name("hardirq or softirq")
	if err != nil {
		return err
	}
	in := wordIndex(interruptWords[:], t.text)
	if in < 0 {
		return &Error{t.pos, unknown("context", t.text, interruptWords[:])}
	}
	for {
		t, err := p.name("the name of a function, or of a member")
		if err != nil {
			return err
		}
		run := Run{Name: t.text, Arg: -1, In: Interrupt(in), Pos: t.pos}
		variants := []variant{{name: t.text}}
		if p.peek() == "(" {
			if run.Arg, err = p.objectParam(); err != nil {
				return err
			}
			if variants, err = expand(t); err != nil {
				return err
			}
		} else {
			var ok bool
			if run.Owner, run.Name, ok = strings.Cut(t.text, "."); !ok || run.Owner == "" || run.Name == "" {
				return &Error{t.pos, fmt.Sprintf("a function is written f(_, func) and a member TAG.MEMBER, found %q", t.text)}
			}
		}
		for _, v := range variants {
			if run.Arg >= 0 {
				run.Name = v.name
			}
			p.set.runs[v.name] = run
		}
		if !p.accept(",") {
			return p.end()
		}
	}
}

var checkWords = []string{"*", "order", "cycle", "recursion", "imbalance", "unheld", "atomic", "irq", "stale"}

// except CHECK OUTER [< INNER] [in FUNC] because "...".
func (p *parser) exceptDecl() *Error {
	check, err := p.name("the name of a check")
	if err != nil {
		return err
	}
	if !slices.Contains(checkWords, check.text) {
		return &Error{check.pos, unknown("check", check.text, checkWords)}
	}
	e := Exception{Check: check.text, Pos: check.pos}
	side := func() (Class, *Error) {
		if p.accept("*") {
			return Class{}, nil
		}
		return p.class("a lock class, or *")
	}
	if e.Outer, err = side(); err != nil {
		return err
	}
	if p.accept("<") {
		if e.Inner, err = side(); err != nil {
			return err
		}
	}
	if p.accept("in") {
		t, err := p.name("the name of a function, or a glob")
		if err != nil {
			return err
		}
		e.Func = t.text
	}
	if e.Reason, err = p.because(); err != nil {
		return err
	}
	p.set.exceptions = append(p.set.exceptions, e)
	return p.end()
}

// nest CLASS by HOW [because "..."].
func (p *parser) nestDecl() *Error {
	c, err := p.class("a lock class")
	if err != nil {
		return err
	}
	if err := p.expect("by"); err != nil {
		return err
	}
	if p.i >= len(p.toks) {
		return p.wanted("how (address, index, parent...)")
	}
	how := p.toks[p.i].text
	p.i++
	if p.peek() == "because" {
		if _, err := p.because(); err != nil {
			return err
		}
	}
	p.set.nests[c] = how
	return p.end()
}
