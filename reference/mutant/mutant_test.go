package mutant_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/reference/mutant"
)

// TestVetNames checks that the functions in which an analyzer has to find the
// mutants exist.
func TestVetNames(t *testing.T) {
	have := make(map[string]bool)
	for _, dir := range []string{".", "../posted"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range file.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
					if recv, ok := fn.Recv.List[0].Type.(*ast.Ident); ok {
						have[file.Name.Name+"."+recv.Name+"."+fn.Name.Name] = true
					}
				}
			}
		}
	}
	for _, m := range mutant.All {
		if m.Vet != "" && !have[m.Vet] {
			t.Errorf("%s is to be found in %s, which does not exist", m.ID, m.Vet)
		}
		if m.Vet == "" && m.Kind != "" {
			t.Errorf("%s is a fault of locks, and no analyzer is asked for it", m.ID)
		}
	}
}
