package analyzer_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/check"
	"github.com/lockorder/lockorder/analyzer/report/reporttest"
)

type collector = reporttest.Collector

var wantComment = regexp.MustCompile(`want ((?:"(?:[^"\\]|\\.)*"\s*)+)`)

// TestModels runs the checks on each file of testdata/models by itself: every
// report must be wanted by a comment on its line, and every want be met.
func TestModels(t *testing.T) {
	root := filepath.Join("..", "testdata", "models")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".c" {
			return err
		}
		name, _ := filepath.Rel(root, path)
		t.Run(strings.TrimSuffix(filepath.ToSlash(name), ".c"), func(t *testing.T) {
			t.Parallel()
			model(t, path)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func model(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // a tree of this file alone
	base := filepath.Base(path)
	if err := os.WriteFile(filepath.Join(dir, base), text, 0o666); err != nil {
		t.Fatal(err)
	}
	cfg := analyzer.Config{Root: dir, Paths: []string{base}, Workers: 1}
	cfg.Arms = filepath.Base(filepath.Dir(path)) == "arms"
	for _, k := range check.All() { // a check that is off by default has a directory to itself
		if k.Name == filepath.Base(filepath.Dir(path)) && !k.Default {
			cfg.Checks = []string{k.Name}
		}
	}
	var c collector
	if err := analyzer.Run(context.Background(), cfg, &c); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Problems {
		t.Errorf("%s: %s", p.Pos, p.Message)
	}
	type want struct {
		re  *regexp.Regexp
		hit bool
	}
	wants := map[int][]*want{}
	for i, line := range bytes.Split(text, []byte("\n")) {
		m := wantComment.FindSubmatch(line)
		if m == nil {
			continue
		}
		for _, q := range regexp.MustCompile(`"(?:[^"\\]|\\.)*"`).FindAllString(string(m[1]), -1) {
			s, err := strconv.Unquote(q)
			if err != nil {
				t.Fatal(err)
			}
			wants[i+1] = append(wants[i+1], &want{re: regexp.MustCompile(s)})
		}
	}
	for _, v := range c.Violations {
		got := fmt.Sprintf("%s: %s", v.Check, v.Message)
		ok := false
		for _, w := range wants[v.Pos.Line] {
			if w.re.MatchString(got) {
				w.hit, ok = true, true
			}
		}
		if !ok {
			t.Errorf("%s:%d: not wanted: %s (score %d)", base, v.Pos.Line, got, v.Score)
		}
	}
	for line, ws := range wants {
		for _, w := range ws {
			if !w.hit {
				t.Errorf("%s:%d: missing: %s", base, line, w.re)
			}
		}
	}
}
