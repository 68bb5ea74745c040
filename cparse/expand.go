package cparse

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lockorder/lockorder/internal/slab"
)

// maxExpand bounds the tokens that one macro call may become, so that
// malicious or cyclic definitions end.
const (
	maxExpand = 1 << 16
	maxNest   = 200
)

// An expander replaces macros in a run of tokens, after C17 6.10.3. Which
// macros it replaces is the caller's policy: the whole list for #if and for
// declarations, only what the grammar cannot take for function bodies.
type expander struct {
	lookup  func(name string, pos int32) *Macro
	want    func(m *Macro, args [][]token) bool // nil: expand every macro
	counter int                                 // __COUNTER__
	made    int
	failed  bool              // a bound was met or a call was malformed
	mem     *slab.Slab[token] // for the runs that are gone when the expansion is done
}

// expand returns toks with the macros replaced. Tokens that a macro made
// carry the span of the outermost call.
func (x *expander) expand(toks []token) (out []token) {
	x.within(toks, func(made []token) {
		if out = made; len(out) > 0 && (len(toks) == 0 || &out[0] != &toks[0]) {
			out = slices.Clone(out)
		}
	})
	return out
}

// within is expand for who does not keep the tokens: they are gone when use returns.
func (x *expander) within(toks []token, use func(out []token)) {
	mem := slabs.Get().(*slab.Slab[token])
	outer := x.mem
	x.mem = mem
	out := x.run(toks, nil, 0)
	x.mem = outer
	use(out)
	mem.Reset()
	slabs.Put(mem)
}

// Most of what lowering a kernel allocates would be the runs of tokens on the way.
var slabs = sync.Pool{New: func() any { return slab.New[token](1<<9, 1<<16) }}

// hideset is a linked list of the macros that are being expanded.
type hideset struct {
	m  *Macro
	up *hideset
}

func (h *hideset) has(m *Macro) bool {
	for ; h != nil; h = h.up {
		if h.m == m {
			return true
		}
	}
	return false
}

// run expands in with the macros of hide painted blue. Rescanning is done
// together with the tokens that follow, but a name stays hidden only within
// the tokens that its own expansion made.
func (x *expander) run(in []token, hide *hideset, depth int) []token {
	first := -1
	for i := range in {
		if in[i].kind == tokIdent && in[i].flags&flagNoExp == 0 {
			if m := x.macro(&in[i], hide); m != nil {
				first = i
				break
			}
		}
	}
	if first < 0 {
		return in
	}
	out := append(x.mem.Make(len(in)+32), in[:first]...)
	// stack of pending token runs, innermost last
	st := []frame{{toks: in, i: first, hide: hide}}
	for len(st) > 0 {
		f := &st[len(st)-1]
		if f.i >= len(f.toks) {
			st = st[:len(st)-1]
			continue
		}
		t := f.toks[f.i]
		f.i++
		if t.kind != tokIdent || t.flags&flagNoExp != 0 {
			out = x.mem.Append(out, t)
			continue
		}
		m := x.macro(&t, f.hide)
		if m == nil {
			if f.hide != nil && f.hide.named(t.text) {
				t.flags |= flagNoExp
			}
			out = x.mem.Append(out, t)
			continue
		}
		if !m.FuncLike && x.want != nil && !x.want(m, nil) {
			out = x.mem.Append(out, t)
			continue
		}
		curHide, argHide := f.hide, f.hide
		span := t
		var args [][]token
		if m.FuncLike {
			var ok bool
			var end int32
			var to []int
			args, to, end, ok = x.collectArgs(st, m)
			if !ok {
				out = x.mem.Append(out, t)
				continue
			}
			if x.want != nil && !x.want(m, args) {
				t.flags |= flagNoExp
				out = x.mem.Append(out, t)
				continue
			}
			for i := range st {
				st[i].i = to[i]
			}
			if t.flags&flagMacro == 0 && end > span.end {
				span.end = end
			}
			for len(st) > 1 && st[len(st)-1].i >= len(st[len(st)-1].toks) {
				st = st[:len(st)-1]
			}
			// After the arguments ran into an outer run, the hide set is
			// what both have (Prosser); the outer one is a tail of it.
			curHide = st[len(st)-1].hide
		}
		if x.made > maxExpand || depth > maxNest || len(st) > maxNest {
			x.failed = true
			out = x.mem.Append(out, t)
			continue
		}
		rep := x.substitute(m, args, span, argHide, depth)
		x.made += len(rep) + 1
		st = append(st, frame{toks: rep, hide: &hideset{m, curHide}})
	}
	return out
}

type frame struct {
	toks []token
	i    int
	hide *hideset
}

func (h *hideset) named(name string) bool {
	for ; h != nil; h = h.up {
		if h.m.Name == name {
			return true
		}
	}
	return false
}

