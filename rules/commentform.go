package rules

import (
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// The words that open a declaration.
var (
	headWords = regexp.MustCompile(`(?i)\block(s|ing)?['"]?[ -]*(order(s|ed|ing)?|hierarch(y|ies)|nesting|rank(s|ing)?)\b|\b(order(ing)?|hierarchy|nesting|rank(s|ing)?) of (the |all )?lock|take (the )?locks? in (this|the following) order|(?-i:^Ordering:$)|\bnesting rule|\border of (taking|acquiring|acquisition)|\bspinlock ordering|ordering of spinlocks`)
	// A heading that speaks of something else: how locks are let go, or what must not be.
	notOrder  = regexp.MustCompile(`(?i)\bunlock(s|ing)?\b|releas|\bdrop|invert|inver(sion|se)|revers|violat|\bno (particular )?lock|byte order|memory order|AB-?BA|splat|warning|correctness|incorrect|wrong|avoid|prevent|debug|checks?\b|\bthen\b|\bwould\b|\bcan(no|')t\b`)
	numbered  = regexp.MustCompile(`^\(?(\d{1,2})[.)]\s+(\S.*)$`)
	bullet    = regexp.MustCompile(`^(?:[-*o+]\s+|\+-+\s*)(\S.*)$`)
	arrow     = regexp.MustCompile(`\s(?:-{1,2}>|=>)\s*|\s(?:-{1,2}>|=>)$`)
	onlyDots  = regexp.MustCompile(`^[.\s]*$`)
	underline = regexp.MustCompile(`^[-=~^"#*+]{3,}$`)
	gap       = regexp.MustCompile(`\t|\s{2,}| - `)
	example   = regexp.MustCompile(`:?\s+\(?(e\.g\.|i\.e\.|eg\.|for example)\s`)
	clause    = regexp.MustCompile(`[,;]?\s+(is|are|because|so|to|when|used|in|for|while|and|but|must|should|which|order|ordering|lock order|locking order|lock ordering)\b.*$`)
	tryNote   = regexp.MustCompile(`(?i)\btry[a-z_ -]*lock|inversion`)
)

// comment reads the declarations of one comment.
func (im *importer) comment(lines []textLine) {
	for i := 0; i < len(lines); {
		l := lines[i]
		if !headHint(l.text) || !headWords.MatchString(l.text) {
			i++
			continue
		}
		if notOrder.MatchString(l.text) {
			if im.isHeading(l.text) {
				im.skipList(lines, i+1, "a heading of something else than an order of acquisition: "+l.text)
			}
			i++
			continue
		}
		if im.isHeading(l.text) {
			im.open(l.pos, trimTitle(l.text))
			i = im.blocks(lines, i+1)
			im.close()
			continue
		}
		if next, ok := im.sentence(lines, i); ok {
			i = next
			continue
		}
		i++
	}
	im.prose(lines)
}

// headHint is a quick look that spares most lines the regular expression.
func headHint(text string) bool {
	for _, w := range [...]string{"rder", "ierarch", "esting", "RDER", "rank"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func isHead(text string) bool { return headHint(text) && headWords.MatchString(text) }

// isHeading tells a title from a sentence that only mentions an order.
func (im *importer) isHeading(text string) bool {
	text = strings.TrimSpace(text)
	t := strings.TrimRight(text, "!")
	switch {
	case im.hasChain(text) && !im.sign.explained(text):
		return false
	case strings.HasSuffix(text, ":"):
		return true
	case strings.HasSuffix(t, " is") || strings.HasSuffix(t, " are") || strings.HasSuffix(t, " be") || strings.HasSuffix(t, " as below."):
		return true
	case strings.ContainsAny(text, ".,;():"):
		return false
	}
	return len(strings.Fields(text)) <= 5
}

func trimTitle(text string) string { return strings.Trim(text, " :*-=") }

// skipList reports the first lines below a heading that is none of ours, so
// that a list of unlocks is seen to have been passed over.
func (im *importer) skipList(lines []textLine, i int, reason string) {
	if i < len(lines) && !lines[i].blank() && (numbered.MatchString(lines[i].text) || lockish.MatchString(lines[i].text) && len(strings.Fields(lines[i].text)) <= 3) {
		im.unmapped(lines[i].pos, lines[i].text, reason)
	}
}

// blocks reads the paragraphs below a heading, as long as they declare. It
// returns the index of the first line that is not part of them.
func (im *importer) blocks(lines []textLine, i int) int {
	label := ""
	for first := true; i < len(lines); {
		for i < len(lines) && (lines[i].blank() || underline.MatchString(lines[i].text) || lines[i].text == "::") {
			i++
		}
		if i >= len(lines) {
			return i
		}
		// A heading in the block begins a declaration of its own.
		if isHead(lines[i].text) && im.isHeading(lines[i].text) {
			return i
		}
		if strings.HasSuffix(lines[i].text, ":") && len(strings.Fields(lines[i].text)) <= 8 && !numbered.MatchString(lines[i].text) {
			label = trimTitle(lines[i].text)
			i++
			continue
		}
		end := i
		for end < len(lines) && !lines[end].blank() {
			if end > i && (isHead(lines[end].text) && im.isHeading(lines[end].text) || strings.HasSuffix(lines[end].text, ":") && openParens(lines[i:end]) == 0 && !numbered.MatchString(lines[end].text)) {
				break
			}
			end++
		}
		used := im.paragraph(lines[i:end], label, first)
		if used == 0 {
			return i
		}
		first = false
		if used < end-i {
			return i + used
		}
		i = end
	}
	return i
}

func openParens(lines []textLine) int {
	n := 0
	for _, l := range lines {
		n += strings.Count(l.text, "(") - strings.Count(l.text, ")")
	}
	return max(n, 0)
}

// paragraph reads lines without a blank one between them in the form that they
// have, and returns how many belong to the declaration.
func (im *importer) paragraph(lines []textLine, label string, first bool) int {
	switch {
	case numbered.MatchString(lines[0].text):
		return im.numbered(lines, label)
	case im.hasChain(lines[0].text):
		return im.chains(lines, label)
	}
	return im.tree(lines, label, first)
}

// hasChain tells "a -> b" from a tree's "->a".
func (im *importer) hasChain(text string) bool {
	return arrow.MatchString(text) || im.sign.separator().MatchString(text)
}

// A node is one place of a declared order: the locks of one line.
type node struct {
	names  []named
	pos    token.Position
	note   string
	column int
	parent *node
}

func (n *node) classes() []Class {
	var out []Class
	for _, a := range n.names {
		if a.reason == "" {
			out = append(out, a.class)
		}
	}
	return out
}

// link declares the orders from the nearest mapped ancestor of n to n. What
// stands between and has no class is passed over: before < it < after.
func (im *importer) link(n *node) {
	to := n.classes()
	if len(to) == 0 {
		return
	}
	if tryNote.MatchString(n.note) {
		if n.parent != nil {
			im.unmapped(n.pos, n.names[0].text, "only tried there: no order ("+n.note+")")
		}
		return
	}
	for p := n.parent; p != nil; p = p.parent {
		if from := p.classes(); len(from) > 0 {
			for _, a := range from {
				for _, b := range to {
					im.order(a, b, n.pos, n.note)
				}
			}
			return
		}
	}
}

// readNode maps the name of a line; its note in brackets may run on over the
// lines that follow, of which it returns the number.
func (im *importer) readNode(lines []textLine, label string) (n *node, used int) {
	text := lines[0].text
	used = 1
	for open := openParens(lines[:1]); open > 0 && used < len(lines) && used < 6; used++ {
		text += " " + lines[used].text
		open = openParens(lines[:used+1])
	}
	n = &node{pos: lines[0].pos, column: lines[0].column}
	lead := len(text)
	if m := bullet.FindStringSubmatchIndex(text); m != nil {
		text = text[m[2]:]
	}
	if t, ok := strings.CutPrefix(text, "->"); ok {
		text = strings.TrimLeft(t, " \t")
	}
	lead -= len(text)
	n.pos.Column += lead
	n.pos.Offset += lead
	name, note := cutNote(text)
	n.note = note
	if label != "" {
		n.note = strings.TrimSpace(label + ": " + note)
		n.note = strings.TrimSuffix(n.note, ":")
	}
	n.names = im.namer().alternatives(name)
	return n, used
}

// cutNote separates a name from the remark behind it: brackets, a gap, a dash.
func cutNote(text string) (name, note string) {
	end := len(text)
	if i := strings.Index(text, "("); i > 0 {
		// A call is a name, with what it locks or with nothing in it.
		if call := callOf.FindString(strings.TrimRight(text, ";. ")); call == "" && !strings.HasPrefix(text[i:], "()") {
			end = i
		} else if call == "" {
			if j := strings.Index(text[i+2:], "("); j >= 0 {
				end = i + 2 + j
			}
		}
	}
	if m := gap.FindStringIndex(text[:end]); m != nil && m[0] > 0 {
		end = m[0]
	}
	if i := strings.Index(text[:end], " \""); i > 0 {
		end = i
	}
	name = strings.TrimSpace(text[:end])
	note = strings.Trim(strings.TrimSpace(text[end:]), "-* \t")
	if strings.HasPrefix(note, "(") && strings.HasSuffix(note, ")") && strings.Count(note, "(") == 1 {
		note = note[1 : len(note)-1]
	}
	return name, strings.Join(strings.Fields(note), " ")
}

// nameLike tells a line that names locks from a line of text.
func nameLike(text string) bool {
	if m := bullet.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	text = strings.TrimPrefix(text, "->")
	name, _ := cutNote(text)
	if name == "" || strings.HasSuffix(name, ".") && strings.Contains(name, " ") {
		return false
	}
	words := 0
	for _, alt := range splitNames(name) {
		words = max(words, len(strings.Fields(alt)))
	}
	return words > 0 && words <= 4 && len(splitNames(name)) <= 3
}

// tree reads an indented tree: a deeper line is taken inside what it hangs
// from. Without any depth it is a flat list, read from top to bottom.
func (im *importer) tree(lines []textLine, label string, first bool) int {
	if !nameLike(lines[0].text) {
		return 0
	}
	var nodes []*node
	var stack []*node
	flat := true
	i := 0
	type miss struct {
		pos  token.Position
		text string
	}
	var prose []miss
	for i < len(lines) {
		l := lines[i]
		if onlyDots.MatchString(l.text) || l.text == "::" {
			i++
			continue
		}
		if !nameLike(l.text) {
			if len(nodes) > 0 && l.column <= nodes[0].column {
				break
			}
			prose = append(prose, miss{l.pos, l.text})
			i++
			continue
		}
		n, used := im.readNode(lines[i:], label)
		i += used
		for len(stack) > 0 && stack[len(stack)-1].column >= n.column {
			stack = stack[:len(stack)-1]
		}
		if len(stack) > 0 {
			n.parent = stack[len(stack)-1]
			flat = false
		} else if len(nodes) > 0 && n.column != nodes[0].column {
			flat = false
		}
		stack = append(stack, n)
		nodes = append(nodes, n)
	}
	mapped := 0
	for _, n := range nodes {
		mapped += len(n.classes())
	}
	if mapped == 0 && (!first || flat || im.site.Title == "Ordering") {
		// Nothing here names a lock that is known: text that only looks like a list.
		if first && im.site.Title != "Ordering" {
			for _, n := range nodes {
				if len(nodes) > 1 || strings.ContainsAny(n.names[0].text, "_>") {
					im.names(n)
				}
			}
		}
		return 0
	}
	form := "tree"
	if strings.HasPrefix(lines[0].text, "->") {
		form = "arrows"
	}
	if flat {
		if len(nodes) == 1 {
			im.names(nodes[0])
			return i
		}
		if im.site.Form == "tree" || im.site.Form == "arrows" {
			for _, n := range nodes {
				im.unmapped(n.pos, n.names[0].text, "ambiguous: a flat list beside a tree")
			}
			return i
		}
		form = "flat"
		for k := 1; k < len(nodes); k++ {
			nodes[k].parent = nodes[k-1]
		}
	}
	im.form(form)
	for _, n := range nodes {
		im.names(n)
		im.link(n)
	}
	for _, m := range prose {
		im.unmapped(m.pos, m.text, "not the name of a lock")
	}
	return i
}

func (im *importer) form(form string) {
	if im.site.Form == "" {
		im.site.Form = form
	}
}

// names lists the names of a node that have no class.
func (im *importer) names(n *node) {
	for _, a := range n.names {
		if a.reason != "" {
			im.unmapped(n.pos, a.text, a.reason)
		}
	}
}

// numbered reads "1. a", "2. b": taken in that order.
func (im *importer) numbered(lines []textLine, label string) int {
	im.form("numbered")
	var prev *node
	want := 1
	for _, l := range lines {
		m := numbered.FindStringSubmatchIndex(l.text)
		if m == nil {
			continue
		}
		num := l.text[m[2]:m[3]]
		if num == "1" {
			prev, want = nil, 1
		}
		if num != itoa(want) {
			im.unmapped(l.pos, l.text, "ambiguous: the numbers do not count up")
			return len(lines)
		}
		want++
		rest := l
		rest.text = l.text[m[4]:]
		rest.pos.Column += m[4]
		rest.pos.Offset += m[4]
		if i := strings.Index(rest.text, ":"); i > 0 && !strings.HasPrefix(rest.text[i:], "::") && !strings.Contains(rest.text[:i], "(") {
			rest.text = rest.text[:i] + "  " + strings.TrimSpace(rest.text[i+1:])
		}
		n, _ := im.readNode([]textLine{rest}, label)
		im.names(n)
		n.parent = prev
		im.link(n)
		prev = n
	}
	return len(lines)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// chains reads lines of "a -> b -> c" or, as the sign says, "a > b > c". A line that begins or
// ends with the arrow continues.
func (im *importer) chains(lines []textLine, label string) int {
	im.form("chain")
	i := 0
	for i < len(lines) {
		if !im.hasChain(lines[i].text) {
			break
		}
		group := lines[i : i+1]
		for i+len(group) < len(lines) {
			next := lines[i+len(group)].text
			last := group[len(group)-1].text
			open := strings.HasSuffix(last, ">") || strings.HasSuffix(last, " <") && im.hasChain(last) || openParens(group) > 0
			if !open && !strings.HasPrefix(next, "->") && !strings.HasPrefix(next, "=>") && !strings.HasPrefix(next, "> ") {
				break
			}
			group = lines[i : i+len(group)+1]
		}
		im.chain(group, label)
		i += len(group)
	}
	return i
}

// chain reads one chain, which may run over several lines.
func (im *importer) chain(lines []textLine, label string) {
	sep, reversed := arrow, false
	if !arrow.MatchString(lines[0].text) {
		sep = im.sign.separator()
		first, ok := im.sign.first(lines)
		if !ok {
			im.unmapped(lines[0].pos, lines[0].text, "ambiguous: < and > are used for both orders, and nothing here says for which")
			return
		}
		reversed = !first
	}
	var nodes []*node
	for _, l := range lines {
		text := " " + l.text + " "
		if m := example.FindStringIndex(text); m != nil {
			text = text[:m[0]] + " "
		}
		base := l.pos
		at := 0
		for _, m := range append(sep.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
			part := text[at:m[0]]
			lead := len(part) - len(strings.TrimLeft(part, " \t"))
			pos := base
			pos.Column += max(at+lead-1, 0)
			pos.Offset += max(at+lead-1, 0)
			at = m[1]
			if strings.TrimSpace(part) == "" {
				continue
			}
			n := im.element(strings.TrimSpace(part), pos, label)
			im.names(n)
			nodes = append(nodes, n)
		}
	}
	if reversed {
		slices.Reverse(nodes)
	}
	for i, n := range nodes {
		if i > 0 {
			n.parent = nodes[i-1]
		}
		im.link(n)
	}
}

// element is one link of a chain.
func (im *importer) element(text string, pos token.Position, label string) *node {
	set := strings.HasPrefix(text, "{") && strings.HasSuffix(strings.TrimRight(text, "."), "}")
	if set {
		text = strings.Trim(text, "{}. ")
	}
	name, note := cutNote(text)
	if i := strings.Index(name, ": "); i > 0 {
		name, note = name[:i], name[i+2:]+" "+note
	}
	if m := clause.FindStringIndex(name); m != nil && m[0] > 0 {
		name, note = name[:m[0]], strings.TrimSpace(name[m[0]:]+" "+note)
	}
	name = strings.TrimRight(name, ".,;")
	n := &node{pos: pos, note: strings.TrimSpace(note)}
	if label != "" {
		n.note = strings.TrimSuffix(strings.TrimSpace(label+": "+note), ":")
	}
	n.names = im.namer().alternatives(name)
	if len(n.names) == 0 {
		n.names = []named{{text: text, reason: "not the name of a lock"}}
	}
	return n
}
