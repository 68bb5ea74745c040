package cparse

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// A makefile is what the Makefile or Kbuild of a directory says of objects and
// directories, by their names relative to it: obj-$(CONFIG_X) += x.o, x-y := a.o b.o,
// obj-y += sub/. It is understood as far as that needs: variables, conditions on them,
// a few functions. What is not understood is taken to be built.
type makefile struct {
	mentions map[string]bool // in a list of what is built, whether or not it is
	built    map[string]bool
}

// kbuild has the makefiles of a tree that have been read.
type kbuild struct {
	mu   sync.Mutex
	dirs map[string]*makefile // nil: none
}

// LeftOut reports whether the configuration leaves a .c file out of the build, by the
// makefiles below a directory that somebody has named: of that itself, what it says of
// the file and of directories below it, not whether it is built. A file that no
// makefile speaks of is not left out, nor is a part of another file.
func (t *Tree) LeftOut(name, below string) bool {
	rel, ok := strings.CutPrefix(name, below+"/")
	if below == "." {
		rel, ok = name, true
	}
	if !ok || !strings.HasSuffix(name, ".c") || t.WholeOf(name) != "" {
		return false
	}
	dir := path.Clean(below)
	object := strings.TrimSuffix(rel, ".c") + ".o"
	for {
		m := t.makefile(dir)
		if m.leaves(object) {
			return true
		}
		first, rest, more := strings.Cut(object, "/")
		if !more {
			return false
		}
		if m.leaves(first + "/") {
			return true
		}
		dir, object = path.Join(dir, first), rest
	}
}

// leaves reports whether what the makefile names is not built.
func (m *makefile) leaves(name string) bool { return m != nil && m.mentions[name] && !m.built[name] }

// makefile returns that of a directory, nil if it has none. As in the build, a Kbuild
// comes first.
func (t *Tree) makefile(dir string) *makefile {
	t.kbuild.mu.Lock()
	defer t.kbuild.mu.Unlock()
	m, ok := t.kbuild.dirs[dir]
	if ok {
		return m
	}
	for _, base := range []string{"Kbuild", "Makefile"} {
		name := path.Join(dir, base)
		if !t.exists(name) {
			continue
		}
		if src, err := t.disk.read(name); err == nil {
			m = readMakefile(string(src), t.makeVariable)
		}
		break
	}
	if t.kbuild.dirs == nil {
		t.kbuild.dirs = map[string]*makefile{}
	}
	t.kbuild.dirs[dir] = m
	return m
}

// makeVariable is the value of a variable that comes from outside of a makefile.
func (t *Tree) makeVariable(name string) (string, bool) {
	if !strings.HasPrefix(name, optionPrefix) {
		return t.cfg.Arch, name == "SRCARCH"
	}
	v, ok := t.data.value(name)
	if !ok || v == "n" {
		v = ""
	}
	return v, true
}

const (
	unsure       = "?" // in a value: what it is, is not known
	maxMakeDepth = 32
	maxMakeText  = 1 << 20 // of one value
)

// A maker walks the lines of a makefile.
type maker struct {
	outer func(name string) (string, bool)
	vars  map[string]string
	lists map[string][]string // by variable, what is written into it, whether or not
	conds []makeCond
	rule  bool // lines with a tab are a rule's
	depth int
}

// A makeCond is an open condition.
type makeCond struct {
	live   bool // the present branch may be taken
	taken  bool // a branch before it was, for certain
	unsure bool // whether the present one is, is not known
}

func readMakefile(text string, outer func(name string) (string, bool)) *makefile {
	k := &maker{outer: outer, vars: map[string]string{}, lists: map[string][]string{}}
	lines := strings.Split(text, "\n")
	define := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		for strings.HasSuffix(line, "\\") && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + " " + lines[i]
		}
		word, _ := cutWord(line)
		switch {
		case define:
			define = word != "endef"
		case word == "define":
			define = true
		default:
			k.line(line)
		}
	}
	return k.result()
}

// line acts on one logical line.
func (k *maker) line(line string) {
	recipe := strings.HasPrefix(line, "\t") && k.rule
	if i := strings.IndexByte(line, '#'); i >= 0 {
		line = line[:i]
	}
	line = strings.TrimSpace(line)
	if line == "" || recipe {
		return
	}
	word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	if word, paren, ok := strings.Cut(word, "("); ok && (word == "ifeq" || word == "ifneq") {
		k.cond(word, "("+paren+" "+rest)
		return
	}
	switch word {
	case "ifeq", "ifneq", "ifdef", "ifndef":
		k.cond(word, strings.TrimSpace(rest))
		return
	case "else":
		k.otherwise(strings.TrimSpace(rest))
		return
	case "endif":
		if n := len(k.conds); n > 0 {
			k.conds = k.conds[:n-1]
		}
		return
	case "export", "override":
		line = strings.TrimSpace(rest)
	}
	k.rule = !k.assign(line)
}

