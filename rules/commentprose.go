package rules

import (
	"regexp"
	"strings"
)

// A sentence that declares in passing.
var (
	// "The lock order is", "lock nesting:"; what follows is the chain.
	leadIn   = regexp.MustCompile(`(?i)(?:order(?:ing|s)?|hierarchy|nesting(?: rules?)?)(?: used)?(?: \([^)]*\))?(?: (?:is|are|goes|of|must be|should be|should always be|as follows))?(?: as follows| always)?\s*:?\s+`)
	nests    = regexp.MustCompile(`([A-Za-z_][\w>.:\-]*(?: lock)?) nests? (inside|under|within|outside)(?: of)? (?:the |of )*([A-Za-z_][\w>.:\-]*(?: lock)?)`)
	before   = regexp.MustCompile(`([A-Za-z_][\w>.:\-]*(?: lock)?) (?:must|should|has to|needs to)(?: always)? be (?:taken|acquired|locked) (before|after|inside|outside)(?: of)?(?: taking| acquiring| any| the)* ([A-Za-z_][\w>.:\-]*(?: lock)?)`)
	requires = regexp.MustCompile(`requires ([A-Za-z_][\w>.:\-]*(?: lock)?) to be (?:taken|acquired|locked) (before|after|inside|outside)(?: of)?(?: taking| acquiring| any| the)* ([A-Za-z_][\w>.:\-]*(?: lock)?)`)
	oneFirst = regexp.MustCompile(`^(?:take )?([A-Za-z_][\w>.:\-]*) (before|after) ([A-Za-z_][\w>.:\-]*)[.,;)]*$`)
	plainSeq = regexp.MustCompile(`^(?:is |are )?[A-Za-z_][\w>.\-]*(?:, [A-Za-z_][\w>.\-]*)+[.;)]*$`)
)

// sentence reads a declaration that stands in the line of its lead-in: "lock
// order: a -> b". It reports false where the line only mentions an order.
func (im *importer) sentence(lines []textLine, i int) (next int, ok bool) {
	l := lines[i]
	m := leadIn.FindStringIndex(l.text)
	h := headWords.FindStringIndex(l.text)
	if m == nil || h == nil || m[1] < h[0] {
		return i, false
	}
	rest := l
	rest.text = l.text[m[1]:]
	rest.pos.Column += m[1]
	rest.pos.Offset += m[1]
	group := []textLine{rest}
	for i+len(group) < len(lines) {
		next, last := lines[i+len(group)], group[len(group)-1]
		arrowEnd := strings.HasSuffix(last.text, ">") || strings.HasSuffix(last.text, " <") && im.hasChain(last.text)
		if next.blank() || !arrowEnd && !strings.HasPrefix(next.text, "->") && !strings.HasPrefix(next.text, "=>") {
			break
		}
		group = append(group, next)
	}
	switch {
	case im.hasChain(rest.text):
		im.open(l.pos, trimTitle(l.text))
		im.form("chain")
		// A chain ends with its sentence.
		last := &group[len(group)-1]
		if j := strings.Index(last.text, ". "); j > 0 {
			last.text = last.text[:j]
		}
		im.chain(group, "")
		im.close()
		return i + len(group), true
	case oneFirst.MatchString(rest.text):
		im.pair(rest, rest.text, oneFirst.FindStringSubmatchIndex(rest.text))
		return i + 1, true
	case plainSeq.MatchString(rest.text):
		names := splitNames(strings.TrimRight(rest.text, ".;)"))
		im.open(l.pos, trimTitle(l.text))
		var classes []Class
		for _, n := range names {
			a := im.namer().one(n)
			if a.reason != "" {
				im.unmapped(rest.pos, n, a.reason)
			} else {
				classes = append(classes, a.class)
			}
		}
		im.form("list")
		for k := 1; k < len(classes) && len(classes) == len(names); k++ {
			im.order(classes[k-1], classes[k], rest.pos, "")
		}
		im.close()
		return i + 1, true
	}
	return i, false
}

// prose reads the sentences that state a pair: "A nests inside B". Both names
// must have a class; one that hides behind "this" or a word of the language is
// no name.
func (im *importer) prose(lines []textLine) {
	for i, l := range lines {
		text := l.text
		if !strings.Contains(text, "nest") && !strings.Contains(text, " be taken") && !strings.Contains(text, " be acquired") && !strings.Contains(text, " be locked") && !strings.Contains(text, " to be") {
			continue
		}
		if i+1 < len(lines) {
			text += " " + lines[i+1].text
		}
		for _, re := range []*regexp.Regexp{nests, before, requires} {
			for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
				if m[0] >= len(l.text) || strings.HasSuffix(text[:m[0]], "not ") {
					continue
				}
				im.pair(l, text, m)
			}
		}
	}
}

func (im *importer) pair(l textLine, text string, m []int) {
	a, how, b := text[m[2]:m[3]], text[m[4]:m[5]], text[m[6]:m[7]]
	pos := l.pos
	pos.Column += m[0]
	pos.Offset += m[0]
	if !im.looksNamed(a) || !im.looksNamed(b) {
		return
	}
	im.open(pos, strings.TrimSpace(text[m[0]:m[1]]))
	defer im.close()
	im.form("prose")
	n := im.namer()
	x, y := n.one(a), n.one(b)
	for _, r := range []named{x, y} {
		if r.reason != "" {
			im.unmapped(pos, r.text, r.reason)
		}
	}
	if x.reason != "" || y.reason != "" {
		return
	}
	switch how {
	case "inside", "under", "within", "after":
		x, y = y, x
	}
	im.order(x.class, y.class, pos, "")
}

// looksNamed tells the name of a lock from a word of the language.
func (im *importer) looksNamed(s string) bool {
	if im.hook != nil && strings.Contains(s, ".") {
		if _, ok := im.hook(normalise(s), im.file); ok {
			return true
		}
	}
	return strings.ContainsAny(s, "_.>:") && lockish.MatchString(s) || strings.HasSuffix(s, " lock") && strings.Contains(s, "_")
}
