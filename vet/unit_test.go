package vet_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
)

// tool builds lockorder.
func tool(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "lockorder")
	cmd := exec.Command("go", "build", "-o", name, "../cmd/lockorder")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// goVet runs go vet with the tool, and returns what it reports.
func goVet(t *testing.T, tool, dir string, flags ...string) []diagnostic {
	t.Helper()
	cmd := exec.Command("go", slices.Concat([]string{"vet", "-vettool=" + tool, "-json"}, flags, []string{"./..."})...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
	}
	// The output is an object for each package, in one stream or the other,
	// between lines that name the packages.
	var list []diagnostic
	var text strings.Builder
	for line := range strings.Lines(out.String() + errs.String()) {
		if !strings.HasPrefix(line, "#") {
			text.WriteString(line)
		}
	}
	dec := json.NewDecoder(strings.NewReader(text.String()))
	for {
		var packages map[string]map[string][]diagnostic
		if err := dec.Decode(&packages); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatalf("%v\n%s", err, text.String())
		}
		for _, analyzers := range packages {
			for _, ds := range analyzers {
				list = append(list, ds...)
			}
		}
	}
}

type diagnostic struct {
	Category string `json:"category"`
	Posn     string `json:"posn"`
	Message  string `json:"message"`
}

func (d *diagnostic) pos(t *testing.T, dir string) report.Position {
	parts := strings.Split(d.Posn, ":")
	if len(parts) < 3 {
		t.Fatalf("no position: %q", d.Posn)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(abs, strings.Join(parts[:len(parts)-2], ":"))
	if err != nil {
		t.Fatal(err)
	}
	line, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		t.Fatal(err)
	}
	return report.Position{File: filepath.ToSlash(name), Line: line}
}

// TestGoVet runs the packages of testdata through go vet, one at a time with
// facts between them.
func TestGoVet(t *testing.T) {
	wants := readWants(t, "testdata", "want|unit")
	for _, d := range goVet(t, tool(t), "testdata") {
		first, rest, _ := strings.Cut(d.Message, "\n")
		got := d.Category + ": " + first
		if pos := d.pos(t, "testdata"); !wants.meet(pos, got) {
			t.Errorf("%s: not wanted: %s", pos, got)
		}
		if !strings.Contains(rest, "path 1: ") {
			t.Errorf("%s: no path in the message: %s", d.Posn, d.Message)
		}
	}
	wants.missing(t)
}

// TestStaleRules checks that an edited rules file counts at once, though go vet
// keeps results and does not know of it.
func TestStaleRules(t *testing.T) {
	lockorder := tool(t)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.test/stale\n\ngo 1.26\n")
	write("p.go", `package p

import "sync"

type Store struct{ mu sync.Mutex }

type Bucket struct{ mu sync.Mutex }

func (s *Store) put(b *Bucket) {
	s.mu.Lock()
	b.mu.Lock()
	b.mu.Unlock()
	s.mu.Unlock()
}
`)
	for i, step := range []struct {
		rules string
		want  int
	}{
		{"", 0},
		{"Store.mu < Bucket.mu\n", 0},
		{"Bucket.mu < Store.mu\n", 1},
		{"Bucket.mu < Store.mu\n", 1},
		{"stale.Store.mu < stale.Bucket.mu\n", 0},
		{"leaf Store.mu\n", 1},
	} {
		if step.rules != "" {
			write("lockorder.rules", step.rules)
		}
		if got := goVet(t, lockorder, dir); len(got) != step.want {
			t.Errorf("step %d: %q: %d reports, want %d: %v", i, step.rules, len(got), step.want, got)
		}
	}
}
