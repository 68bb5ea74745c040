package cparse

import "strconv"

// A cleaner writes the tokens of one function body as text that the grammar
// takes without knowing types or GNU extensions, and remembers for every byte
// which token it stands for: that is how positions survive.
//
// What it writes, beside the tokens themselves:
//
//	struct $name       a typedef name, so that no declaration is ambiguous
//	struct $3          typeof(...), whose operand is the third side expression
//	sizeof(type)       a type among call arguments, marked
//	$asm(a, b, $L$l)   asm with its operands and labels
//	$goto(x)           goto *x
//	$L$label           &&label
//	$x({ ... })        a statement expression
//	$nil               the missing operand of x ?: y
//	a || b             a ... b, marked
//	while (head(...))  a call in front of a body, marked
type cleaner struct {
	f      *File
	toks   []token
	match  []int32 // index of the partner of each bracket, -1
	buf    []byte
	at     []int32 // token of each byte of buf
	shadow map[string]bool
	marks  map[int32]mark // by offset in buf
	sides  [][2]int       // token ranges of the side expressions
	clean  map[int]string // cleanup function of the declarator at a token
	depth  int
	cut    bool // something was nested too deeply to be written
	body   bool // statements are being written, not an expression
}

type mark uint8

const (
	markNone mark = iota
	markTypeArg
	markRange
	markLoop
	markDeclArg
)

func (f *File) newCleaner(toks []token, shadow map[string]bool) *cleaner {
	c := &cleaner{f: f, toks: toks, shadow: shadow, marks: map[int32]mark{}, clean: map[int]string{}}
	c.match = make([]int32, len(toks))
	var st []int32
	for i := range toks {
		c.match[i] = -1
		if toks[i].kind != tokPunct {
			continue
		}
		switch toks[i].text {
		case "(", "[", "{":
			st = append(st, int32(i))
		case ")", "]", "}":
			if n := len(st); n > 0 && closes(toks[st[n-1]].text, toks[i].text) {
				c.match[i], c.match[st[n-1]] = st[n-1], int32(i)
				st = st[:n-1]
			}
		}
	}
	c.findShadows()
	return c
}

func closes(open, shut string) bool {
	return open == "(" && shut == ")" || open == "[" && shut == "]" || open == "{" && shut == "}"
}

// findShadows collects the locals that hide a typedef name.
func (c *cleaner) findShadows() {
	for i := 1; i+1 < len(c.toks); i++ {
		t := &c.toks[i]
		if t.kind != tokIdent || c.shadow[t.text] || keywords[t.text] != wordNone || !c.f.isTypedef(t.text) {
			continue
		}
		n := &c.toks[i+1]
		if !(n.is("=") || n.is(";") || n.is(",") || n.is("[")) {
			continue
		}
		p := &c.toks[i-1]
		declares := p.is("*") || p.is(",") && (n.is(";") || n.is("=")) || p.kind == tokIdent && (keywords[p.text] == wordBase || keywords[p.text] == wordNone) && !(i > 1 && (c.toks[i-2].is(".") || c.toks[i-2].is("->")))
		if declares {
			c.addShadow(t.text)
		}
	}
}

func (c *cleaner) addShadow(name string) {
	m := map[string]bool{name: true}
	for k := range c.shadow {
		m[k] = true
	}
	c.shadow = m
}

// put writes text that stands for token i.
func (c *cleaner) put(s string, i int) {
	if n := len(c.buf); n > 0 {
		c.buf = append(c.buf, ' ')
		c.at = append(c.at, int32(i))
	}
	c.buf = append(c.buf, s...)
	for range len(s) {
		c.at = append(c.at, int32(i))
	}
}

// off is where the next put will start.
func (c *cleaner) off() int32 {
	if len(c.buf) == 0 {
		return 0
	}
	return int32(len(c.buf)) + 1
}

// function writes the body as a function, and the side expressions behind.
func (c *cleaner) function() {
	c.put("void $f(void) {", 0)
	c.body = true
	c.emit(0, len(c.toks))
	c.body = false
	c.put("}", max(len(c.toks)-1, 0))
	c.sideExprs()
}

// expression writes the tokens as one expression (side expression 0).
func (c *cleaner) expression() {
	c.sides = append(c.sides, [2]int{0, len(c.toks)})
	c.sideExprs()
}

