package vet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/rules"
	"github.com/lockorder/lockorder/vet"
)

// commented is a package whose comments declare orders in the words of projects.
const commented = `// Package p is a store.
//
// Lock order:
//
//	p.Store.mu
//	  Bucket.mu
//	    entry.state.mu
//	Registry
package p

import "sync"

type Store struct {
	mu     sync.Mutex
	flush  sync.Mutex // flush must be acquired before anything
	bucket *Bucket
}

type Bucket struct {
	mu sync.RWMutex
}

type state struct{ mu sync.Mutex }

type entry struct{ state *state }

// Registry has the names. Locking order: registry -> Registry -> names.
type Registry struct {
	sync.Mutex
	names struct {
		sync.Mutex
		m map[string]int
	}
}

var registry sync.Mutex

// Store.flush must be acquired before Store.mu.
func (s *Store) against() {
	s.bucket.mu.Lock()
	s.mu.Lock() // want "order: p.Store.mu taken under p.Bucket.mu"
	s.flush.Lock() // want "flush taken under p.Store.mu" "flush taken under p.Bucket.mu"
	s.flush.Unlock()
	s.mu.Unlock()
	s.bucket.mu.Unlock()
}

func (e *entry) against(b *Bucket) {
	e.state.mu.Lock()
	b.mu.RLock() // want "order: p.Bucket.mu taken under p.state.mu"
	b.mu.RUnlock()
	e.state.mu.Unlock()
}

func (r *Registry) against() {
	r.names.Lock()
	r.Lock() // want "order: p.Registry.Mutex taken under p.Registry.names.Mutex"
	r.Unlock()
	registry.Lock() // want "order: p.registry taken under p.Registry.names.Mutex"
	registry.Unlock()
	r.names.Unlock()
}

var text = ` + "`" + `
// Lock order: Bucket.mu -> Store.mu
` + "`" + `
`

// signed is a file with chains that both orders have.
const signed = `package p

import "sync"

type A struct{ mu sync.Mutex }

type B struct{ mu sync.Mutex }

%s

func both(a *A, b *B) {
	a.mu.Lock()
	b.mu.Lock() // %s "order: p.B.mu taken under p.A.mu"
	b.mu.Unlock()
	a.mu.Unlock()
}
`

func writeModule(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.test/p\n\ngo 1.26\n"
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// vetComments analyses a module by its comments, and returns what was not read.
func vetComments(t *testing.T, dir string, c vet.Comments) []string {
	t.Helper()
	var got collector
	var unmapped []string
	cfg := vet.Config{Dir: dir, Comments: c, Imported: func(imp rules.Import, _ *rules.Set) {
		for _, u := range imp.Unmapped {
			unmapped = append(unmapped, fmt.Sprintf("%d: %s", u.Pos.Line, u.Text))
		}
	}}
	if err := vet.Run(t.Context(), cfg, &got); err != nil {
		t.Fatal(err)
	}
	wants := readWants(t, dir, "want")
	for _, v := range got.Violations {
		if message := v.Check + ": " + v.Message; !wants.meet(v.Pos, message) {
			t.Errorf("%s: not wanted: %s", v.Pos, message)
		}
	}
	wants.missing(t)
	if len(got.Problems) != len(unmapped) {
		t.Errorf("%d problems, %d pieces that were not read", len(got.Problems), len(unmapped))
	}
	return unmapped
}

func TestComments(t *testing.T) {
	dir := writeModule(t, map[string]string{"p.go": commented})
	if unmapped := vetComments(t, dir, vet.Comments{Read: true}); len(unmapped) > 0 {
		t.Errorf("not read: %v", unmapped)
	}
	// The same by go vet.
	wants := readWants(t, dir, "want")
	for _, d := range goVet(t, tool(t), dir, "-lockorder.comments") {
		first, _, _ := strings.Cut(d.Message, "\n")
		if pos := d.pos(t, dir); !wants.meet(pos, d.Category+": "+first) {
			t.Errorf("go vet: %s: not wanted: %s", pos, first)
		}
	}
	wants.missing(t)
	if got := goVet(t, tool(t), dir); len(got) > 0 {
		t.Errorf("comments are read though nobody asked: %v", got)
	}
}

// TestSigns checks that < and > are read as the project says it, and not at all
// where it does not.
func TestSigns(t *testing.T) {
	for _, test := range []struct {
		comment string
		sign    rules.Sign
		broken  bool // both takes its locks against what is declared
		unread  []string
	}{
		{"// Lock order: B.mu -> A.mu", "", true, nil},
		{"// Lock order: A.mu => B.mu", "", false, nil},
		{"// Lock order: A.mu > B.mu", "", false, []string{"9: A.mu > B.mu"}},
		{"// Lock order: A.mu < B.mu", "", false, []string{"9: A.mu < B.mu"}},
		{"// Lock order: A.mu > B.mu", rules.LessFirst, true, nil},
		{"// Lock order: A.mu > B.mu", rules.GreaterFirst, false, nil},
		{"// Lock order: A.mu < B.mu", rules.GreaterFirst, true, nil},
		{"// Lock order: A.mu < B.mu", rules.LessFirst, false, nil},
		{"//lockorder:comments <\n\n// Lock order: A.mu > B.mu", "", true, nil},
		{"//lockorder:comments >\n\n// Lock order: A.mu > B.mu", rules.LessFirst, false, nil},
		{"// Lock order, where x < y means that x is acquired before y:\n//\n//\tB.mu < A.mu", "", true, nil},
		{"// Lock order, where x < y means that y is acquired before x:\n//\n//\tA.mu < B.mu", "", true, nil},
		{"// Lock order (outermost first):\n//\n//\tB.mu > A.mu", "", true, nil},
		{"// Lock order, innermost first:\n//\n//\tA.mu < B.mu", "", true, nil},
		{"// Lock order (\">\" means taken after):\n//\n//\tA.mu > B.mu", "", true, nil},
		// Words that contradict each other settle nothing.
		{"// Lock order (outermost first), innermost first:\n//\n//\tB.mu > A.mu", "", false, []string{"11: B.mu > A.mu"}},
		{"// Lock order:\n//\n//\tnobody.mu\n//\t  B.mu\n//\t    A.mu", "", true, []string{"11: nobody.mu"}},
	} {
		kind := "nothing"
		if test.broken {
			kind = "want"
		}
		dir := writeModule(t, map[string]string{"p.go": fmt.Sprintf(signed, test.comment, kind)})
		got := vetComments(t, dir, vet.Comments{Read: true, Sign: test.sign})
		if !slices.Equal(got, test.unread) {
			t.Errorf("%q %s: not read: %q, want %q", test.comment, test.sign, got, test.unread)
		}
	}
}

// TestChains reads a file of text.
func TestChains(t *testing.T) {
	dir := writeModule(t, map[string]string{
		"p.go":      fmt.Sprintf(signed, "", "want"),
		"order.txt": "How we lock.\n\n    B -> A\n\nA -> unknownLock\n",
	})
	got := vetComments(t, dir, vet.Comments{Chains: []string{filepath.Join(dir, "order.txt")}})
	if want := []string{"5: unknownLock"}; !slices.Equal(got, want) {
		t.Errorf("not read: %q, want %q", got, want)
	}
}
