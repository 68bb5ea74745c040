// Package golangci makes the analyzer of package vet a module plugin of
// golangci-lint. A custom binary is built by "golangci-lint custom" from
// .custom-gcl.yml, which names this package as an import.
package golangci

import (
	"github.com/golangci/plugin-module-register/register"
	"github.com/lockorder/lockorder/vet"
	"golang.org/x/tools/go/analysis"
)

func init() { register.Plugin("lockorder", newPlugin) }

// plugin has no settings: what there is to say is in the rules file.
type plugin struct{}

func newPlugin(any) (register.LinterPlugin, error) { return plugin{}, nil }

// BuildAnalyzers implements register.LinterPlugin.
func (plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return []*analysis.Analyzer{vet.Analyzer}, nil
}

// GetLoadMode implements register.LinterPlugin.
func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
