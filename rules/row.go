package rules

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// row: EFFECT PATTERN(params) attribute...
func (p *parser) row(effect Effect, try bool) *Error {
	rows, err := p.rowsOfKind(effect, try)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if effect == Put && r.Success != NonZero && r.Success != Zero {
			return &Error{r.Pos, fmt.Sprintf("%s: say for which result the reference was the last one (nonzero, zero)", r.Name)}
		}
		if try && r.Success == Always {
			return &Error{r.Pos, fmt.Sprintf("%s may fail: say for which result it holds the lock (nonzero, zero, nonnull...)", r.Name)}
		}
		key := "row " + r.Name
		if old, ok := p.rowFile[key]; ok && old.Filename == r.Pos.Filename {
			return &Error{r.Pos, fmt.Sprintf("%s is declared twice, first at %s", r.Name, old)}
		}
		p.rowFile[key] = r.Pos
		p.set.prims[r.Name] = r
	}
	return nil
}

// also PATTERN(params) attribute...
func (p *parser) alsoDecl() *Error {
	rows, err := p.rowsOfKind(MayLock, false)
	if err != nil {
		return err
	}
	for _, r := range rows {
		p.set.also[r.Name] = append(p.set.also[r.Name], r)
	}
	return nil
}

// attr requires|acquires|releases PATTERN(params) attribute...
func (p *parser) attrDecl() *Error {
	t, err := p.name("requires, acquires or releases")
	if err != nil {
		return err
	}
	effects := map[string]Effect{"requires": AssertHeld, "acquires": Acquire, "releases": Release, "forbids": AssertNotHeld}
	e, ok := effects[t.text]
	if !ok {
		return &Error{t.pos, unknown("annotation", t.text, []string{"requires", "acquires", "releases", "forbids"})}
	}
	// An annotation fits any kind of lock.
	name, k := p.kindName, p.kind
	p.kindName, p.kind = "", kind{}
	rows, err := p.rows(e, false)
	p.kindName, p.kind = name, k
	if err != nil {
		return err
	}
	for _, r := range rows {
		p.set.attrs[r.Name] = r
	}
	return nil
}

// rowsOfKind is rows, for what needs a kind of lock.
func (p *parser) rowsOfKind(effect Effect, try bool) ([]*Primitive, *Error) {
	if p.kindName == "" {
		return nil, &Error{p.toks[0].pos, `a row of primitives stands below a "kind"`}
	}
	return p.rows(effect, try)
}

// rows reads PATTERN(params) attribute... and expands it.
func (p *parser) rows(effect Effect, try bool) ([]*Primitive, *Error) {
	pattern, err := p.name("the name of a function")
	if err != nil {
		return nil, err
	}
	base := Primitive{
		Effect: effect, Try: try, Arg: ArgNone, Subclass: -1, Nest: -1,
		Kind: p.kindName, Sleeps: p.kind.sleeps, Scope: p.kind.scope, Map: p.kind.isMap, Mode: p.kind.mode, Pos: pattern.pos,
	}
	if err := p.params(&base); err != nil {
		return nil, err
	}
	variants, err := expand(pattern)
	if err != nil {
		return nil, err
	}
	common := p.toks[p.i:]
	p.i = len(p.toks)
	if n := len(common); n >= 2 && common[n-1].str && !common[n-2].str && common[n-2].text == "as" {
		if strings.Count(common[n-1].text, "*") != 1 {
			return nil, &Error{common[n-1].pos, `"as" wants a text with one *, which stands for the argument as spelled`}
		}
		base.Naming.As, common = common[n-1].text, common[:n-2]
	}
	var out []*Primitive
	for _, v := range variants {
		if v.name == "" {
			return nil, &Error{pattern.pos, "a variant of the pattern has no name"}
		}
		r := base
		r.Name = v.name
		for _, a := range slices.Concat(common, v.attrs) {
			if err := p.attribute(&r, a); err != nil {
				return nil, err
			}
		}
		if r.Arg == ArgNone && r.Class == "" && r.Naming.By != ByString && needsLock(effect) {
			return nil, &Error{pattern.pos, fmt.Sprintf("%s: no argument is the lock, and no class= names it", v.name)}
		}
		out = append(out, &r)
	}
	return out, nil
}

