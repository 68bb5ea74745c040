package rules

import (
	"strings"
	"testing"
)

// A name at run time is the class that the last matching statement says.
func TestRuntimeClass(t *testing.T) {
	if _, err := Load(Source{"f", []byte("lockdep special[q] as \"tree-special\"\n")}); err == nil {
		t.Fatal("an unknown qualifier was accepted")
	}
	s, err := Load(Source{"f", []byte(`qualifier q
alias tree.lock = tree.root_lock
lockdep tree.root_lock as "tree-*", "(tree)"
lockdep special[q] as "tree-special"
lockdep nothing as "*.seqcount" because "readers retry"
`)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, class, why string
		ok               bool
	}{
		{"tree-root-00", "tree.lock", "", true},
		{"(tree)", "tree.lock", "", true},
		{"tree-special", "special[q]", "", true},
		{"rename_lock.seqcount", "", "readers retry", true},
		{"tree", "", "", false},
	} {
		c, why, ok := s.RuntimeClass(tt.name)
		if c.String() != tt.class || why != tt.why || ok != tt.ok {
			t.Errorf("%s: %s %q %v", tt.name, c, why, ok)
		}
	}
}

// A row says by which of its arguments a class is named.
func TestNaming(t *testing.T) {
	s, err := Load(Source{"f", []byte(`kind m sleeps
init plain(lock)
init work(lock, _) as "(work)*"
key  by_key(lock, key)
key  by_name(lock, _, name)
init map(name, _)
`)})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Naming{
		"plain": {}, "work": {As: "(work)*"}, "by_key": {By: BySpelling, Arg: 1}, "by_name": {By: ByString, Arg: 2}, "map": {By: ByString},
	} {
		if got := s.Primitive(name).Naming; got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// What a row says beside its effect.
func TestEffects(t *testing.T) {
	s, err := Load(Source{"f", []byte(`kind memalloc scope
acquire nofs_save() class=nofs
kind reclaim sleeps
also alloc{,_node}(_, flags) class=reclaim with=A&B unless=nofs&noio
also alloc(_, _) class=other
acquire map_acquire(lock, sub, try, _)
handler work.func, timer.function
kind group sleeps
begin add(lock, _)
done  end(lock)
await all(lock)
spawn start(lock, func)
`)})
	if err != nil {
		t.Fatal(err)
	}
	rows := s.Also("alloc")
	if len(rows) != 2 || len(s.Also("alloc_node")) != 1 || s.Primitive("alloc") != nil {
		t.Fatalf("rows %v", rows)
	}
	if p := rows[0]; p.Effect != MayLock || p.Class != "reclaim" || p.FlagsArg != 1 || p.With != "A&B" || p.Unless != "nofs&noio" || p.Scope {
		t.Errorf("alloc: %+v", *p)
	}
	if p := s.Primitive("nofs_save"); !p.Scope {
		t.Errorf("nofs_save: %+v", *p)
	}
	if p := s.Primitive("map_acquire"); p.TryArg != 2 || p.Subclass != 1 {
		t.Errorf("map_acquire: %+v", *p)
	}
	for name, want := range map[string]struct {
		effect Effect
		duty   bool
	}{"add": {Begin, true}, "end": {Done, true}, "all": {Await, false}, "start": {Spawn, true}, "map_acquire": {Acquire, false}} {
		if p := s.Primitive(name); p.Effect != want.effect || p.Duty() != want.duty || p.Arg != 0 {
			t.Errorf("%s: %+v", name, *p)
		}
	}
	if p := s.Primitive("start"); p.Func != 1 {
		t.Errorf("start: %+v", *p)
	}
	if !s.Handler("work", "func") || s.Handler("work", "data") {
		t.Error("handlers")
	}
	for text, want := range map[string]string{
		"kind m sleeps\nalso f(lock) with=\n":   "f:2:14: with= wants the names of constants",
		"kind m sleeps\nalso f(lock) unless=\n": "f:2:14: unless= wants the names of lock classes",
		"also f(lock)\n":                        `f:1:1: a row of primitives stands below a "kind"`,
		"kind m scop\n":                         `f:1:8: unknown property of a kind "scop" (did you mean "scope"?)`,
	} {
		if _, err := Load(Source{"f", []byte(text)}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