func (c *cleaner) sideExprs() {
	for n := 0; n < len(c.sides); n++ {
		s := c.sides[n]
		open := " = ("
		if c.f.startsType(c.toks[s[0]:s[1]], c.shadow) {
			open = " = sizeof("
		}
		c.put("\nint $e"+strconv.Itoa(n)+open, s[0])
		c.emit(s[0], s[1])
		c.put(");", s[0])
	}
}

// emit writes the tokens lo to hi.
func (c *cleaner) emit(lo, hi int) {
	c.depth++
	defer func() { c.depth-- }()
	if c.depth > 500 {
		c.cut = true
		return
	}
	for i := lo; i < hi; {
		i = c.one(i, lo, hi)
	}
}

// one writes what starts at token i and returns where it ends.
func (c *cleaner) one(i, lo, hi int) int {
	t := &c.toks[i]
	switch t.kind {
	case tokIdent:
		return c.word(i, lo, hi)
	case tokString:
		return c.str(i, hi)
	case tokChar:
		c.put(strconv.FormatInt(max(charValue(t.text), 0), 10), i)
	case tokNumber:
		c.put(t.text, i)
	case tokPunct:
		return c.punct(i, lo, hi)
	default:
		c.put("@", i)
	}
	return i + 1
}

func (c *cleaner) prev(i, lo int) *token {
	if i > lo {
		return &c.toks[i-1]
	}
	return &token{}
}

func (c *cleaner) next(i, hi int) *token {
	if i+1 < hi {
		return &c.toks[i+1]
	}
	return &token{}
}

// str writes a string and swallows what is concatenated with it.
func (c *cleaner) str(i, hi int) int {
	if i > 0 && c.toks[i-1].is(")") && len(c.buf) > 0 && c.buf[len(c.buf)-1] == ')' && !c.castEnds(i-1) {
		// NAME(x) "text": the call stands for the whole.
	} else {
		c.put(`"s"`, i)
	}
	j := i + 1
	for j < hi {
		t := &c.toks[j]
		if t.kind == tokString {
			j++
			continue
		}
		if t.kind == tokIdent && keywords[t.text] == wordNone {
			j++
			if j < hi && c.toks[j].is("(") && c.match[j] > 0 {
				j = int(c.match[j]) + 1
			}
			continue
		}
		break
	}
	return j
}

// castEnds tells whether the parenthesis that closes at i holds a type.
func (c *cleaner) castEnds(i int) bool {
	m := int(c.match[i])
	return m >= 0 && c.f.startsType(c.toks[m+1:i], c.shadow)
}

// word writes a name or keyword.
func (c *cleaner) word(i, lo, hi int) int {
	t := &c.toks[i]
	n := c.next(i, hi)
	switch keywords[t.text] {
	case wordQual, wordDrop:
		if t.text == "_Atomic" && n.is("(") && c.match[i+1] > 0 {
			c.emit(i+2, int(c.match[i+1]))
			return int(c.match[i+1]) + 1
		}
		return i + 1
	case wordAttr:
		if n.is("(") && c.match[i+1] > 0 {
			end := int(c.match[i+1]) + 1
			if fn := cleanupIn(c.toks[i+1 : end]); fn != "" {
				for j := i - 1; j >= lo; j-- {
					if c.toks[j].kind == tokIdent && keywords[c.toks[j].text] == wordNone {
						c.clean[j] = fn
						break
					}
					if c.match[j] >= 0 && int(c.match[j]) < j {
						j = int(c.match[j])
					}
				}
			}
			return end
		}
		return i + 1
	case wordTypeof:
		if n.is("(") && c.match[i+1] > 0 && int(c.match[i+1]) < hi {
			end := int(c.match[i+1])
			c.put("struct $"+strconv.Itoa(len(c.sides)), i)
			c.sides = append(c.sides, [2]int{i + 2, end})
			return end + 1
		}
	case wordAuto:
		c.put("struct $auto", i)
		return i + 1
	case wordAsm:
		return c.asm(i, lo, hi)
	case wordBase:
		switch t.text {
		case "_Bool":
			c.put("bool", i)
		case "__int128":
			c.put("long", i)
		case "__signed__", "__signed":
			c.put("signed", i)
		case "_Complex":
		default:
			c.put(t.text, i)
		}
		return i + 1
	case wordStore:
		switch t.text {
		case "static", "extern", "typedef":
			c.put(t.text, i)
		}
		return i + 1
	case wordTag:
		c.put(t.text, i)
		i++
		for i < hi && c.toks[i].kind == tokIdent && keywords[c.toks[i].text] == wordAttr {
			i = c.word(i, lo, hi)
		}
		if i < hi && c.toks[i].kind == tokIdent && keywords[c.toks[i].text] == wordNone {
			c.put(c.toks[i].text, i)
			i++
		}
		return i
	case wordSize:
		c.put("sizeof", i)
		if m := c.match[min(i+1, len(c.toks)-1)]; n.is("(") && int(m) > i && int(m) < hi && !c.f.startsType(c.toks[i+2:m], c.shadow) {
			// sizeof (f(x)) is no type either.
			c.put("((", i+1)
			c.emit(i+2, int(m))
			c.put("))", int(m))
			return int(m) + 1
		}
		return i + 1
	case wordStmt:
		return c.stmtWord(i, hi)
	}
	return c.name(i, lo, hi)
}

