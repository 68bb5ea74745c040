package rules

import (
	"slices"
	"testing"
)

func TestDifferences(t *testing.T) {
	s, err := Load(Source{"f", []byte(`qualifier q
alias a = aa, go:p.T.a, go:p.T.also
differs aa | b[q] < c in c because "one"
differs * < d in go because "two"
differs (e) in c because "three"
`)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range s.Differences() {
		got = append(got, d.Pos.String()+" "+d.String()+": "+d.Reason)
	}
	want := []string{
		"f:3:1 differs a < c in c: one",
		"f:3:1 differs b[q] < c in c: one",
		"f:4:1 differs * < d in go: two",
		"f:5:1 differs e in c: three",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	class := func(text string) Class {
		c, err := ParseClass(text)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, test := range []struct {
		row          int
		outer, inner string
		want         bool
	}{
		{0, "a", "c", true},
		{0, "c", "a", false},
		{0, "a[q]", "c", false}, // the very class
		{1, "b[q]", "c", true},
		{1, "b", "c", false},
		{2, "x", "d", true},
		{2, "d", "x", false},
		{3, "e", "x", true},
		{3, "x", "e", true},
		{3, "x", "y", false},
	} {
		if got := s.Differences()[test.row].Covers(class(test.outer), class(test.inner)); got != test.want {
			t.Errorf("%s covers %s < %s: %t", s.Differences()[test.row], test.outer, test.inner, got)
		}
	}
	if got := s.Spellings(class("a[q]"), LangGo); !slices.Equal(got, []string{"p.T.a", "p.T.also"}) {
		t.Errorf("spellings: %q", got)
	}
	if got := s.Spellings(class("b"), LangGo); got != nil {
		t.Errorf("spellings of what has none: %q", got)
	}
	// A Go program calls the lock as the difference does.
	if got := s.ForGo("example.org/m", nil).Canonical("example.org/m.e"); got != "e" {
		t.Errorf("%q for e", got)
	}
	if got := s.ForGo("", nil).Canonical("example.org/p.T.also"); got != "a" {
		t.Errorf("%q for a", got)
	}
}
