package cparse

import (
	"path"
	"strings"
)

// A kconfig is what a tree's Kconfig files say of its options: enough to tell
// which ones a configuration with every feature on sets, and with what value.
// Options of other architectures, and those that nothing selects, are off.
type kconfig struct {
	read    func(name string) ([]byte, error)
	arch    string
	force   func(name string) (string, bool) // overrides, without the prefix
	syms    map[string]*kSymbol
	order   []*kSymbol // as first named
	sources map[string]bool
	depth   int
}

type kSymbol struct {
	name     string
	kind     string // bool, tristate, int, hex, string
	prompt   bool
	deps     []string // all must hold
	defaults []kDefault
	by       []kSelect
	choice   *kChoice
	state    int8 // 0 not evaluated, 1 being evaluated, 2 known
	value    string
}

type kDefault struct{ value, cond string }

type kSelect struct {
	by   *kSymbol
	cond string
}

// A kChoice is a group of options of which one is set.
type kChoice struct {
	defaults []kDefault
	members  []*kSymbol
	deps     []string
}

// loadKconfig reads the Kconfig files from the one at the root; nil if there
// is none.
func (t *Tree) loadKconfig() *kconfig {
	if !t.exists("Kconfig") {
		return nil
	}
	k := &kconfig{read: t.disk.read, arch: t.cfg.Arch, syms: map[string]*kSymbol{}, sources: map[string]bool{}}
	k.force = func(name string) (string, bool) { return t.data.forcedValue(optionPrefix + name) }
	k.source("Kconfig", nil)
	// All at once and in order: options that depend on each other in a
	// circle must not depend on who is asked first.
	for _, s := range k.order {
		k.valueOf(s.name)
	}
	return k
}

// maxKconfigDepth bounds nested source lines and expressions.
const maxKconfigDepth = 60

// A kParser walks the lines of one file; blocks nest through deps.
type kParser struct {
	k     *kconfig
	deps  []string // of the menus and ifs around
	depth []int    // length of deps outside of each open block
	open  []*kChoice
	cur   *kSymbol
	menu  bool // attributes belong to a menu
}

func (k *kconfig) source(name string, deps []string) {
	if k.sources[name] || len(k.sources) > 10000 {
		return
	}
	k.sources[name] = true
	src, err := k.read(name)
	if err != nil {
		return
	}
	p := &kParser{k: k, deps: append([]string(nil), deps...)}
	lines := strings.Split(string(src), "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = strings.TrimSuffix(line, "\\") + " " + lines[i]
		}
		word, rest := cutWord(line)
		if word == "help" || word == "---help---" {
			i = skipHelp(lines, i)
			continue
		}
		p.line(word, rest)
	}
}

func cutWord(line string) (word, rest string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", ""
	}
	i := strings.IndexAny(line, " \t\"")
	if i < 0 {
		return line, ""
	}
	return line[:i], strings.TrimSpace(line[i:])
}

// skipHelp returns the last line of the help text that starts behind line i:
// what is indented at least as its first line.
func skipHelp(lines []string, i int) int {
	indent := -1
	for i+1 < len(lines) {
		l := lines[i+1]
		if strings.TrimSpace(l) == "" {
			i++
			continue
		}
		n := 0
		for _, c := range l {
			if c == '\t' {
				n = n&^7 + 8
			} else if c == ' ' {
				n++
			} else {
				break
			}
		}
		if indent < 0 {
			if n == 0 {
				return i
			}
			indent = n
		}
		if n < indent {
			return i
		}
		i++
	}
	return i
}

func (p *kParser) line(word, rest string) {
	switch word {
	case "config", "menuconfig":
		p.menu = false
		s := p.k.symbol(rest)
		s.deps = append(s.deps, p.conj())
		p.cur = s
		if n := len(p.open); n > 0 && p.open[n-1] != nil {
			s.choice = p.open[n-1]
			s.choice.members = append(s.choice.members, s)
		}
	case "if":
		p.push(nil)
		p.deps = append(p.deps, rest)
	case "menu":
		p.push(nil)
		p.menu = true
	case "choice":
		p.push(&kChoice{deps: append([]string(nil), p.deps...)})
	case "endif", "endmenu", "endchoice":
		p.cur, p.menu = nil, false
		if n := len(p.depth); n > 0 {
			p.deps = p.deps[:p.depth[n-1]]
			p.depth, p.open = p.depth[:n-1], p.open[:n-1]
		}
	case "source", "rsource", "osource":
		p.cur, p.menu = nil, false
		name := strings.NewReplacer("$(SRCARCH)", p.k.arch, "$SRCARCH", p.k.arch, "$(srctree)/", "").Replace(strings.Trim(rest, `"`))
		name = path.Clean(name)
		if !strings.HasPrefix(name, "../") && !path.IsAbs(name) && len(p.depth) < maxKconfigDepth {
			p.k.source(name, p.deps)
		}
	case "comment", "mainmenu":
		p.cur, p.menu = nil, false
	default:
		p.attribute(word, rest)
	}
}