// stmtWord writes a keyword that starts a statement.
func (c *cleaner) stmtWord(i, hi int) int {
	t := &c.toks[i]
	n := c.next(i, hi)
	switch t.text {
	case "__label__", "_Static_assert":
		for i < hi && !c.toks[i].is(";") {
			if c.match[i] > int32(i) {
				i = int(c.match[i])
			}
			i++
		}
		return i + 1
	case "goto":
		if n.is("*") {
			end := i + 2
			for end < hi && !c.toks[end].is(";") {
				end++
			}
			c.put("$goto", i)
			c.put("(", i)
			c.emit(i+2, end)
			c.put(")", end-1)
			return end
		}
		c.put("goto", i)
		if n.kind == tokIdent {
			c.put(mangle(n.text), i+1)
			return i + 2
		}
		return i + 1
	}
	c.put(t.text, i)
	return i + 1
}

// mangle keeps a name apart from the words that the grammar, but not C,
// reserves.
func mangle(s string) string {
	if grammarWords[s] {
		return s + "$"
	}
	return s
}

// name writes an identifier that is no keyword.
func (c *cleaner) name(i, lo, hi int) int {
	t := &c.toks[i]
	p, n := c.prev(i, lo), c.next(i, hi)
	if (n.kind == tokString || n.kind == tokIdent && c.f.namesString(t, 0) && c.f.namesString(n, 0)) && !p.is(".") && !p.is("->") {
		// Part of a concatenated string.
		return i + 1
	}
	if p.is(".") || p.is("->") {
		c.put(mangle(t.text), i)
		return i + 1
	}
	if n.is("(") && c.match[i+1] > 0 && int(c.match[i+1]) < hi && !c.typeHere(i, hi) {
		if t.text == "_Generic" {
			return c.generic(i)
		}
		return c.call(i, lo, hi)
	}
	if c.typeHere(i, hi) {
		c.put("struct $"+t.text, i)
		return i + 1
	}
	if c.shadow[t.text] && c.f.tree.data.types[t.text] {
		c.put(t.text+"$", i) // a variable called bool
	} else {
		c.put(mangle(t.text), i)
	}
	if n.is(":") && i+2 < hi && c.toks[i+2].is("}") || n.is(":") && i+2 == hi {
		c.put(": ;", i+1)
		return i + 2
	}
	return i + 1
}

// namesString tells whether a token names a macro that is a string.
func (f *File) namesString(t *token, depth int) bool {
	if t.kind != tokIdent || depth > 4 {
		return false
	}
	m := f.macroFor(t.text, t.pos)
	if m == nil || m.FuncLike {
		return false
	}
	body := m.body()
	return len(body) > 0 && (body[0].kind == tokString || f.namesString(&body[0], depth+1))
}

