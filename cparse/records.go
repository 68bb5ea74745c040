package cparse

// records enters the tagged records and enumerators in a declaration.
func (s *scanner) records(toks []token) {
	f := s.f
	for i := 0; i < len(toks); i++ {
		if toks[i].kind != tokIdent || keywords[toks[i].text] != wordTag {
			continue
		}
		kw := toks[i].text
		j := i + 1
		name := ""
		for j < len(toks) {
			t := toks[j]
			if t.kind == tokIdent && keywords[t.text] == wordAttr {
				j++
				if j < len(toks) && toks[j].is("(") {
					if e := matchParen(toks, j); e > 0 {
						j = e + 1
					}
				}
				continue
			}
			if t.kind == tokIdent && name == "" && keywords[t.text] == wordNone {
				name = t.text
				j++
				continue
			}
			break
		}
		if j >= len(toks) {
			return
		}
		r := &recordDef{spec: kw + " " + name, file: f, pos: toks[i].pos}
		var inner []token
		switch {
		case toks[j].kind == tokGroup:
			r.body = toks[j]
			if kw == "enum" {
				inner = f.groupTokens(toks[j])
			}
			i = j
		case toks[j].is("{"):
			e := matchParen(toks, j)
			if e < 0 {
				return
			}
			r.synt = true
			r.toks = append([]token(nil), toks[j+1:e]...)
			inner = r.toks
			i = e
		default:
			i = j - 1
			continue
		}
		if kw == "enum" {
			for _, part := range splitCommas(inner) {
				if len(part) > 0 && part[0].kind == tokIdent {
					e := &enumDef{name: part[0].text, file: f, group: r}
					f.items.enums = append(f.items.enums, e)
					f.items.enumOf[e.name] = e
				}
			}
		} else {
			s.nestedRecords(r)
		}
		if name != "" && f.items.recordOf[r.spec] == nil {
			f.items.recordOf[r.spec] = r
			f.items.records = append(f.items.records, r)
		}
	}
}

// nestedRecords enters the tagged records and enumerators defined inside a
// record: in C they have file scope.
func (s *scanner) nestedRecords(r *recordDef) {
	var toks []token
	if r.synt {
		toks = r.toks
	} else {
		// Cheap test first: few records define others.
		if !hasNested(s.f.text[r.body.pos:r.body.end]) {
			return
		}
		toks = s.f.groupTokens(r.body)
	}
	s.records(toks)
}

// hasNested tells whether the text of a record may hold another body.
func hasNested(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] == '{' {
			return true
		}
	}
	return false
}

// initMark is the text of the token that stands for an initialiser.
const initMark = "="

// cutInits takes the initialisers out of a declaration and puts marks in
// their places, whose pos is the index of the initialiser's tokens.
func cutInits(toks []token) ([]token, [][]token) {
	depth := 0
	var out []token
	var inits [][]token
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		if t.kind == tokPunct {
			switch t.text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			case "=":
				if depth == 0 {
					if out == nil {
						out = append(make([]token, 0, len(toks)), toks[:i]...)
					}
					j := i + 1
					for ; j < len(toks); j++ {
						if toks[j].kind == tokPunct {
							switch toks[j].text {
							case "(", "[", "{":
								depth++
							case ")", "]", "}":
								depth--
							}
							if depth == 0 && toks[j].text == "," {
								break
							}
						}
					}
					out = append(out, token{kind: tokOther, text: initMark, pos: int32(len(inits)), end: t.end})
					inits = append(inits, toks[i+1:j])
					i = j - 1
					continue
				}
			}
		}
		if out != nil {
			out = append(out, t)
		}
	}
	if out == nil {
		return toks, nil
	}
	return out, inits
}
