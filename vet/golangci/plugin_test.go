package golangci

import (
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"
)

// TestPlugin finds the analyzer as golangci-lint does.
func TestPlugin(t *testing.T) {
	make, err := register.GetPlugin("lockorder")
	if err != nil {
		t.Fatal(err)
	}
	p, err := make(nil)
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.BuildAnalyzers()
	if err != nil {
		t.Fatal(err)
	}
	if err := analysis.Validate(list); err != nil {
		t.Error(err)
	}
	if len(list) != 1 || list[0].Name != "lockorder" || p.GetLoadMode() != register.LoadModeTypesInfo {
		t.Errorf("got %v, loaded as %s", list, p.GetLoadMode())
	}
}