// state says whether lines are to be followed.
func (k *maker) state() (live, sure bool) {
	live, sure = true, true
	for _, c := range k.conds {
		live, sure = live && c.live, sure && !c.unsure
	}
	return live, sure
}

func (k *maker) cond(word, rest string) {
	yes, sure := k.holds(word, rest)
	k.conds = append(k.conds, makeCond{live: yes || !sure, taken: yes && sure, unsure: !sure})
}

func (k *maker) otherwise(rest string) {
	n := len(k.conds)
	if n == 0 {
		return
	}
	c := &k.conds[n-1]
	yes, sure := true, true
	if word, rest, _ := strings.Cut(rest, " "); strings.HasPrefix(word, "if") {
		if w, paren, ok := strings.Cut(word, "("); ok {
			word, rest = w, "("+paren+" "+rest
		}
		yes, sure = k.holds(word, strings.TrimSpace(rest))
	}
	c.live = !c.taken && (yes || !sure)
	c.unsure = c.unsure || !sure // a branch before it may have been taken
	c.taken = c.taken || yes && sure
}

// holds evaluates a condition; sure is false where it cannot be told.
func (k *maker) holds(word, rest string) (yes, sure bool) {
	switch word {
	case "ifdef", "ifndef":
		v := k.value(strings.TrimSpace(rest))
		return (v != "") == (word == "ifdef"), !strings.Contains(v, unsure)
	}
	var a, b string
	if inner, ok := strings.CutPrefix(rest, "("); ok {
		inner = strings.TrimSuffix(strings.TrimSpace(inner), ")")
		i := atDepth(inner, ',')
		if i < 0 {
			return true, false
		}
		a, b = inner[:i], inner[i+1:]
	} else {
		parts := strings.FieldsFunc(rest, func(r rune) bool { return r == '"' || r == '\'' })
		parts = slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" })
		if len(parts) == 0 || len(parts) > 2 {
			return true, false
		}
		a = parts[0]
		if len(parts) == 2 {
			b = parts[1]
		}
	}
	a, b = strings.TrimSpace(k.expand(a)), strings.TrimSpace(k.expand(b))
	return (a == b) == (word == "ifeq"), !strings.Contains(a+b, unsure)
}

// atDepth finds a character outside of references to variables; -1 for none.
func atDepth(s string, c byte) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == c && depth == 0:
			return i
		case s[i] == '(' || s[i] == '{':
			depth++
		case s[i] == ')' || s[i] == '}':
			depth--
		}
	}
	return -1
}

// assign acts on an assignment; false if the line is none.
func (k *maker) assign(line string) bool {
	i := atDepth(line, '=')
	if i < 1 {
		return false
	}
	op := "="
	end := i
	switch line[i-1] {
	case ':', '+', '?', '!':
		end--
		op = line[end : i+1]
		for end > 0 && line[end-1] == ':' { // ::=
			end--
		}
	}
	raw := strings.TrimSpace(line[:end])
	if raw == "" || atDepth(raw, ':') >= 0 || strings.ContainsAny(strings.TrimSpace(outside(raw)), " \t") {
		return false // of a target
	}
	name := strings.TrimSpace(k.expand(raw))
	value := k.expand(line[i+1:])
	if op == "!=" {
		value = unsure
	}
	if isList(raw) {
		k.lists[name] = append(k.lists[name], strings.Fields(value)...)
	}
	live, sure := k.state()
	old, has := k.vars[name]
	switch {
	case !live || op == "?=" && has && sure:
		return true
	case op == "+=" || !sure:
		value = old + " " + value
	}
	if len(value) <= maxMakeText {
		k.vars[name] = value
	}
	return true
}

