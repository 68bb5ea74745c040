package cparse

import "strings"

// Outline is what the functions of a .c file, and other files, can see of it: its text
// without the bodies of functions and without comments, and the names by which the tree
// finds what it defines. A body with directives in it, which may concern what follows, is
// left in, and so is one that a macro makes. Where two files of one name have the same
// outline, and a function has the same text, column and all, what is read of it is the same
// but for the line where it begins. Headers, and what is or has a part, have no outline.
func (f *File) Outline() (text string, ok bool) {
	if f.Included() || f.hasParts || f.includer != nil || !strings.HasSuffix(f.Name, ".c") {
		return "", false
	}
	var b strings.Builder
	done := int32(0)
	for _, fn := range f.Funcs {
		s := fn.body
		if fn.made || s.Pos < done || s.End <= s.Pos || hasDirective(f.text[s.Pos:s.End]) {
			continue
		}
		bare(&b, f.text[done:s.Pos])
		b.WriteString("{}")
		done = s.End
	}
	bare(&b, f.text[done:])
	quickDefs(f.text, false, func(name string) {
		b.WriteByte('\n')
		b.WriteString(name)
	})
	return b.String(), true
}

// hasDirective reports whether a line of a text begins with "#", or may, behind a comment.
func hasDirective(s string) bool {
	for pos := 0; ; pos++ {
		i := strings.IndexByte(s[pos:], '#')
		if i < 0 {
			return false
		}
		pos += i
		before := strings.TrimRight(s[:pos], " \t")
		if before == "" || strings.HasSuffix(before, "\n") || strings.HasSuffix(before, "*/") {
			return true
		}
	}
}

// bare writes C text with a space, or a line end, for each run of space and comments.
func bare(b *strings.Builder, s string) {
	for i := 0; i < len(s); {
		from := i
		switch c := s[i]; {
		case c == '"' || c == '\'':
			for i++; i < len(s) && s[i] != c && s[i] != '\n'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			i = min(i+1, len(s))
			b.WriteString(s[from:i])
		case space(s, i) > i:
			for space(s, i) > i {
				i = space(s, i)
			}
			if strings.IndexByte(s[from:i], '\n') >= 0 {
				b.WriteByte('\n')
			} else {
				b.WriteByte(' ')
			}
		default:
			b.WriteByte(c)
			i++
		}
	}
}

// space returns where the space or comment ends that begins at i, i if there is none.
func space(s string, i int) int {
	switch {
	case i == len(s):
		return i
	case s[i] == ' ' || s[i] == '\t' || s[i] == '\n':
		return i + 1
	case strings.HasPrefix(s[i:], "/*"):
		return skipBlockComment(s, i, len(s))
	case strings.HasPrefix(s[i:], "//"):
		return skipLineComment(s, i, len(s))
	}
	return i
}

// Tags are those of the records that a file defines.
func (f *File) Tags() []string {
	var out []string
	for _, d := range f.items.records {
		if _, tag, ok := strings.Cut(d.spec, " "); ok && tag != "" {
			out = append(out, tag)
		}
	}
	return out
}
