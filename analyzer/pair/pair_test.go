package pair_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/pair"
	"github.com/lockorder/lockorder/vet"
	"gonum.org/v1/gonum/graph/formats/dot"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// compare lays the two programs of testdata side by side.
func compare(t *testing.T) *pair.Comparison {
	t.Helper()
	rules := []string{filepath.Join("testdata", "order.lockorder")}
	c, err := analyzer.Analyze(t.Context(), analyzer.Config{Root: filepath.Join("testdata", "c"), RuleFiles: rules})
	if err != nil {
		t.Fatal(err)
	}
	g, err := vet.Analyze(t.Context(), vet.Config{Dir: filepath.Join("testdata", "go"), RuleFiles: rules})
	if err != nil {
		t.Fatal(err)
	}
	return pair.Compare(c.Result, g.Result)
}

func TestPair(t *testing.T) {
	both := compare(t)
	t.Run("compare", func(t *testing.T) { testCompare(t, both) })
	t.Run("text", func(t *testing.T) { testText(t, both) })
	t.Run("json", func(t *testing.T) { testJSON(t, both) })
	t.Run("write error", func(t *testing.T) { testWriteError(t, both) })
	t.Run("dot", func(t *testing.T) { testDOT(t, both) })
}

func testCompare(t *testing.T, both *pair.Comparison) {
	got := map[string]string{}
	for i := range both.Pairs {
		p := &both.Pairs[i]
		how := string(p.Status)
		if p.Declared != nil {
			how += " declared"
		}
		if p.Undeclared() {
			how += " undeclared"
		}
		got[p.Outer+" < "+p.Inner] = how
		if (p.C != nil && len(p.C.Path.Steps) == 0) || (p.Go != nil && len(p.Go.Path.Steps) == 0) {
			t.Errorf("%s < %s has no witness", p.Outer, p.Inner)
		}
	}
	want := map[string]string{
		"store.lock < store.journal":  "same",
		"store.lock < store.stats":    "c declared",
		"store.journal < store.cache": "c declared",
		"store.cache < store.lock":    "try",
		"store.lock < store.cache":    "go undeclared",
	}
	for k, w := range want {
		if got[k] != w {
			t.Errorf("%s: %q, want %q", k, got[k], w)
		}
	}
	for k, g := range got {
		if want[k] == "" {
			t.Errorf("%s: %q is not wanted", k, g)
		}
	}
	if len(both.Unused) != 1 || both.Unused[0].Rule != "differs store.journal < store.stats in go" || both.Unused[0].Pos.Line != 8 {
		t.Errorf("unused: %+v", both.Unused)
	}
	if n := both.Faults(); n != 2 {
		t.Errorf("%d faults, want the pair that is undeclared and the declaration that is not used", n)
	}
	for _, c := range both.Classes {
		if c.Name == "store.lock" && !(c.C && c.Go && slices.Equal(c.As, []string{"store.Store.mu"})) {
			t.Errorf("binding: %+v", c)
		}
		if c.Name == "store.stats" && (c.Go || !c.C || c.As != nil) {
			t.Errorf("a class of C alone: %+v", c)
		}
	}
}

// testText holds the text to the goldens: in short, and with every path.
func testText(t *testing.T, both *pair.Comparison) {
	for name, opts := range map[string]pair.TextOptions{"text": {}, "paths": {Paths: true}} {
		var b bytes.Buffer
		if err := both.Text(&b, opts); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".golden", b.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s", name, got)
	}
}

// testJSON reads the JSON back, and asks for the same bytes from another run.
func testJSON(t *testing.T, both *pair.Comparison) {
	var one, two bytes.Buffer
	if err := both.JSON(&one); err != nil {
		t.Fatal(err)
	}
	if err := compare(t).JSON(&two); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("two runs differ")
	}
	var back pair.Comparison
	if err := json.Unmarshal(one.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Summary() != both.Summary() || back.Faults() != both.Faults() {
		t.Errorf("read back: %s", back.Summary())
	}
}

// testDOT reads the graph with a parser of the language.
func testDOT(t *testing.T, both *pair.Comparison) {
	both.Pairs[0].Declared = &pair.Declared{Reason: "a \"quote\", a\nline and a \\"}
	var b bytes.Buffer
	if err := both.DOT(&b); err != nil {
		t.Fatal(err)
	}
	file, err := dot.ParseBytes(b.Bytes())
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	if n, want := len(file.Graphs[0].Stmts), 1+len(both.Classes)+len(both.Pairs); n != want {
		t.Errorf("%d statements, want %d", n, want)
	}
}

// testWriteError checks that what the writer says comes back.
func testWriteError(t *testing.T, both *pair.Comparison) {
	for name, write := range map[string]func() error{
		"text":  func() error { return both.Text(full{}, pair.TextOptions{}) },
		"paths": func() error { return both.Text(full{}, pair.TextOptions{Paths: true}) },
		"json":  func() error { return both.JSON(full{}) },
		"dot":   func() error { return both.DOT(full{}) },
	} {
		if err := write(); err != os.ErrClosed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// full is a writer that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }
