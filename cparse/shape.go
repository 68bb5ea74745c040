package cparse

// A shape says what may be done with a macro in a function body.
type shape uint8

const (
	shapeUnknown shape = iota
	shapeKeep          // reads as an expression or call: left for the consumer
	shapeExpand        // anything else: replaced before the parse
)

// shapeOf classifies a macro by what its full replacement looks like.
func (f *File) shapeOf(m *Macro) shape {
	f.memoMu.RLock()
	s := f.shapes[m]
	f.memoMu.RUnlock()
	if s != shapeUnknown {
		return s
	}
	s = f.classify(m, nil)
	f.memoMu.Lock()
	f.shapes[m] = s
	f.memoMu.Unlock()
	return s
}

// classify expands m, with its parameters for arguments, under the policy
// for bodies, and looks at the outcome. up holds the macros in the making.
func (f *File) classify(m *Macro, up *hideset) shape {
	if m.File == nil && m.Text == "" {
		return shapeExpand
	}
	body := m.body()
	if len(body) == 0 {
		return shapeExpand
	}
	if len(body) == 1 && (body[0].kind == tokNumber || body[0].kind == tokString) {
		return shapeKeep
	}
	in := []token{{text: m.Name, kind: tokIdent}}
	if m.FuncLike {
		in = append(in, token{text: "(", kind: tokPunct})
		for i, p := range m.Params {
			if i > 0 {
				in = append(in, token{text: ",", kind: tokPunct})
			}
			in = append(in, token{text: p, kind: tokIdent, flags: flagNoExp})
		}
		in = append(in, token{text: ")", kind: tokPunct})
	}
	hide := &hideset{m, up}
	first := true
	x := &expander{}
	x.lookup = func(name string, _ int32) *Macro {
		if first && name == m.Name {
			return m
		}
		return f.Macro(name)
	}
	x.want = func(n *Macro, args [][]token) bool {
		if n == m && first {
			first = false
			return true
		}
		if hide.has(n) {
			return false
		}
		return f.wantIn(n, args, hide)
	}
	out := x.expand(in)
	if x.failed {
		return shapeKeep
	}
	return f.outcome(out)
}

// wantIn is the policy for macros inside of macros that are being classified.
func (f *File) wantIn(n *Macro, args [][]token, hide *hideset) bool {
	f.memoMu.RLock()
	s := f.shapes[n]
	f.memoMu.RUnlock()
	if s == shapeUnknown {
		depth := 0
		for h := hide; h != nil; h = h.up {
			depth++
		}
		if depth > 40 {
			return false
		}
		s = f.classify(n, hide)
		if depth == 0 {
			f.memoMu.Lock()
			f.shapes[n] = s
			f.memoMu.Unlock()
		}
	}
	if s == shapeExpand {
		return true
	}
	return !f.argsParse(args)
}

// argsStay is argsParse for arguments whose own macros are yet to be replaced:
// what stands for them must be an expression too.
func (f *File) argsStay(args [][]token) bool {
	if !f.argsParse(args) {
		return false
	}
	for _, a := range args {
		if !f.changes(a) {
			continue
		}
		x := &expander{lookup: f.macroFor, want: f.wantInBody}
		if out := x.expand(a); len(out) == 0 || !isExpr(out) && !f.isType(out) {
			return false
		}
	}
	return true
}

// changes tells whether the policy for bodies replaces a macro in toks.
func (f *File) changes(toks []token) bool {
	for i := range toks {
		t := &toks[i]
		if t.kind != tokIdent || t.flags&flagNoExp != 0 {
			continue
		}
		if m := f.macroFor(t.text, t.pos); m != nil && (!m.FuncLike || i+1 < len(toks) && toks[i+1].is("(")) && f.shapeOf(m) == shapeExpand {
			return true
		}
	}
	return false
}

// argsParse tells whether each argument is an expression or a type.
func (f *File) argsParse(args [][]token) bool {
	for _, a := range args {
		if len(a) == 0 {
			if len(args) == 1 {
				continue
			}
			return false
		}
		if !isExpr(a) && !f.isType(a) {
			return false
		}
	}
	return true
}

// wantInBody is the policy for function bodies.
func (f *File) wantInBody(m *Macro, args [][]token) bool {
	if f.shapeOf(m) == shapeExpand {
		return true
	}
	if args == nil {
		return false
	}
	if m.Variadic && len(args) > 0 {
		// The variable part is a list.
		last := args[len(args)-1]
		fixed := args[:len(args)-1]
		if len(last) > 0 {
			parts := splitCommas(last)
			if !f.argsStay(parts) {
				return true
			}
		}
		for _, a := range fixed {
			if len(a) > 0 && !f.argsStay([][]token{a}) {
				return true
			}
		}
		return false
	}
	return !f.argsStay(args)
}

// outcome tells from a replacement whether the macro may stay.
func (f *File) outcome(out []token) shape {
	for len(out) > 0 && out[len(out)-1].is(";") {
		out = out[:len(out)-1]
	}
	if len(out) == 0 {
		return shapeExpand
	}
	if len(out) == 1 && out[0].kind == tokIdent {
		if out[0].flags&flagPasted != 0 || keywords[out[0].text] != wordNone || f.isTypedef(out[0].text) {
			return shapeExpand
		}
		return shapeKeep
	}
	if escapes(out) {
		return shapeExpand
	}
	if isDoWhile(out) {
		return shapeKeep
	}
	if out[0].kind == tokIdent && f.isTypedef(out[0].text) && f.isType(out) {
		return shapeExpand
	}
	if isExpr(out) {
		return shapeKeep
	}
	return shapeExpand
}

