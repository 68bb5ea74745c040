package rules

import (
	"fmt"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Load reads rules files into a Set. A later file extends and overrides the
// earlier ones. The error is an ErrorList that holds every fault found.
func Load(files ...Source) (*Set, error) {
	l := &loader{set: newSet(), rowFile: map[string]token.Position{}}
	for _, f := range files {
		l.kind, l.kindName = kind{}, ""
		for _, toks := range statements(f, &l.errs) {
			p := &parser{loader: l, toks: toks}
			if err := p.statement(); err != nil {
				l.errs = append(l.errs, err)
			}
		}
	}
	l.finish()
	if len(l.errs) > 0 {
		slices.SortStableFunc(l.errs, func(a, b *Error) int { return comparePos(a.Pos, b.Pos) })
		return nil, l.errs
	}
	return l.set, nil
}

// A loader gathers what the files say.
type loader struct {
	set      *Set
	errs     ErrorList
	kind     kind
	kindName string
	orders   []Order
	rowFile  map[string]token.Position // where a row was first seen
}

// finish resolves what may be declared in any order: aliases in classes, and
// checks that the orders have no loop.
func (l *loader) finish() {
	s := l.set
	for i := range l.orders {
		o := &l.orders[i]
		o.Before, o.After = s.canonicalClass(o.Before), s.canonicalClass(o.After)
	}
	for i := range s.denied {
		o := &s.denied[i]
		o.Before, o.After = s.canonicalClass(o.Before), s.canonicalClass(o.After)
	}
	for _, fn := range slices.Sorted(maps.Keys(s.requires)) {
		for i := range s.requires[fn] {
			s.requires[fn][i].Class = s.canonicalClass(s.requires[fn][i].Class)
		}
	}
	for i := range s.exceptions {
		e := &s.exceptions[i]
		e.Outer, e.Inner = s.canonicalClass(e.Outer), s.canonicalClass(e.Inner)
	}
	for i := range s.differences {
		d := &s.differences[i]
		d.Outer, d.Inner = s.canonicalClass(d.Outer), s.canonicalClass(d.Inner)
	}
	nests := map[Class]string{}
	for c, how := range s.nests {
		nests[s.canonicalClass(c)] = how
	}
	s.nests = nests
	leaves := map[Class]Order{}
	for c, o := range s.leaves {
		o.After = s.canonicalClass(c)
		leaves[o.After] = o
	}
	s.leaves = leaves
	for i := range s.written {
		s.written[i].class = s.canonicalClass(s.written[i].class)
	}
	for i, w := range s.written {
		s.writtenIndex[w.text] = append(s.writtenIndex[w.text], i)
	}
	for _, tag := range s.vars {
		s.tags[tag] = true
	}
	for _, o := range l.orders {
		if o.Before == o.After {
			l.errs = append(l.errs, &Error{o.Pos, fmt.Sprintf("%s is ordered before itself", o.Before)})
		}
	}
	s.graph = newOrderGraph(l.orders, s.member)
	for _, loop := range s.Contradictions() {
		if s.Resolved(loop) == "" && !mixesScopes(loop) {
			l.errs = append(l.errs, &Error{loop[len(loop)-1].Pos, "orders contradict each other:" + loopText(loop)})
		}
	}
	for _, d := range s.denied {
		if p := s.graph.why(d.Before, d.After, ""); p != nil {
			l.errs = append(l.errs, &Error{d.Pos, fmt.Sprintf("%s !< %s does not hold:%s", d.Before, d.After, loopText(p))})
		}
	}
}

// loopText writes a chain of orders, one a line with its place.
func loopText(loop []Order) string {
	var b strings.Builder
	for _, o := range loop {
		fmt.Fprintf(&b, "\n\t%s < %s (%s)", o.Before, o.After, o.Pos)
	}
	return b.String()
}

// A parser reads one statement.
type parser struct {
	*loader
	toks []tok
	i    int
}

// statementWords are the words that begin a statement; an order begins with
// the name of a class.
var statementWords = []string{
	"kind", "alias", "written", "container", "same", "result", "qualifier", "qualify", "split", "belongs",
	"require", "except", "nest", "attr", "order", "var", "global", "shared", "type", "lockdep", "nonnil", "lasting", "table", "leaf", "handler", "runs", "differs",
}

func (p *parser) statement() *Error {
	first := p.toks[0]
	if slices.ContainsFunc(p.toks, func(t tok) bool { return !t.str && (t.text == "<" || t.text == "!<") }) &&
		first.text != "except" && first.text != "differs" {
		if first.text == "order" {
			p.i++
		}
		return p.order()
	}
	if first.str {
		return &Error{first.pos, "a statement begins with a word, not with a string"}
	}
	p.i = 1
	switch first.text {
	case "kind":
		return p.kindDecl()
	case "alias":
		return p.aliasDecl()
	case "written":
		return p.writtenDecl()
	case "container":
		return p.list(func(t tok) *Error { p.set.containers[t.text] = true; return nil })
	case "type":
		return p.list(func(t tok) *Error { p.set.types[t.text] = true; return nil })
	case "global":
		return p.list(func(t tok) *Error { p.set.globals[t.text] = true; return nil })
	case "shared":
		return p.list(func(t tok) *Error { p.set.shared = append(p.set.shared, t.text); return nil })
	case "var":
		return p.varDecl()
	case "nonnil":
		return p.nonnilDecl()
	case "same":
		return p.sameDecl()
	case "result":
		return p.resultDecl()
	case "qualifier":
		return p.list(func(t tok) *Error { p.set.quals[t.text] = true; return nil })
	case "lasting":
		return p.lastingDecl()
	case "table":
		return p.tableDecl()
	case "qualify":
		return p.qualifyDecl()
	case "split":
		return p.splitDecl(p.set.split)
	case "belongs":
		return p.splitDecl(p.set.belongs)
	case "require":
		return p.requireDecl()
	case "except":
		return p.exceptDecl()
	case "differs":
		return p.differsDecl()
	case "leaf":
		return p.leafDecl()
	case "nest":
		return p.nestDecl()
	case "attr":
		return p.attrDecl()
	case "runs":
		return p.runsDecl()
	case "handler":
		return p.list(func(t tok) *Error { p.set.handlers[t.text] = true; return nil })
	case "lockdep":
		return p.lockdepDecl()
	case "try":
		return p.row(Acquire, true)
	case "also":
		return p.alsoDecl()
	}
	if e := wordIndex(effectWords[:], first.text); e > 0 {
		return p.row(Effect(e), false)
	}
	return &Error{first.pos, unknown("statement", first.text, append(append([]string{"try", "also"}, statementWords...), effectWords[:]...))}
}

// Reading words.

func (p *parser) here() token.Position {
	if p.i < len(p.toks) {
		return p.toks[p.i].pos
	}
	last := p.toks[len(p.toks)-1]
	pos := last.pos
	n := len(last.text)
	if last.str {
		n += 2
	}
	pos.Column += n
	pos.Offset += n
	return pos
}

func (p *parser) peek() string {
	if p.i < len(p.toks) && !p.toks[p.i].str {
		return p.toks[p.i].text
	}
	return ""
}

func (p *parser) accept(text string) bool {
	if p.peek() == text {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(text string) *Error {
	if p.accept(text) {
		return nil
	}
	return p.wanted(strconv.Quote(text))
}

func (p *parser) wanted(what string) *Error {
	if p.i < len(p.toks) {
		return &Error{p.here(), fmt.Sprintf("%s expected, found %q", what, p.toks[p.i].text)}
	}
	return &Error{p.here(), what + " expected at the end of the statement"}
}

// name reads a word that is no operator.
func (p *parser) name(what string) (tok, *Error) {
	if p.i >= len(p.toks) || p.toks[p.i].str || slices.Contains([]string{"<", "!<", "|", "(", ")", ",", "="}, p.toks[p.i].text) {
		return tok{}, p.wanted(what)
	}
	p.i++
	return p.toks[p.i-1], nil
}

// text reads a string in quotes.
func (p *parser) text(what string) (tok, *Error) {
	if p.i >= len(p.toks) || !p.toks[p.i].str {
		return tok{}, p.wanted(what)
	}
	p.i++
	return p.toks[p.i-1], nil
}

func (p *parser) class(what string) (Class, *Error) {
	t, err := p.name(what)
	if err != nil {
		return Class{}, err
	}
	return p.classOf(t)
}

func (p *parser) classOf(t tok) (Class, *Error) {
	c, err := ParseClass(t.text)
	if err != nil {
		return Class{}, &Error{t.pos, err.Error()}
	}
	if q := c.Qual(); q != "" && !p.set.quals[q] {
		return Class{}, &Error{t.pos, unknown("qualifier", q, slices.Collect(maps.Keys(p.set.quals)))}
	}
	return c, nil
}

func (p *parser) qual() (tok, *Error) {
	t, err := p.name("a qualifier")
	if err != nil {
		return t, err
	}
	if !p.set.quals[t.text] {
		return t, &Error{t.pos, unknown("qualifier", t.text, slices.Collect(maps.Keys(p.set.quals)))}
	}
	return t, nil
}

func (p *parser) end() *Error {
	if p.i < len(p.toks) {
		return &Error{p.here(), fmt.Sprintf("unexpected %q", p.toks[p.i].text)}
	}
	return nil
}

// list reads names with commas between them, to the end.
func (p *parser) list(add func(tok) *Error) *Error {
	for {
		t, err := p.name("a name")
		if err != nil {
			return err
		}
		if err := add(t); err != nil {
			return err
		}
		if !p.accept(",") {
			return p.end()
		}
	}
}

// because reads the reason of a rule.
func (p *parser) because() (string, *Error) {
	if err := p.expect("because"); err != nil {
		return "", err
	}
	t, err := p.text("the reason in quotes")
	if err == nil && strings.TrimSpace(t.text) == "" {
		err = &Error{t.pos, "the reason is empty"}
	}
	return t.text, err
}
