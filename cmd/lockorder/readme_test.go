package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/rules"
)

// The rules that the README shows can be loaded.
func TestReadmeRules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```lockorder\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatal("there are no rules in the README")
	}
	sources, err := rules.Embedded("linux")
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load(append(sources, rules.Source{Name: "README.md", Text: []byte(block)})...)
	if err != nil {
		t.Fatal(err)
	}
	before, after := rules.MakeClass("foo_dev.mutex", "", 0), rules.MakeClass("foo_request.lock", "", 0)
	if chain := set.Why(before, after); len(chain) != 2 {
		t.Errorf("%v comes before %v by %v", before, after, chain)
	}
}
