package rules

import "testing"

func load(t testing.TB, names ...string) *Set {
	t.Helper()
	var all []Source
	for _, n := range names {
		src, err := Embedded(n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, src...)
	}
	s, err := Load(all...)
	if err != nil {
		t.Fatalf("%s:\n%v", names, err)
	}
	return s
}

func TestEmbedded(t *testing.T) {
	for _, name := range []string{"linux", "posix", "go"} {
		s := load(t, name)
		t.Logf("%s: %d primitives", name, len(s.prims))
	}
}