func isDoWhile(toks []token) bool {
	if len(toks) < 6 || !toks[0].isWord("do") || !toks[1].is("{") {
		return false
	}
	end := matchParen(toks, 1)
	if end < 0 || end+2 >= len(toks) || !toks[end+1].isWord("while") || !toks[end+2].is("(") {
		return false
	}
	return matchParen(toks, end+2) == len(toks)-1
}

// escapes tells whether the tokens may leave the macro other than by
// running off its end: return, goto to a label outside, break or continue
// without a loop of its own.
func escapes(toks []token) bool {
	var labels map[string]bool
	for i := 1; i < len(toks); i++ {
		if toks[i].is(":") && toks[i-1].kind == tokIdent && (i == 1 || toks[i-2].is(";") || toks[i-2].is("{") || toks[i-2].is("}")) {
			if labels == nil {
				labels = map[string]bool{}
			}
			labels[toks[i-1].text] = true
		}
	}
	loop := false
	for i := range toks {
		if toks[i].kind != tokIdent {
			continue
		}
		switch toks[i].text {
		case "return":
			return true
		case "goto":
			if i+1 < len(toks) && toks[i+1].kind == tokIdent && !labels[toks[i+1].text] {
				return true
			}
		case "for", "while", "do", "switch":
			loop = true
		case "break", "continue":
			if !loop {
				return true
			}
		}
	}
	return false
}

// isExpr tells whether the tokens have the form of an expression: operands
// and operators in turn. What stands in brackets is not looked at.
func isExpr(toks []token) bool {
	operand := false // an operand is complete
	for i := 0; i < len(toks); i++ {
		t := &toks[i]
		switch t.kind {
		case tokIdent:
			c := keywords[t.text]
			if c == wordDrop {
				continue
			}
			if c == wordSize && !operand {
				continue
			}
			if c != wordNone {
				return false
			}
			if operand && !(i > 0 && (toks[i-1].kind == tokString)) && !castBefore(toks, i) && !(i+1 < len(toks) && toks[i+1].kind == tokString) {
				return false
			}
			operand = true
		case tokNumber, tokChar:
			if operand && !castBefore(toks, i) {
				return false
			}
			operand = true
		case tokString:
			if operand && toks[i-1].kind != tokString && toks[i-1].kind != tokIdent && !castBefore(toks, i) && !toks[i-1].is(")") {
				return false
			}
			operand = true
		case tokPunct:
			switch t.text {
			case "(", "[":
				if t.text == "[" && !operand {
					return false
				}
				end := matchParen(toks, i)
				if end < 0 {
					return false
				}
				if end == i+1 && !operand {
					return false
				}
				i = end
				operand = true
			case "{":
				if !castBefore(toks, i) {
					return false
				}
				end := matchParen(toks, i)
				if end < 0 {
					return false
				}
				i = end
				operand = true
			case ".", "->":
				if !operand || i+1 >= len(toks) || toks[i+1].kind != tokIdent {
					return false
				}
				i++
			case "++", "--":
			case "!", "~":
				if operand && !castBefore(toks, i) {
					return false
				}
				operand = false
			case "?":
				if !operand {
					return false
				}
				if i+1 < len(toks) && toks[i+1].is(":") {
					i++
				}
				operand = false
			case "+", "-", "*", "&":
				operand = false
			case "&&":
				operand = false
			case ",", ":", "=", "/", "%", "|", "^", "||", "<", ">", "<=", ">=", "==", "!=", "<<", ">>",
				"+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>=":
				if !operand {
					return false
				}
				operand = false
			default:
				return false
			}
		default:
			return false
		}
	}
	return operand
}

// castBefore tells whether the token before i closes a parenthesis that can
// be a cast.
func castBefore(toks []token, i int) bool {
	return i > 0 && toks[i-1].is(")")
}

// startsType tells whether the tokens begin as a type name does. shadow
// holds the names that are variables here.
func (f *File) startsType(toks []token, shadow map[string]bool) bool {
	for i := range toks {
		if toks[i].kind != tokIdent {
			return false
		}
		switch keywords[toks[i].text] {
		case wordQual, wordDrop:
			continue
		case wordBase, wordTag, wordTypeof, wordAuto:
			return true
		case wordNone:
			if shadow[toks[i].text] || !f.isTypedef(toks[i].text) {
				return false
			}
			if i+1 == len(toks) {
				return true
			}
			n := &toks[i+1]
			return n.is("*") || n.is("[") || n.is("(") && i+2 < len(toks) && toks[i+2].is("*") || n.kind == tokIdent
		default:
			return false
		}
	}
	return false
}

// isType tells whether the tokens are a type name and nothing else.
func (f *File) isType(toks []token) bool {
	if !f.startsType(toks, nil) {
		return false
	}
	names := 0
	for i := 0; i < len(toks); i++ {
		t := &toks[i]
		switch {
		case t.kind == tokIdent:
			switch keywords[t.text] {
			case wordBase, wordQual, wordDrop, wordAuto:
				if keywords[t.text] == wordBase || keywords[t.text] == wordAuto {
					names = 1
				}
			case wordTag:
				i++
				names = 1
				if i < len(toks) && toks[i].is("{") {
					i = matchParen(toks, i)
					if i < 0 {
						return false
					}
				}
			case wordTypeof, wordAttr:
				if keywords[t.text] == wordTypeof {
					names = 1
				}
				if i+1 < len(toks) && toks[i+1].is("(") {
					i = matchParen(toks, i+1)
					if i < 0 {
						return false
					}
				}
			case wordNone:
				names++
			default:
				return false
			}
			if names > 1 {
				return false
			}
		case t.is("*"):
		case t.is("["), t.is("("):
			i = matchParen(toks, i)
			if i < 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}