func (p *kParser) push(c *kChoice) {
	p.depth = append(p.depth, len(p.deps))
	p.open = append(p.open, c)
	p.cur, p.menu = nil, false
}

// conj is the condition of the blocks around, as one expression.
func (p *kParser) conj() string {
	if len(p.deps) == 0 {
		return ""
	}
	return "(" + strings.Join(p.deps, ") && (") + ")"
}

func (p *kParser) attribute(word, rest string) {
	body, cond := cutIf(rest)
	s := p.cur
	if s == nil {
		if word == "depends" {
			cond := strings.TrimPrefix(rest, "on ")
			if n := len(p.open); p.menu {
				p.deps = append(p.deps, cond)
			} else if n > 0 && p.open[n-1] != nil {
				p.open[n-1].deps = append(p.open[n-1].deps, cond)
				p.deps = append(p.deps, cond)
			}
		}
		if n := len(p.open); n > 0 && p.open[n-1] != nil && word == "default" {
			p.open[n-1].defaults = append(p.open[n-1].defaults, kDefault{body, cond})
		}
		return
	}
	switch word {
	case "bool", "boolean", "tristate", "int", "hex", "string":
		s.kind = word
		s.prompt = s.prompt || strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, `'`)
	case "prompt":
		s.prompt = true
	case "def_bool", "def_tristate":
		s.kind = strings.TrimPrefix(word, "def_")
		s.defaults = append(s.defaults, kDefault{body, cond})
	case "default":
		s.defaults = append(s.defaults, kDefault{body, cond})
	case "depends":
		s.deps = append(s.deps, strings.TrimPrefix(rest, "on "))
	case "select":
		t := p.k.symbol(body)
		t.by = append(t.by, kSelect{s, cond})
	}
}

// cutIf splits "x if cond", minding quotes.
func cutIf(s string) (body, cond string) {
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch {
		case quote != 0:
			if s[i] == quote {
				quote = 0
			}
		case s[i] == '"' || s[i] == '\'':
			quote = s[i]
		case s[i] == '#':
			return strings.TrimSpace(s[:i]), ""
		case s[i] == 'i' && strings.HasPrefix(s[i:], "if ") && i > 0 && (s[i-1] == ' ' || s[i-1] == '\t' || s[i-1] == '"'):
			return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+3:])
		}
	}
	return strings.TrimSpace(s), ""
}

func (k *kconfig) symbol(name string) *kSymbol {
	name = strings.TrimSpace(name)
	s := k.syms[name]
	if s == nil {
		s = &kSymbol{name: name}
		k.syms[name] = s
		k.order = append(k.order, s)
	}
	return s
}

// valueOf is the value of an option without its prefix: "n" if it is off.
func (k *kconfig) valueOf(name string) string {
	s := k.syms[name]
	if v, ok := k.force(name); ok {
		return v
	}
	if s == nil {
		return "n"
	}
	switch s.state {
	case 1:
		return "n"
	case 0:
		if k.depth > 10000 {
			return "n"
		}
		s.state = 1
		k.depth++
		s.value = k.compute(s)
		k.depth--
		s.state = 2
	}
	return s.value
}

func (k *kconfig) compute(s *kSymbol) string {
	switch s.kind {
	case "int", "hex", "string":
		for _, d := range s.defaults {
			if k.holds(d.cond) {
				if t := k.syms[d.value]; t != nil {
					return k.valueOf(d.value)
				}
				if strings.HasPrefix(d.value, "$") {
					break
				}
				if s.kind != "string" {
					return strings.Trim(d.value, `"`)
				}
				return d.value
			}
		}
		if s.kind == "string" {
			return `""`
		}
		if s.kind == "" {
			return "n"
		}
		return "0"
	}
	for _, b := range s.by {
		if k.valueOf(b.by.name) == "y" && k.holds(b.cond) {
			return "y"
		}
	}
	if s.kind == "" {
		return "n"
	}
	for _, d := range s.deps {
		p := &kExpr{k: k, s: d, wishful: s.prompt && s.choice == nil}
		if d != "" && p.or(0) != "y" {
			return "n"
		}
	}
	if s.choice != nil {
		if k.chosen(s.choice) == s {
			return "y"
		}
		return "n"
	}
	if s.prompt {
		return "y"
	}
	for _, d := range s.defaults {
		if k.holds(d.cond) {
			if k.holds(d.value) {
				return "y"
			}
			return "n"
		}
	}
	return "n"
}

