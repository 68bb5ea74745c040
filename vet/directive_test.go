package vet

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/rules"
)

// FuzzDirectives reads directives as somebody may write them: each becomes a rule
// on its own line, or a problem, or is read with its function.
func FuzzDirectives(f *testing.F) {
	for _, s := range []string{
		"order Store.mu < Bucket.mu < entry.mu", "class store = Store.mu", "class store", "leaf Store.mu",
		`except order Bucket.mu < Store.mu "not shared yet"`, `except cycle "why"`, "except cycle Store.mu", "requires s.mu",
		"comments <", "comments <>", "order", "", " ", "order p.Store.mu | (a, b) < {x}[]", "nothing",
	} {
		f.Add(s)
	}
	base, err := embedded()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\n") {
			return
		}
		src := "package p\n\n//lockorder:" + text + "\n\ntype Store struct{}\n\n//lockorder:" + text + "\nfunc (s *Store) F() {}\n"
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
		if err != nil {
			return
		}
		pkg, err := new(types.Config).Check("example.test/p", fset, []*ast.File{file}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rs, err := rules.Load(base...)
		if err != nil {
			t.Fatal(err)
		}
		p := newProgram(fset, rs, func(name string) string { return name })
		out := p.directives(pkg, []*ast.File{file})
		if len(out) == 0 {
			if word := strings.Split(text, " ")[0]; len(p.problems) == 0 && word != "requires" && word != "comments" {
				t.Errorf("%q is dropped", text)
			}
			return
		}
		lines := strings.Split(string(out[0].Text), "\n")
		for i, l := range lines {
			if l != "" && i != 2 && i != 6 {
				t.Errorf("%q: a rule in line %d: %q", text, i+1, l)
			}
		}
		_, _ = rules.Load(append(base[:len(base):len(base)], out...)...) // an error says what is wrong with it
	})
}