func (x *expander) macro(t *token, hide *hideset) *Macro {
	m := x.lookup(t.text, t.pos)
	if m == nil || hide.has(m) {
		return nil
	}
	return m
}

// collectArgs reads the arguments of a call of m from the pending runs; to is
// how far each run gets by it.
func (x *expander) collectArgs(st []frame, m *Macro) (args [][]token, to []int, end int32, ok bool) {
	level := len(st) - 1
	pos := make([]int, 0, 8)
	for i := range st {
		pos = append(pos, st[i].i)
	}
	next := func() *token {
		for level >= 0 {
			if pos[level] < len(st[level].toks) {
				pos[level]++
				return &st[level].toks[pos[level]-1]
			}
			level--
		}
		return nil
	}
	t := next()
	if t == nil || !t.is("(") {
		return nil, nil, 0, false
	}
	depth := 0
	var cur []token
	for {
		t = next()
		if t == nil {
			return nil, nil, 0, false
		}
		if t.kind == tokPunct {
			switch t.text {
			case "(", "[", "{":
				// Brackets and braces do not shield commas, but count
				// for the closing parenthesis only if they are "(".
				if t.text == "(" {
					depth++
				}
			case ")":
				if depth == 0 {
					args = append(args, cur)
					end = t.end
					return fixArgs(args, m), pos, end, true
				}
				depth--
			case ",":
				if depth == 0 && !(m.Variadic && len(args) >= len(m.Params)-1) {
					args = append(args, cur)
					cur = nil
					continue
				}
			}
		}
		cur = x.mem.Append(cur, *t)
	}
}

// fixArgs makes as many arguments as m has parameters: a missing variable
// part is empty; too few arguments are taken as empty too.
func fixArgs(args [][]token, m *Macro) [][]token {
	if len(m.Params) == 0 {
		return nil
	}
	for len(args) < len(m.Params) {
		args = append(args, nil)
	}
	return args
}

// substitute builds the replacement of one call.
func (x *expander) substitute(m *Macro, args [][]token, span token, hide *hideset, depth int) []token {
	if m.File == nil && m.Text == "" {
		if v, ok := x.builtin(m.Name); ok {
			return []token{{text: v, pos: span.pos, end: span.end, kind: tokNumber, flags: flagMacro | span.flags&flagSpace}}
		}
	}
	body := m.body()
	out := x.mem.Make(len(body) + 8)
	expanded := make([][]token, len(args))
	done := make([]bool, len(args))
	arg := func(i int) []token {
		if !done[i] {
			done[i] = true
			if x.want != nil && x.names(args[i]) && x.reachesPaste(m, i, span.pos, 0) {
				defer func(want func(*Macro, [][]token) bool) { x.want = want }(x.want)
				x.want = nil // another macro makes a name of what it becomes
			}
			expanded[i] = x.run(args[i], hide, depth+1)
		}
		return expanded[i]
	}
	put := func(t token) {
		if t.kind != tokGroup { // whose place is its meaning
			t.pos, t.end = span.pos, span.end
		}
		t.flags = t.flags&^flagLine | flagMacro
		out = x.mem.Append(out, t)
	}
	for i := 0; i < len(body); i++ {
		t := body[i]
		pasteNext := i+1 < len(body) && body[i+1].is("##")
		switch {
		case t.is("#") && m.FuncLike && i+1 < len(body) && m.param(body[i+1].text) >= 0:
			s := stringize(args[m.param(body[i+1].text)])
			put(token{text: s, kind: tokString, flags: t.flags})
			i++
		case t.is("##") && len(out) > 0 && i+1 < len(body):
			i++
			x.pasteOn(&out, m, args, body, &i, span, put)
		case t.isWord("__VA_OPT__") && m.Variadic && i+1 < len(body) && body[i+1].is("("):
			end := matchParen(body, i+1)
			if end < 0 {
				x.failed = true
				return out
			}
			if len(args[len(args)-1]) > 0 {
				opt := &Macro{Name: m.Name, File: m.File, FuncLike: true, Params: m.Params, Variadic: m.Variadic, Text: m.Text}
				opt.once.Do(func() { opt.toks = body[i+2 : end] })
				for _, t := range x.substitute(opt, args, span, hide, depth+1) {
					put(t)
				}
			}
			i = end
		case t.kind == tokIdent && m.FuncLike && m.param(t.text) >= 0:
			p := m.param(t.text)
			a := args[p]
			if !pasteNext {
				a = arg(p)
			}
			for j, u := range a {
				if j == 0 {
					u.flags = u.flags&^flagSpace | t.flags&flagSpace
				}
				put(u)
			}
			if pasteNext && len(a) == 0 {
				// A placemarker: the right-hand side stands alone.
				put(token{kind: tokOther})
			}
		default:
			put(t)
		}
		if len(out) > maxExpand {
			x.failed = true
			return out
		}
	}
	// Placemarkers go.
	keep := out[:0]
	for _, t := range out {
		if t.kind == tokOther && t.text == "" {
			continue
		}
		keep = append(keep, t)
	}
	return keep
}

// names reports whether toks name a macro.
func (x *expander) names(toks []token) bool {
	for i := range toks {
		if t := &toks[i]; t.kind == tokIdent && t.flags&flagNoExp == 0 && x.lookup(t.text, t.pos) != nil {
			return true
		}
	}
	return false
}

// reachesPaste reports whether m hands parameter p on, as it is, to a macro that pastes
// it or makes a string of it, or hands it on in turn; pos is where m is used.
func (x *expander) reachesPaste(m *Macro, p int, pos int32, depth int) bool {
	body := m.body()
	for i := range body {
		if body[i].kind != tokIdent || i+1 >= len(body) || !body[i+1].is("(") {
			continue
		}
		n := x.lookup(body[i].text, pos)
		if n == nil || !n.FuncLike || n == m {
			continue
		}
		arg, level := 0, 0
		for j := i + 2; j+1 < len(body) && level >= 0; j++ {
			switch t := &body[j]; {
			case t.is("("):
				level++
			case t.is(")"):
				level--
			case t.is(",") && level == 0:
				arg++
			case level == 0 && t.kind == tokIdent && m.param(t.text) == p && arg < len(n.Params) &&
				(body[j-1].is("(") || body[j-1].is(",")) && (body[j+1].is(",") || body[j+1].is(")")):
				if n.pastes(arg) || depth < maxHandedOn && x.reachesPaste(n, arg, pos, depth+1) {
					return true
				}
			}
		}
	}
	return false
}

// maxHandedOn is through how many macros an argument is followed.
const maxHandedOn = 6

// pastes reports whether m pastes its parameter p, or makes a string of it.
func (m *Macro) pastes(p int) bool {
	body := m.body()
	for i := range body {
		if body[i].kind == tokIdent && m.param(body[i].text) == p &&
			(i > 0 && (body[i-1].is("##") || body[i-1].is("#")) || i+1 < len(body) && body[i+1].is("##")) {
			return true
		}
	}
	return false
}

// pasteOn joins the operand at body[*i] to the last token of out.
func (x *expander) pasteOn(out *[]token, m *Macro, args [][]token, body []token, i *int, span token, put func(token)) {
	t := body[*i]
	rhs := []token{t}
	if t.kind == tokIdent && m.FuncLike {
		if p := m.param(t.text); p >= 0 {
			rhs = args[p]
			last := &(*out)[len(*out)-1]
			// GNU: ", ## args" drops the comma where args is empty and
			// pastes nothing where it is not.
			if m.Variadic && p == len(m.Params)-1 && last.is(",") {
				if len(rhs) == 0 {
					*out = (*out)[:len(*out)-1]
					return
				}
				for _, u := range rhs {
					put(u)
				}
				return
			}
		}
	}
	if len(rhs) == 0 {
		return
	}
	last := &(*out)[len(*out)-1]
	if last.kind == tokOther && last.text == "" {
		r := rhs[0]
		*last = token{text: r.text, kind: r.kind, flags: last.flags | flagPasted | flagMacro, pos: span.pos, end: span.end}
	} else {
		text := last.text + rhs[0].text
		l := newLexer(text, 0, len(text))
		l.noPP = true
		t := l.next()
		if int(t.end) == len(text) {
			*last = token{text: text, kind: t.kind, flags: last.flags&^flagNoExp | flagPasted | flagMacro, pos: span.pos, end: span.end}
		} else {
			put(rhs[0])
		}
	}
	for _, u := range rhs[1:] {
		put(u)
	}
}

func stringize(toks []token) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, t := range toks {
		if i > 0 && t.flags&flagSpace != 0 {
			b.WriteByte(' ')
		}
		if t.kind == tokString || t.kind == tokChar {
			for j := 0; j < len(t.text); j++ {
				if c := t.text[j]; c == '"' || c == '\\' {
					b.WriteByte('\\')
				}
				b.WriteByte(t.text[j])
			}
			continue
		}
		b.WriteString(t.text)
	}
	b.WriteByte('"')
	return b.String()
}

// matchParen returns the index of the bracket that closes the one at i, -1
// for none.
func matchParen(toks []token, i int) int {
	depth := 0
	for ; i < len(toks); i++ {
		if toks[i].kind != tokPunct {
			continue
		}
		switch toks[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
			if depth == 0 {
				return i
			}
			if depth < 0 {
				return -1
			}
		}
	}
	return -1
}

// builtin is the value of a macro that the compiler makes up anew each time.
func (x *expander) builtin(name string) (string, bool) {
	switch name {
	case "__COUNTER__":
		x.counter++
		return strconv.Itoa(x.counter), true
	case "__LINE__":
		return "1", true
	}
	return "", false
}
