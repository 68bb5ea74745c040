package lockdep

import (
	"path"
	"slices"
	"strings"
)

// A site is a call in the text that may give a lock its name.
type site struct {
	file   string
	off    int32
	callee string
	args   []string // as the preprocessor would spell them
	macro  *macro   // the definition that the call stands in, nil if none does
}

// A macro is the head of a definition.
type macro struct {
	name   string
	params []string
}

const (
	identStart = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	identChars = identStart + "0123456789"
)

func isIdentStart(c byte) bool { return strings.IndexByte(identStart, c) >= 0 }
func isIdent(c byte) bool      { return strings.IndexByte(identChars, c) >= 0 }

// calls finds every name that found accepts and that is followed by "(",
// outside of comments and strings, with its arguments.
func calls(file, src string, found func(name string) bool, add func(site)) {
	var in *macro
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '/' && strings.HasPrefix(src[i:], "/*"):
			i = skipTo(src, i+2, "*/")
		case c == '/' && strings.HasPrefix(src[i:], "//"):
			i = skipTo(src, i, "\n") - 1
		case c == '"' || c == '\'':
			i = skipString(src, i)
		case c == '\n':
			if in != nil && (i == 0 || src[i-1] != '\\') {
				in = nil
			}
			i++
			j := i
			for j < len(src) && (src[j] == ' ' || src[j] == '\t') {
				j++
			}
			if j < len(src) && src[j] == '#' {
				if m, end := define(src, j); m != nil {
					in, i = m, end
				}
			}
		case isIdentStart(c):
			j := i + 1
			for j < len(src) && isIdent(src[j]) {
				j++
			}
			name := src[i:j]
			k := j
			for k < len(src) && (src[k] == ' ' || src[k] == '\t') {
				k++
			}
			if k < len(src) && src[k] == '(' && found(name) {
				if args, _, ok := arguments(src, k); ok {
					add(site{file: file, off: int32(i), callee: name, args: args, macro: in})
				}
			}
			i = j
		case c >= '0' && c <= '9':
			for i < len(src) && isIdent(src[i]) {
				i++
			}
		default:
			i++
		}
	}
}

// define reads "#define NAME(a, b)" at i and returns where the body begins.
func define(src string, i int) (*macro, int) {
	i++
	for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
		i++
	}
	rest, ok := strings.CutPrefix(src[i:], "define")
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		return nil, 0
	}
	i += len("define")
	for i < len(src) && (src[i] == ' ' || src[i] == '\t') {
		i++
	}
	j := i
	for j < len(src) && isIdent(src[j]) {
		j++
	}
	if j == i {
		return nil, 0
	}
	m := &macro{name: src[i:j]}
	if j < len(src) && src[j] == '(' {
		args, end, ok := arguments(src, j)
		if !ok {
			return nil, 0
		}
		m.params, j = args, end
	}
	return m, j
}

func skipTo(src string, i int, end string) int {
	if j := strings.Index(src[min(i, len(src)):], end); j >= 0 {
		return i + j + len(end)
	}
	return len(src)
}

// skipString returns the index behind the literal that begins at i. One that
// does not end on its line is no literal.
func skipString(src string, i int) int {
	q := src[i]
	for j := i + 1; j < len(src); j++ {
		switch src[j] {
		case '\\':
			j++
		case '\n':
			return i + 1
		case q:
			return j + 1
		}
	}
	return len(src)
}

// maxArgs bounds the text of one call's arguments.
const maxArgs = 1 << 12

// arguments cuts the list that begins at i into its arguments, and returns the
// index behind it.
func arguments(src string, i int) (args []string, end int, ok bool) {
	depth, from := 0, i+1
	cut := func(j int) {
		args = append(args, spell(src[from:j]))
		from = j + 1
	}
	for j := i; j < len(src) && j < i+maxArgs; {
		switch src[j] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				cut(j)
				return args, j + 1, true
			}
		case ',':
			if depth == 1 {
				cut(j)
			}
		case '"', '\'':
			j = skipString(src, j)
			continue
		case '/':
			if strings.HasPrefix(src[j:], "/*") {
				j = skipTo(src, j+2, "*/")
				continue
			}
		}
		j++
	}
	return nil, len(src), false
}

// spell writes text as the # operator does: comments are a space, a run of
// space is one, none at the ends.
func spell(text string) string {
	var b strings.Builder
	space := false
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\\' && i+1 < len(text) && (text[i+1] == '\n' || text[i+1] == '\r'):
			space = true
			i++
			continue
		case strings.HasPrefix(text[i:], "/*"):
			space = true
			i = skipTo(text, i+2, "*/")
			continue
		case strings.HasPrefix(text[i:], "//"):
			space = true
			i = skipTo(text, i, "\n")
			continue
		case c == '"' || c == '\'':
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			j := skipString(text, i)
			b.WriteString(text[i:j])
			i = j
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// substitute replaces the parameters of a macro in a text by arguments: as the
// preprocessor does for an argument of # or of another macro.
func substitute(text string, params, args []string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if !isIdentStart(text[i]) {
			if text[i] == '#' { // stringified, or pasted
				i++
				continue
			}
			b.WriteByte(text[i])
			i++
			continue
		}
		j := i + 1
		for j < len(text) && isIdent(text[j]) {
			j++
		}
		if k := slices.Index(params, text[i:j]); k >= 0 && k < len(args) {
			b.WriteString(args[k])
		} else {
			b.WriteString(text[i:j])
		}
		i = j
	}
	return b.String()
}

// definesAtMargin finds the lines that begin at the margin and hold one of the
// names as a word: where a variable of file scope may be defined.
func definesAtMargin(src string, names map[string]bool, add func(name string)) {
	for line := range strings.Lines(src) {
		if rest := strings.TrimLeft(line, " \t"); len(rest) < len(line) && strings.HasPrefix(rest, "static DEFINE_") {
			line = rest // of one function
		}
		if !isIdentStart(line[0]) {
			continue
		}
		for i := 0; i < len(line); {
			if !isIdentStart(line[i]) {
				i++
				continue
			}
			j := i + 1
			for j < len(line) && isIdent(line[j]) {
				j++
			}
			if names[line[i:j]] {
				add(line[i:j])
			}
			i = j
		}
	}
}

// foreign tells the directories that hold no code of the kernel that is
// analysed.
func foreign(dir, arch string) bool {
	parent, name, ok := strings.Cut(dir, "/")
	switch {
	case !ok:
		return dir == "tools" || dir == "scripts" || dir == "samples" || dir == "Documentation" || dir == "rust" ||
			strings.HasPrefix(dir, ".") && dir != "."
	case parent == "arch" && !strings.Contains(name, "/"):
		return name != arch
	}
	return strings.HasPrefix(path.Base(dir), ".")
}
