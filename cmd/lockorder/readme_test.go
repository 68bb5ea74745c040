package main

import (
	"bytes"
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

// The report that the README shows is one of those on the sample.
func TestReadmeReport(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## What a report says\n")
	_, block, _ := strings.Cut(section, "```\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		t.Fatal("there is no report in the README")
	}
	var stdout, stderr bytes.Buffer
	if status := Run(t.Context(), []string{"scan"}, nil, nil, &stdout, &stderr); status != 1 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	if !strings.Contains(stdout.String(), strings.TrimRight(block, "\n")) {
		t.Errorf("the sample has no such report:\n%s", block)
	}
}

// What the README prints of the story is what the program says.
func TestReadmeStory(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## The story it was made for\n")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := strings.Split(section, "```\n")
	if len(blocks) != 5 {
		t.Fatalf("%d blocks of output", len(blocks)/2)
	}
	var scan, stderr bytes.Buffer
	if status := Run(t.Context(), []string{"scan"}, nil, nil, &scan, &stderr); status != exitViolations {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	var faults strings.Builder
	for line := range strings.Lines(scan.String()) {
		if strings.Contains(line, "error: ") {
			faults.WriteString(line)
		}
	}
	if _, shown, _ := strings.Cut(blocks[1], "\n"); shown != faults.String() {
		t.Errorf("scan says\n%s", &faults)
	}
	status, pair, errs := pairOf(t, "text", "after", "posted", "after")
	if status != exitViolations {
		t.Fatalf("status %d: %s", status, errs)
	}
	for _, part := range strings.Split(blocks[3], "...\n")[1:] {
		if !strings.Contains(pair, part) {
			t.Errorf("pair does not say\n%s", part)
		}
	}
}