// outside is a text without its references to variables.
func outside(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '$' && i+1 < len(s) && (s[i+1] == '(' || s[i+1] == '{') {
			i = closing(s, i+1)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// closing is the place of the bracket that closes that at i, or the end.
func closing(s string, i int) int {
	open, shut := s[i], byte(')')
	if open == '{' {
		shut = '}'
	}
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(s)
}

// isList reports whether a variable, as it is spelled, lists what is built: obj-y,
// lib-$(CONFIG_X), ext4-objs.
func isList(raw string) bool {
	i := strings.LastIndexByte(outside(raw), '-')
	if i < 1 {
		return false
	}
	switch outside(raw)[i+1:] {
	case "y", "m", "objs":
		return true
	case "":
		return strings.HasSuffix(raw, ")") || strings.HasSuffix(raw, "}")
	}
	return false
}

// value is that of a variable.
func (k *maker) value(name string) string {
	if v, ok := k.vars[name]; ok {
		return v
	}
	if v, ok := k.outer(name); ok {
		return v
	}
	return unsure
}

// expand replaces the references in a text.
func (k *maker) expand(s string) string {
	i := strings.IndexByte(s, '$')
	if i < 0 {
		return s
	}
	if k.depth++; k.depth > maxMakeDepth {
		k.depth--
		return unsure
	}
	defer func() { k.depth-- }()
	var b strings.Builder
	for ; i >= 0 && i+1 < len(s) && b.Len() <= maxMakeText; i = strings.IndexByte(s, '$') {
		b.WriteString(s[:i])
		switch s[i+1] {
		case '$':
			b.WriteByte('$')
			s = s[i+2:]
		case '(', '{':
			end := closing(s, i+1)
			b.WriteString(k.reference(s[i+2 : end]))
			s = s[min(end+1, len(s)):]
		default:
			b.WriteString(unsure)
			s = s[i+2:]
		}
	}
	b.WriteString(s)
	return b.String()
}

// reference is what stands for the text between the brackets of $(...).
func (k *maker) reference(s string) string {
	fn, rest, call := strings.Cut(s, " ")
	if !call || strings.ContainsAny(fn, "$:") {
		if strings.ContainsAny(s, ":") { // x:.c=.o
			return unsure
		}
		v := k.value(strings.TrimSpace(k.expand(s)))
		return k.expand(v)
	}
	var args []string
	for i := atDepth(rest, ','); i >= 0; i = atDepth(rest, ',') {
		args = append(args, k.expand(rest[:i]))
		rest = rest[i+1:]
	}
	args = append(args, k.expand(rest))
	all := strings.Join(args, " ")
	known := !strings.Contains(all, unsure)
	switch {
	case fn == "strip" && len(args) == 1:
		return strings.Join(strings.Fields(all), " ")
	case fn == "subst" && len(args) == 3 && known && args[0] != "":
		return strings.ReplaceAll(args[2], strings.TrimSpace(args[0]), args[1])
	case fn == "or" && known:
		for _, a := range args {
			if strings.TrimSpace(a) != "" {
				return strings.TrimSpace(a)
			}
		}
		return ""
	case fn == "and" && known:
		last := ""
		for _, a := range args {
			if last = strings.TrimSpace(a); last == "" {
				return ""
			}
		}
		return last
	case fn == "if" && len(args) >= 2 && !strings.Contains(args[0], unsure):
		if strings.TrimSpace(args[0]) != "" {
			return args[1]
		}
		return strings.Join(args[2:], ",")
	}
	// Of another function, all that it is given may come out.
	return all + " " + unsure
}

// result finds what is built: what stands in the lists that are, and in those of the
// objects that are.
func (k *maker) result() *makefile {
	m := &makefile{mentions: map[string]bool{}, built: map[string]bool{}}
	named := func(word string) (string, bool) {
		return path.Clean(word) + map[bool]string{true: "/"}[strings.HasSuffix(word, "/")], strings.HasSuffix(word, ".o") || strings.HasSuffix(word, "/")
	}
	for _, words := range k.lists {
		for _, w := range words {
			if n, ok := named(w); ok {
				m.mentions[n] = true
			}
		}
	}
	parts := map[string][]string{} // of an object
	var todo []string
	for name, value := range k.vars {
		stem, ok := strings.CutSuffix(name, "-objs")
		for _, s := range []string{"-y", "-m"} {
			if !ok {
				stem, ok = strings.CutSuffix(name, s)
			}
		}
		switch object := stem + ".o"; {
		case strings.HasSuffix(name, "-"): // where an option is off
		case ok && m.mentions[object]:
			parts[object] = append(parts[object], strings.Fields(value)...)
		default:
			todo = append(todo, strings.Fields(value)...)
		}
	}
	for len(todo) > 0 {
		n, ok := named(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		if ok && !m.built[n] {
			m.built[n] = true
			todo = append(todo, parts[n]...)
		}
	}
	return m
}
