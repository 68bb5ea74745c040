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
	for _, d := range s.differences {
		add(d.Outer)
		add(d.Inner)
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

// Natural is s with the names of locks that naturals lists in place of what the
// rules call them: for an analysis whose classes have no other names. A rule
// about a lock that is not in the list keeps its own name for it.
func (s *Set) Natural(home string, naturals []string) *Set {
	t := s.ForGo(home, nil)
	called := map[string][]string{} // by the rules' name
	for _, n := range naturals {
		if c, ok := t.goName(n); ok && c != n {
			called[c] = append(called[c], n)
		}
	}
	expand := func(c Class) []Class {
		if len(called[c.Name()]) == 0 {
			return []Class{c}
		}
		var out []Class
		for _, n := range called[c.Name()] {
			out = append(out, MakeClass(n, c.Qual(), c.Sub()))
		}
		return out
	}
	orders := func(list []Order) []Order {
		var out []Order
		for _, o := range list {
			for _, b := range expand(o.Before) {
				for _, a := range expand(o.After) {
					o.Before, o.After = b, a
					out = append(out, o)
				}
			}
		}
		return out
	}
	t.goNames, t.alias = nil, map[string]string{}
	t.denied = orders(s.denied)
	t.exceptions = nil
	for _, e := range s.exceptions {
		for _, o := range expand(e.Outer) {
			for _, i := range expand(e.Inner) {
				e.Outer, e.Inner = o, i
				t.exceptions = append(t.exceptions, e)
			}
		}
	}
	t.leaves = map[Class]Order{}
	for c, o := range s.leaves {
		for _, n := range expand(c) {
			o.After = n
			t.leaves[n] = o
		}
	}
	t.graph = newOrderGraph(orders(s.graph.all), t.member)
	return t
}