// typeHere tells whether the name at i is used as a type.
func (c *cleaner) typeHere(i, hi int) bool {
	t := &c.toks[i]
	if c.shadow[t.text] || !c.f.isTypedef(t.text) {
		return false
	}
	if i+1 >= hi {
		return true
	}
	n := &c.toks[i+1]
	switch {
	case n.kind == tokIdent:
		return true
	case n.is("*"), n.is(")"), n.is(","), n.is("["):
		return true
	case n.is(":"):
		return i > 0 && c.toks[i-1].is(",") || c.bitfieldType(i) // _Generic
	case n.is("("):
		return i+2 < hi && c.toks[i+2].is("*")
	}
	return false
}

// call writes a call: its name and arguments, types among them.
func (c *cleaner) call(i, lo, hi int) int {
	end := int(c.match[i+1])
	stmtStart := c.stmtStart(i, lo)
	if stmtStart && end+1 < hi && c.toks[end+1].is("{") {
		c.put("while (", i)
		c.marks[c.off()] = markLoop
		c.callText(i, end)
		c.put(")", end)
		return end + 1
	}
	c.callText(i, end)
	if stmtStart && (end+1 == hi || c.toks[end+1].is("}") || c.toks[end+1].flags&flagLine != 0 && c.toks[end+1].kind == tokIdent) {
		c.put(";", end)
	}
	return end + 1
}

// generic writes a generic selection, whose types the grammar knows.
func (c *cleaner) generic(i int) int {
	end := int(c.match[i+1])
	defer func(body bool) { c.body = body }(c.body)
	body := c.body
	c.put("_Generic", i)
	c.put("(", i+1)
	for j := i + 2; j < end; {
		if t := &c.toks[j]; t.isWord("default") {
			c.put("struct $default", j)
			j++
			continue
		}
		if c.match[j] > int32(j) && c.toks[j].is("(") {
			// In one piece, so that calls inside see their whole list.
			c.put("(", j)
			c.body = body
			c.emit(j+1, int(c.match[j]))
			c.put(")", int(c.match[j]))
			j = int(c.match[j]) + 1
			continue
		}
		c.body = false // "type: f(x)" is no label
		j = c.one(j, i+2, end)
	}
	c.put(")", end)
	return end + 1
}

func (c *cleaner) callText(i, end int) {
	c.put(mangle(c.toks[i].text), i)
	c.put("(", i+1)
	start := i + 2
	for j := start; j <= end; j++ {
		if j < end && c.match[j] > int32(j) {
			j = int(c.match[j])
			continue
		}
		if j < end && !c.toks[j].is(",") {
			continue
		}
		switch {
		case j > start && c.f.startsType(c.toks[start:j], c.shadow):
			c.marks[c.off()] = markTypeArg
			c.put("sizeof(", start)
			c.emit(start, j)
			c.put(")", j-1)
		case j > start:
			c.emit(start, j)
		case end > i+2:
			// An empty argument among others.
			c.put("$nil", j)
		}
		if j < end {
			c.put(",", j)
			start = j + 1
		}
	}
	c.put(")", end)
}

// stmtStart tells whether token i is the first of a statement.
func (c *cleaner) stmtStart(i, lo int) bool {
	if i == 0 || !c.body {
		return c.body
	}
	if i == lo {
		return false
	}
	p := &c.toks[i-1]
	switch {
	case p.is(";"), p.is("{"), p.is("}"):
		return true
	case p.is(":"):
		return i >= 2 && (c.toks[i-2].kind == tokIdent || c.toks[i-2].kind == tokNumber) && c.labelBefore(i-1, lo)
	case p.isWord("else"), p.isWord("do"):
		return true
	case p.is(")"):
		// if (...) call()
		if m := c.match[i-1]; m > int32(lo) {
			w := &c.toks[m-1]
			if w.kind == tokIdent && keywords[w.text] == wordNone {
				// NAME(...) alone on the line before: an unknown macro.
				return c.toks[i].flags&flagLine != 0 && c.stmtStart(int(m)-1, lo)
			}
			return w.kind == tokIdent && (w.text == "if" || w.text == "for" || w.text == "while" || w.text == "switch")
		}
	}
	return false
}

// labelBefore tells the colon of a label from that of ?:.
func (c *cleaner) labelBefore(colon, lo int) bool {
	for j := colon - 1; j >= lo; j-- {
		t := &c.toks[j]
		if t.is("?") {
			return false
		}
		if t.is(";") || t.is("{") || t.is("}") || t.is(":") || t.isWord("case") {
			return true
		}
	}
	return true
}