func (k *kconfig) chosen(c *kChoice) *kSymbol {
	for _, m := range c.members {
		if v, ok := k.force(m.name); ok && v == "y" {
			return m
		}
	}
	possible := func(m *kSymbol) bool {
		if v, ok := k.force(m.name); ok && v != "y" {
			return false
		}
		for _, d := range m.deps {
			if !k.holds(d) {
				return false
			}
		}
		return true
	}
	for _, d := range c.defaults {
		if m := k.syms[d.value]; m != nil && k.holds(d.cond) && possible(m) {
			return m
		}
	}
	for _, m := range c.members {
		if possible(m) {
			return m
		}
	}
	return nil
}

// holds evaluates a condition; the empty one holds.
func (k *kconfig) holds(e string) bool {
	if e == "" {
		return true
	}
	p := &kExpr{k: k, s: e}
	return p.or(0) == "y"
}

// A kExpr evaluates one Kconfig expression.
type kExpr struct {
	k *kconfig
	s string
	// wishful takes "!X" to hold where X is the user's to turn off: features
	// that exclude each other are both on, since both are to be looked at.
	wishful bool
}

func (p *kExpr) skip() {
	p.s = strings.TrimLeft(p.s, " \t")
	if strings.HasPrefix(p.s, "#") {
		p.s = ""
	}
}

func (p *kExpr) accept(op string) bool {
	p.skip()
	if strings.HasPrefix(p.s, op) {
		p.s = p.s[len(op):]
		return true
	}
	return false
}

func yes(b bool) string {
	if b {
		return "y"
	}
	return "n"
}

func (p *kExpr) or(depth int) string {
	v := p.and(depth)
	for p.accept("||") {
		w := p.and(depth)
		v = yes(v == "y" || w == "y")
	}
	return v
}

func (p *kExpr) and(depth int) string {
	v := p.unary(depth)
	for p.accept("&&") {
		w := p.unary(depth)
		v = yes(v == "y" && w == "y")
	}
	return v
}

func (p *kExpr) unary(depth int) string {
	if depth > maxKconfigDepth {
		p.s = ""
		return "n"
	}
	p.skip()
	if strings.HasPrefix(p.s, "!") && !strings.HasPrefix(p.s, "!=") {
		p.s = p.s[1:]
		if p.wishful && p.optional() {
			p.atom()
			return "y"
		}
		return yes(p.unary(depth+1) != "y")
	}
	if p.accept("(") {
		v := p.or(depth + 1)
		p.accept(")")
		return v
	}
	v := p.atom()
	switch {
	case p.accept("!="):
		return yes(v != p.atom())
	case p.accept("<="), p.accept(">="), p.accept("<"), p.accept(">"):
		// Versions of tools: new ones.
		p.atom()
		return "y"
	case p.accept("="):
		return yes(v == p.atom())
	}
	if v == "m" {
		return "y"
	}
	return v
}

// optional tells whether the next atom is a feature that the user may turn
// off.
func (p *kExpr) optional() bool {
	p.skip()
	i := 0
	for i < len(p.s) && identPart[p.s[i]] {
		i++
	}
	s := p.k.syms[p.s[:i]]
	if s == nil || !s.prompt || s.choice != nil || len(s.by) > 0 {
		return false
	}
	_, forced := p.k.force(s.name)
	return !forced
}

// atom is a symbol's value, a literal, or "y" for what a tool would be asked.
func (p *kExpr) atom() string {
	p.skip()
	if p.s == "" {
		return "n"
	}
	switch c := p.s[0]; c {
	case '"', '\'':
		end := strings.IndexByte(p.s[1:], c)
		if end < 0 {
			end = len(p.s) - 1
		}
		v := p.s[1 : 1+end]
		p.s = p.s[min(len(p.s), end+2):]
		return strings.NewReplacer("$(ARCH)", p.k.arch, "$(SRCARCH)", p.k.arch).Replace(v)
	case '$':
		depth := 0
		for i := 0; i < len(p.s); i++ {
			switch p.s[i] {
			case '(':
				depth++
			case ')':
				depth--
				if depth == 0 {
					p.s = p.s[i+1:]
					return "y"
				}
			}
		}
		p.s = ""
		return "y"
	}
	i := 0
	for i < len(p.s) && (identPart[p.s[i]] || p.s[i] == '-' || p.s[i] == '.') {
		i++
	}
	if i == 0 {
		p.s = p.s[1:]
		return "n"
	}
	name := p.s[:i]
	p.s = p.s[i:]
	if name == "y" || name == "n" || name == "m" || digit[name[0]] && p.k.syms[name] == nil {
		return name
	}
	return p.k.valueOf(name)
}
