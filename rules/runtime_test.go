package rules

import "testing"

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
