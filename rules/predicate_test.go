package rules

import "testing"

// What one statement says of a predicate, another one keeps.
func TestPredicates(t *testing.T) {
	for _, text := range []string{
		"qualifier q\nqualify q if is_foo(_, x)\ntable ops foo_ops if is_foo(_, x)\nlasting is_foo(_, x)\n",
		"qualifier q\nlasting is_foo(_, x)\ntable ops foo_ops if is_foo(_, x)\nqualify q if is_foo(_, x)\n",
	} {
		s, err := Load(Source{"f", []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		p, ok := s.Predicate("is_foo")
		p.Pos.Line, p.Pos.Column, p.Pos.Filename, p.Pos.Offset = 0, 0, "", 0
		want := Predicate{Qual: "q", Arg: 1, Table: Table{"ops", "foo_ops"}}
		if !ok || p != want {
			t.Errorf("%s%+v, want %+v", text, p, want)
		}
		if ts := s.Tables(); len(ts) != 1 || ts[0] != want.Table {
			t.Errorf("%stables %v", text, ts)
		}
	}
}