func needsLock(e Effect) bool {
	switch e {
	case Sleep, WaitFor, Context, Neutral, Calls, Stop, Put:
		return false
	}
	return true
}

// params: (lock), (_, lock), (lock, sub), (lock, nest), (), (...) and "-> lock"
// for a result that is the lock.
func (p *parser) params(r *Primitive) *Error {
	if err := p.expect("("); err != nil {
		return err
	}
	for n := 0; !p.accept(")"); n++ {
		if n > 0 {
			if err := p.expect(","); err != nil {
				return err
			}
		}
		t, err := p.name("a parameter")
		if err != nil {
			return err
		}
		switch t.text {
		case "lock", "cond":
			r.Arg = n
		case "sub":
			r.Subclass = n
		case "nest":
			r.Nest = n
		case "try":
			r.TryArg = n
		case "minus":
			r.Minus = n
		case "flags":
			r.FlagsArg = n
		case "name":
			r.Naming.By, r.Naming.Arg = ByString, n
		case "key":
			r.Naming.By, r.Naming.Arg = BySpelling, n
		case "func":
			r.Func = n
		case "_", "...":
		default:
			return &Error{t.pos, unknown("parameter", t.text, []string{"lock", "cond", "sub", "nest", "try", "flags", "name", "key", "func", "minus", "_", "..."})}
		}
	}
	if p.accept("->") {
		if err := p.expect("lock"); err != nil {
			return err
		}
		r.Arg = ArgResult
	}
	return nil
}

var attributeWords = slices.Concat(modeWords[:], successWords[:], irqWords[:],
	[]string{"try", "sleeps", "spins", "with=", "unless=", "class=", "member=", "sub=", "nest=", "arg=", "kind="})

// attribute applies one attribute to a row.
func (p *parser) attribute(r *Primitive, a tok) *Error {
	if a.str {
		return &Error{a.pos, "unexpected string"}
	}
	if i := wordIndex(modeWords[:], a.text); i >= 0 {
		r.Mode = Mode(i)
		return nil
	}
	if i := wordIndex(successWords[:], a.text); i >= 0 {
		r.Success = Success(i)
		return nil
	}
	if i := wordIndex(irqWords[:], a.text); i >= 0 {
		r.IRQ = IRQEffect(i)
		return nil
	}
	key, val, _ := strings.Cut(a.text, "=")
	number := func(into *int) *Error {
		n, err := strconv.Atoi(val)
		if err != nil || n < 0 || n > 15 {
			return &Error{a.pos, fmt.Sprintf("%s= wants the index of an argument, found %q", key, val)}
		}
		*into = n
		return nil
	}
	switch key {
	case "try":
		r.Try = true
	case "sleeps":
		r.Sleeps = true
	case "spins":
		r.Sleeps = false
	case "kind":
		r.Kind = val
	case "sub":
		return number(&r.Subclass)
	case "nest":
		return number(&r.Nest)
	case "arg":
		return number(&r.Arg)
	case "with":
		if val == "" {
			return &Error{a.pos, "with= wants the names of constants, joined by &"}
		}
		r.With = val
	case "unless":
		if val == "" {
			return &Error{a.pos, "unless= wants the names of lock classes, joined by &"}
		}
		r.Unless = val
	case "class", "member":
		if _, err := ParseClass(val); err != nil || val == "" {
			return &Error{a.pos, fmt.Sprintf("%s= wants the name of a lock class, found %q", key, val)}
		}
		r.Class = val
		if key == "member" {
			_, member, ok := strings.Cut(val, ".")
			if !ok {
				return &Error{a.pos, fmt.Sprintf("member= wants struct.member, found %q", val)}
			}
			r.Member = member
		}
	default:
		return &Error{a.pos, unknown("attribute", a.text, attributeWords)}
	}
	return nil
}
