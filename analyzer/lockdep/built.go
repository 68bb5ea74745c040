package lockdep

import (
	"path"
	"regexp"
	"strings"
	"sync"
)

// A build tells which files of a tree a configuration compiles, as far as the
// makefiles say it in the usual form:
//
//	obj-$(CONFIG_FOO) += foo.o dir/
//	foo-y := a.o b.o
//
// What they say in another form is taken to be built: a name that no makefile
// mentions may be included by a file that is.
type build struct {
	read   func(name string) ([]byte, error)
	option func(name string) (string, bool)

	mu   sync.Mutex
	dirs map[string]*makefile
}

// A makefile is what one directory says of its files.
type makefile struct {
	built map[string]bool // "x.o", "dir/": true if any line that holds names it; false if lines do that do not
	none  bool            // no makefile
}

// compiled reports whether a source file is built.
func (b *build) compiled(file string) bool {
	if !strings.HasSuffix(file, ".c") {
		return true
	}
	dir := path.Dir(file)
	m := b.dir(dir)
	if built, ok := m.built[strings.TrimSuffix(path.Base(file), ".c")+".o"]; ok && !built {
		return false
	}
	if m.none { // the makefile of a directory above may name the file with its path
		for rel, up := path.Base(file), dir; up != "." && up != "/"; {
			rel, up = path.Join(path.Base(up), rel), path.Dir(up)
			if built, ok := b.dir(up).built[strings.TrimSuffix(rel, ".c")+".o"]; ok {
				if !built {
					return false
				}
				break
			}
		}
	}
	for dir != "." && dir != "/" {
		up := path.Dir(dir)
		if built, ok := b.dir(up).built[path.Base(dir)+"/"]; ok && !built {
			return false
		}
		dir = up
	}
	return true
}

func (b *build) dir(dir string) *makefile {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dirs == nil {
		b.dirs = map[string]*makefile{}
	}
	m := b.dirs[dir]
	if m == nil {
		m = b.parse(dir)
		b.dirs[dir] = m
	}
	return m
}

var (
	makeAssign = regexp.MustCompile(`^\s*([A-Za-z0-9_.-]+?)(?:-(y|m|objs|\$\(CONFIG_\w+\)|\$\(subst m,y,\$\(CONFIG_\w+\)\)))?\s*[:+?]?=\s*(.*)$`)
	makeOption = regexp.MustCompile(`CONFIG_\w+`)
	makeIfdef  = regexp.MustCompile(`^\s*(ifdef|ifndef)\s+(CONFIG_\w+)`)
	makeIfeq   = regexp.MustCompile(`^\s*(ifeq|ifneq)\s*\(\$\((CONFIG_\w+)\),\s*([ym]?)\)`)
	makeIf     = regexp.MustCompile(`^\s*if(n?def|n?eq)\b`)
)

// parse reads the makefile of a directory.
func (b *build) parse(dir string) *makefile {
	m := &makefile{built: map[string]bool{}}
	text, err := b.read(path.Join(dir, "Kbuild"))
	if err != nil {
		if text, err = b.read(path.Join(dir, "Makefile")); err != nil {
			m.none = true
			return m
		}
	}
	type line struct {
		name  string
		holds bool
		words []string
	}
	var lines []line
	type arm struct{ holds, taken, known bool }
	var arms []arm
	for s := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		s, _, _ = strings.Cut(strings.TrimSuffix(s, "\n"), "#")
		word := strings.TrimSpace(s)
		switch {
		case makeIfdef.MatchString(s):
			g := makeIfdef.FindStringSubmatch(s)
			_, set := b.option(g[2])
			holds := set == (g[1] == "ifdef")
			arms = append(arms, arm{holds, holds, true})
			continue
		case makeIfeq.MatchString(s):
			g := makeIfeq.FindStringSubmatch(s)
			v, _ := b.option(g[2])
			holds := (v == g[3]) == (g[1] == "ifeq")
			arms = append(arms, arm{holds, holds, true})
			continue
		case makeIf.MatchString(s):
			arms = append(arms, arm{true, true, false}) // not understood: both arms
			continue
		case strings.HasPrefix(word, "else") && len(arms) > 0:
			if a := &arms[len(arms)-1]; a.known {
				a.holds = !a.taken
			}
			continue
		case word == "endif" && len(arms) > 0:
			arms = arms[:len(arms)-1]
			continue
		}
		g := makeAssign.FindStringSubmatch(s)
		if g == nil {
			continue
		}
		l := line{name: g[1], holds: true, words: strings.Fields(g[3])}
		if o := makeOption.FindString(g[2]); o != "" {
			v, _ := b.option(o)
			l.holds = v == "y" || v == "m"
		}
		for _, a := range arms {
			l.holds = l.holds && a.holds
		}
		lines = append(lines, l)
	}
	// A composite holds where its object does: mark from the goals down.
	note := func(name string, holds bool) { m.built[name] = m.built[name] || holds }
	wanted := map[string]bool{"obj": true, "lib": true, "core": true, "drivers": true, "net": true, "libs": true, "extra": true, "always": true}
	for range 4 { // composites of composites
		for _, l := range lines {
			goal := wanted[l.name]
			if built, ok := m.built[l.name+".o"]; ok && !goal {
				l.holds = l.holds && built
			} else if !goal {
				continue // a variable, or a composite that is not known yet
			}
			for _, w := range l.words {
				if strings.HasSuffix(w, ".o") || strings.HasSuffix(w, "/") {
					note(w, l.holds)
				}
			}
		}
	}
	return m
}
