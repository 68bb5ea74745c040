package rules

import (
	"strings"
	"testing"
)

// TestWhy asks Why(a, b) of small rule sets. A question is "a<b: chain", the
// chain written with spaces, or "none".
func TestWhy(t *testing.T) {
	for _, test := range []struct{ name, rules, file, asks string }{
		{"transitive and shortest", "a < b < c < d\na < c", "", `
a<d: a c d
d<a: none
a<a: none
a<x: none`},
		{"alternatives", "a < (b | c) < d", "", `
a<d: a b d
b<c: none
c<b: none`},
		{"inherited", "a < b < c", "", `
a[q]<c[q]: a b c
a[q]<c: a b c
a<c[q]: a b c
c[q]<a[q]: none`},
		{"replaced", "a < b < c\nc[q] < own < a[q]", "", `
a<c: a b c
c<a: none
c[q]<a[q]: c[q] own a[q]
a[q]<c[q]: none
a[q]<own: none
own<b: own a[q] b
a[q]<b: a b`},
		{"a mixed pair keeps the general order", "a < b\nb[q] < a[q]", "", `
a[q]<b: a b
a<b[q]: a b
b[q]<a: none`},
		{"exact before inherited", "a < b\nb < a[q]", "", `
b<a[q]: b a[q]
a[q]<b: none
a<b: a b
b<a: none`},
		{"two narrowings", "a[q] < b < a\na < c\nc[q] < a[q]", "", `
a[q]<a: a[q] b a
a<a[q]: none`},
		{"a narrow class on the way does not lend its orders", "m < i[q]\ni < d", "", `
m<d: none
i[q]<d: i d
m<i[q]: m i[q]`},
		{"subclass", "a < b\na/1 < c < a", "", `
a/2<b: a b
a/1<c: a/1 c
c<a/1: none
c<a/2: c a`},
		{"scope", "a < b\nb < a in fs/x/**\nb < c in fs/x/**", "fs/x/y.c", `
b<a: b a
a<b: none
a<c: a b c
b<c: b c`},
		{"elsewhere", "a < b\nb < a in fs/x/**\nb < c in fs/x/**", "fs/y.c", `
a<b: a b
b<a: none
b<c: none`},
		{"nowhere in particular", "a < b\nb < c in fs/x/**", "", `
b<c: none
a<b: a b`},
		{"scope extends", "a < b\nb < c in fs/x/**", "fs/x/y.c", `
a<c: a b c`},
	} {
		s, err := Load(Source{"f", []byte("qualifier q\nbelongs q own\n" + test.rules + "\n")})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for _, ask := range strings.Split(strings.TrimSpace(test.asks), "\n") {
			q, want, _ := strings.Cut(ask, ": ")
			left, right, _ := strings.Cut(q, "<")
			a, _ := ParseClass(left)
			b, _ := ParseClass(right)
			got := chainText(s.WhyAt(a, b, test.file))
			if got != want {
				t.Errorf("%s: %s: got %s, want %s", test.name, q, got, want)
			}
		}
	}
}

// chainText writes the classes that a chain passes. Where an order ends at a
// class and the next begins at what it narrows, the narrow one stands.
func chainText(chain []Order) string {
	if chain == nil {
		return "none"
	}
	out := chain[0].Before.String()
	for _, o := range chain {
		out += " " + o.After.String()
	}
	return out
}

func TestContradictions(t *testing.T) {
	s, err := Load(Source{"f", []byte("qualifier q\nbelongs q own\nz < a\n")})
	if err != nil {
		t.Fatal(err)
	}
	order := func(text, scope string) Order {
		l, r, _ := strings.Cut(text, "<")
		a, _ := ParseClass(l)
		b, _ := ParseClass(r)
		return Order{Before: a, After: b, Scope: scope, From: FromComment}
	}
	for _, test := range []struct {
		name   string
		orders string // "a<b" or "a<b@scope"
		want   string // loops, "; " between, "(q)" behind a settled one
	}{
		{"none", "a<b b<c a<c", ""},
		{"two", "a<b b<a", "a b a"},
		{"each once", "a<b b<c c<a b<a c<d", "a b a; a b c a"},
		{"duplicates", "a<b a<b b<a", "a b a"},
		{"settled", "a<b b[q]<a[q]", "a b a[q] (q)"},
		{"through what belongs to the qualifier", "a<b b[q]<own own<a[q]", "a b own a[q] (q)"},
		{"told apart", "a[q]<b b<a", ""},
		{"scopes", "a<b@x/** b<a@y/** b<c c<a@x/**", "a b c a"},
		{"scope and all", "a<b b<a@y/**", "a b a"},
	} {
		var orders []Order
		for _, o := range strings.Fields(test.orders) {
			text, scope, _ := strings.Cut(o, "@")
			orders = append(orders, order(text, scope))
		}
		with := s.WithOrders(orders)
		var got []string
		for _, loop := range with.Contradictions() {
			text := chainText(loop)
			if q := with.Resolved(loop); q != "" {
				text += " (" + q + ")"
			}
			got = append(got, text)
		}
		if g := strings.Join(got, "; "); g != test.want {
			t.Errorf("%s: got %q, want %q", test.name, g, test.want)
		}
	}
	if len(s.Contradictions()) != 0 {
		t.Error("WithOrders changed its receiver")
	}
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		glob, path string
		want       bool
	}{
		{"mm/*", "mm/rmap.c", true}, {"mm/*", "mm/kasan/x.c", false}, {"mm/**", "mm/kasan/x.c", true},
		{"fs/**/x.c", "fs/a/b/x.c", true}, {"fs/**/x.c", "fs/x.h", false}, {"*", "a", true}, {"*", "a/b", false},
		{"**", "a/b", true}, {"", "", true}, {"", "a", false}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false},
		{"?m/x", "mm/x", true}, {"m?x", "m/x", false}, {"**a*b", "x/ab/ayb", true},
	} {
		if got := matchPath(test.glob, test.path); got != test.want {
			t.Errorf("matchPath(%q, %q) = %v", test.glob, test.path, got)
		}
	}
	if !matchName("*_hugetlb_*", "a_hugetlb_b") || matchName("hugetlb_*", "a_hugetlb_b") {
		t.Error("matchName")
	}
}

func TestMatchIsQuick(t *testing.T) {
	// Nested wildcards must not explode.
	if matchPath(strings.Repeat("*a", 50)+"**"+strings.Repeat("*a", 50), strings.Repeat("a", 5000)+"b") {
		t.Error("matches a path that ends otherwise")
	}
}
