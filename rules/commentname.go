package rules

import (
	"regexp"
	"slices"
	"strings"
)

// namer maps what a comment calls a lock to its class.
type namer struct {
	set   *Set
	hook  func(name, file string) (Class, bool)
	file  string
	under string // the qualifier that the text is about, or ""
}

// A named is one name of a comment: the class, or why there is none.
type named struct {
	text   string
	class  Class
	reason string // "" where class is set
}

// alternatives maps a text that may hold several names: "A or B", "A, B",
// "A / B" are one place in the order with several locks.
func (n namer) alternatives(text string) []named {
	var out []named
	for _, part := range splitNames(text) {
		out = append(out, n.one(part))
	}
	return out
}

var alternative = regexp.MustCompile(`\s+or\s+|\s+/\s+|\s*,\s*`)

// splitNames splits at "or", "/" and commas outside of braces.
func splitNames(text string) []string {
	if strings.ContainsAny(text, "{}(") {
		return []string{text}
	}
	var out []string
	for _, s := range alternative.Split(text, -1) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

var (
	callOf     = regexp.MustCompile(`^(\w*lock\w*|down\w*)\(\s*&?([A-Za-z_][\w>.\-]*)[^)]*\)$`)
	identifier = regexp.MustCompile(`^[A-Za-z_]\w*(\[\w*\])?(\.[A-Za-z_]\w*)*$`)
)

func (n namer) one(text string) named {
	if m := callOf.FindStringSubmatch(strings.TrimRight(strings.TrimSpace(text), ";")); m != nil {
		if p := n.set.prims[m[1]]; p != nil && p.Effect == Acquire {
			if p.Class != "" {
				return named{text: text, class: n.narrow(n.set.canonicalClass(MakeClass(p.Class, "", 0)))}
			}
			if r := n.plain(m[2]); r.reason == "" {
				r.text = text
				return r
			}
		}
	}
	return n.plain(text)
}

func (n namer) plain(text string) named {
	r := named{text: text}
	name := normalise(text)
	tries := []string{name}
	for _, suffix := range []string{" lock", " spinlock", " mutex", " semaphore", " rwsem"} {
		if s, ok := strings.CutSuffix(name, suffix); ok {
			tries = append(tries, s)
		}
	}
	for _, t := range tries {
		if c, ok := n.writtenAs(t); ok {
			if c.IsZero() {
				r.reason = "names no lock"
				return r
			}
			r.class = n.narrow(c)
			return r
		}
	}
	// "rtnl_lock", "cpus_read_lock": the function that takes a lock that it knows.
	if p := n.set.prims[name]; p != nil && p.Effect == Acquire && p.Class != "" {
		r.class = n.narrow(n.set.canonicalClass(MakeClass(p.Class, "", 0)))
		return r
	}
	// "inode i_lock".
	if owner, field, ok := strings.Cut(name, " "); ok && n.set.vars[owner] != "" && !strings.Contains(field, " ") {
		tries = append(tries, owner+"."+field)
	}
	for _, t := range tries {
		if !identifier.MatchString(t) {
			continue
		}
		if c, ok := n.natural(t, text); ok {
			r.class = n.narrow(c)
			return r
		}
		if n.hook != nil {
			if c, ok := n.hook(t, n.file); ok && !c.IsZero() {
				r.class = n.narrow(n.set.canonicalClass(c))
				return r
			}
		}
	}
	r.reason = "no lock class of this name is known"
	return r
}

// writtenAs looks a name up in the rules, those of a place or of a qualifier first.
func (n namer) writtenAs(name string) (Class, bool) {
	best, bestRank := -1, 0
	for _, i := range n.set.writtenIndex[name] {
		w := n.set.written[i]
		if w.files != "" && !matchPath(w.files, n.file) || w.under != "" && w.under != n.under {
			continue
		}
		rank := 1
		if w.files != "" {
			rank++
		}
		if w.under != "" {
			rank += 2
		}
		if rank >= bestRank {
			best, bestRank = i, rank
		}
	}
	if best < 0 {
		return Class{}, false
	}
	return n.set.written[best].class, true
}

var lockish = regexp.MustCompile(`(?i)lock|mutex|sem|_lk$|^mtx|srcu|\bmu$|(?-i:[a-z]Mu$)`)

// natural reads a path whose last but one part is a known variable or struct:
// inode.i_sb.s_inode_list_lock is super_block.s_inode_list_lock.
func (n namer) natural(name, written string) (Class, bool) {
	parts := strings.Split(name, ".")
	if len(parts) == 1 {
		if n.set.globals[name] {
			return n.set.canonicalClass(MakeClass(name, "", 0)), true
		}
		return Class{}, false
	}
	owner, field := parts[len(parts)-2], parts[len(parts)-1]
	if !lockish.MatchString(field) {
		return Class{}, false
	}
	tag, ok := n.set.vars[owner]
	if !ok && (len(parts) == 2 && strings.HasPrefix(strings.TrimSpace(written), "struct ") || n.set.tags[owner]) {
		tag, ok = owner, true
	}
	if !ok {
		return Class{}, false
	}
	return n.set.canonicalClass(MakeClass(tag+"."+field, "", 0)), true
}

// narrow gives a class the qualifier of the text, where it is split by it.
func (n namer) narrow(c Class) Class {
	if n.under != "" && c.Qual() == "" && n.set.Qualified(c.Name(), n.under) {
		return c.WithQual(n.under)
	}
	return c
}

// qualOf finds a qualifier that a heading speaks of.
func (s *Set) qualOf(heading string) string {
	low := strings.ToLower(heading)
	var quals []string
	for q := range s.quals {
		if strings.Contains(low, strings.ToLower(q)) {
			quals = append(quals, q)
		}
	}
	if len(quals) == 0 {
		return ""
	}
	return slices.Max(quals)
}
