package rules

import (
	"maps"
	"strings"
)

// nonnil F, G: functions that never return nil.
func (p *parser) nonnilDecl() *Error {
	return p.list(func(t tok) *Error {
		variants, err := expand(t)
		for _, v := range variants {
			p.set.nonnil[v.name] = true
		}
		return err
	})
}

// ForGo is s for a Go program. The natural name of a lock is the import path of
// its package, then the type and the field, or the variable; the rules may
// leave out the beginning of the path, up to a slash, and for the packages
// below home the package. Containers are types that only wrap a lock.
func (s *Set) ForGo(home string, containers []string) *Set {
	t := *s
	t.goNames, t.goHome, t.containers = s.namesOfLocks(), home, maps.Clone(s.containers)
	for _, c := range containers {
		t.containers[c] = true
	}
	return &t
}

// namesOfLocks lists what the rules call locks: every name of a class in them,
// and what follows "go:" in an alias. The value is the class.
func (s *Set) namesOfLocks() map[string]string {
	names := map[string]string{}
	add := func(c Class) {
		if !c.IsZero() {
			names[c.Name()] = c.Name()
		}
	}
	for _, list := range [][]Order{s.graph.all, s.denied} {
		for _, o := range list {
			add(o.Before)
			add(o.After)
		}
	}
	for _, e := range s.exceptions {
		add(e.Outer)
		add(e.Inner)
	}
	for _, list := range s.requires {
		for _, r := range list {
			add(r.Class)
		}
	}
	for c := range s.nests {
		add(c)
	}
	for c := range s.leaves {
		add(c)
	}
	for spelling, class := range s.alias {
		if name, ok := strings.CutPrefix(spelling, "go:"); ok {
			names[name] = class
		} else if !strings.Contains(spelling, ":") {
			names[spelling] = class
		}
	}
	return names
}

// goName returns the class that the rules have for the lock of a Go program
// with this natural name.
func (s *Set) goName(natural string) (class string, ok bool) {
	if c, ok := s.goNames[natural]; ok {
		return c, true
	}
	for rest := natural; ; {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		if c, ok := s.goNames[rest]; ok {
			return c, true
		}
	}
	if s.goHome == "" || !strings.HasPrefix(natural, s.goHome) {
		return "", false
	}
	// The package is what stands before the first dot behind the last slash.
	_, bare, _ := strings.Cut(natural[strings.LastIndexByte(natural, '/')+1:], ".")
	c, ok := s.goNames[bare]
	return c, ok
}