// punct writes a punctuator.
func (c *cleaner) punct(i, lo, hi int) int {
	t := &c.toks[i]
	n := c.next(i, hi)
	switch t.text {
	case "?":
		c.put("?", i)
		if n.is(":") {
			c.put("$nil", i)
		}
		return i + 1
	case "...":
		p := c.prev(i, lo)
		if !p.is("(") && !p.is(",") {
			c.marks[c.off()] = markRange
			c.put("||", i)
			return i + 1
		}
	case "&&":
		p := c.prev(i, lo)
		if n.kind == tokIdent && (p.kind == tokPunct && !p.is(")") && !p.is("]") && !p.is("}") && !p.is("++") && !p.is("--") || p.isWord("return")) {
			c.put("$L$"+n.text, i+1)
			return i + 2
		}
	case ":":
		if c.padBefore(i, lo) {
			c.put("$pad", i) // a bit-field without a name
		}
		if n.is("}") || i+1 == hi {
			c.put(": ;", i)
			return i + 1
		}
	case "(":
		if m := c.match[i]; n.is("{") && m > 0 && c.match[i+1] == m-1 {
			c.put("$x", i)
		}
	}
	c.put(t.text, i)
	return i + 1
}

// padBefore tells whether the colon at i is that of a bit-field without a
// name.
func (c *cleaner) padBefore(i, lo int) bool {
	p := c.prev(i, lo)
	if p.is(",") {
		return true
	}
	if p.kind != tokIdent || i < 2 || !c.toks[i-2].is("{") && !c.toks[i-2].is(";") {
		return false
	}
	return keywords[p.text] == wordBase || c.bitfieldType(i-1)
}

// bitfieldType tells a typedef name in front of ": 3;" from a label.
func (c *cleaner) bitfieldType(i int) bool {
	return i+3 < len(c.toks) && c.toks[i+1].is(":") && c.toks[i+2].kind == tokNumber &&
		(c.toks[i+3].is(";") || c.toks[i+3].is(",")) && c.f.isTypedef(c.toks[i].text)
}

// asm writes an asm statement as a call of its operands.
func (c *cleaner) asm(i, lo, hi int) int {
	j := i + 1
	for j < hi && c.toks[j].kind == tokIdent {
		j++
	}
	if j >= hi || !c.toks[j].is("(") || c.match[j] < 0 || int(c.match[j]) >= hi {
		c.put("$asm", i)
		return i + 1
	}
	end := int(c.match[j])
	if p := c.prev(i, lo); p.kind == tokIdent && keywords[p.text] == wordNone || p.is("]") {
		return end + 1 // register x asm("r0")
	}
	c.put("$asm", i)
	c.put("(", j)
	section, first := 0, true
	sep := func(k int) {
		if !first {
			c.put(",", k)
		}
		first = false
	}
	for k := j + 1; k < end; k++ {
		t := &c.toks[k]
		switch {
		case t.is(":"):
			section++
		case t.is("("):
			m := int(c.match[k])
			if m < 0 {
				m = end
			}
			if section == 1 || section == 2 {
				if m > k+1 {
					sep(k)
					c.emit(k, m+1)
				}
			}
			k = m
		case c.match[k] > int32(k):
			k = int(c.match[k])
		case t.kind == tokIdent && section == 4:
			sep(k)
			c.put("$L$"+t.text, k)
		}
	}
	c.put(")", end)
	if end+1 < hi && !c.toks[end+1].is(";") && !c.toks[end+1].is(")") {
		c.put(";", end)
	}
	return end + 1
}

// grammarWords are plain identifiers in C that the grammar reserves.
var grammarWords = map[string]bool{
	"offsetof": true, "alignof": true, "_alignof": true, "alignas": true, "noreturn": true, "thread_local": true,
	"constexpr": true, "nullptr": true, "auto": true, "__based": true, "__cdecl": true, "__clrcall": true,
	"__stdcall": true, "__fastcall": true, "__thiscall": true, "__vectorcall": true, "_unaligned": true,
	"__unaligned": true, "__forceinline": true, "__try": true, "__except": true, "__finally": true, "__leave": true,
	"__uptr": true, "__sptr": true,
	"defined": true,
}
