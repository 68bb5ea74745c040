package rules

import (
	"go/token"
	"strings"
)

// A word of a rules file: a name, a pattern, an operator or a string.
type tok struct {
	text string
	str  bool // was in quotes
	pos  token.Position
}

// statements cuts a rules file into statements: a line, with the lines behind
// it that begin with blank space. Comments are gone.
func statements(src Source, errs *ErrorList) [][]tok {
	var out [][]tok
	off := 0
	for n, line := range strings.Split(string(src.Text), "\n") {
		toks, err := words(line, token.Position{Filename: src.Name, Offset: off, Line: n + 1, Column: 1})
		off += len(line) + 1
		more := len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && len(out) > 0
		if err != nil {
			// One fault is enough: the statement is left out.
			*errs = append(*errs, err)
			if more {
				out = out[:len(out)-1]
			}
			continue
		}
		if len(toks) == 0 {
			continue
		}
		if more {
			out[len(out)-1] = append(out[len(out)-1], toks...)
			continue
		}
		out = append(out, toks)
	}
	return out
}

// words cuts a line into words. Braces keep a pattern together, whatever is in
// them.
func words(line string, start token.Position) ([]tok, *Error) {
	var out []tok
	at := func(i int) token.Position {
		p := start
		p.Column += i
		p.Offset += i
		return p
	}
	for i := 0; i < len(line); {
		c := line[i]
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#':
			return out, nil
		case c == '"':
			j := strings.IndexByte(line[i+1:], '"')
			if j < 0 {
				return nil, &Error{at(i), "string without end"}
			}
			out = append(out, tok{line[i+1 : i+1+j], true, at(i)})
			i += j + 2
		case c == '!' && i+1 < len(line) && line[i+1] == '<':
			out = append(out, tok{"!<", false, at(i)})
			i += 2
		case strings.IndexByte("<|(),", c) >= 0:
			out = append(out, tok{line[i : i+1], false, at(i)})
			i++
		default:
			j, depth := i, 0
			for ; j < len(line); j++ {
				c := line[j]
				if c == '{' {
					depth++
				} else if c == '}' {
					depth--
				} else if depth <= 0 && strings.IndexByte(" \t\r#\"<|(),", c) >= 0 {
					break
				}
			}
			out = append(out, tok{line[i:j], false, at(i)})
			i = j
		}
	}
	return out, nil
}

// A variant is one expansion of a pattern, with the attributes of the
// alternatives that made it.
type variant struct {
	name  string
	attrs []tok
}

// expand multiplies out the braces of a pattern:
// "spin_{,un}lock{,_irq:irqoff}". Attributes follow an alternative after colons.
func expand(pattern tok) ([]variant, *Error) {
	out := []variant{{}}
	s, base := pattern.text, pattern.pos
	at := func(i int) token.Position {
		p := base
		p.Column += i
		p.Offset += i
		return p
	}
	for i := 0; i < len(s); {
		j := strings.IndexAny(s[i:], "{}")
		if j < 0 {
			for k := range out {
				out[k].name += s[i:]
			}
			break
		}
		j += i
		if s[j] == '}' {
			return nil, &Error{at(j), "} without {"}
		}
		for k := range out {
			out[k].name += s[i:j]
		}
		end := strings.IndexAny(s[j+1:], "{}")
		if end < 0 || s[j+1+end] == '{' {
			return nil, &Error{at(j), "{ without }"}
		}
		end += j + 1
		var alts []variant
		for k := j + 1; k <= end; {
			e := k
			for e < end && s[e] != ',' {
				e++
			}
			parts := strings.Split(s[k:e], ":")
			v := variant{name: parts[0]}
			p := k + len(parts[0]) + 1
			for _, a := range parts[1:] {
				v.attrs = append(v.attrs, tok{a, false, at(p)})
				p += len(a) + 1
			}
			alts = append(alts, v)
			k = e + 1
		}
		if len(out)*len(alts) > 4096 {
			return nil, &Error{base, "pattern has too many variants"}
		}
		var next []variant
		for _, o := range out {
			for _, a := range alts {
				next = append(next, variant{o.name + a.name, append(o.attrs[:len(o.attrs):len(o.attrs)], a.attrs...)})
			}
		}
		out = next
		i = end + 1
	}
	return out, nil
}
