package vet_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/report/reporttest"
	"github.com/lockorder/lockorder/vet"
)

type collector = reporttest.Collector

// run analyses packages; a problem fails the test.
func run(t *testing.T, cfg vet.Config) *collector {
	t.Helper()
	var c collector
	if err := vet.Run(t.Context(), cfg, &c); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Problems {
		t.Errorf("%s: %s", p.Pos, p.Message)
	}
	return &c
}

// TestPackages checks the packages of testdata: every report must be wanted
// by a comment on its line, and every want be met.
func TestPackages(t *testing.T) {
	c := run(t, vet.Config{Dir: "testdata", Workers: 1})
	wants := readWants(t, "testdata", "want|whole")
	for _, v := range c.Violations {
		got := fmt.Sprintf("%s: %s", v.Check, v.Message)
		if !wants.meet(v.Pos, got) {
			t.Errorf("%s: not wanted: %s (score %d)", v.Pos, got, v.Score)
		}
	}
	wants.missing(t)
}

// A want is a comment that asks for a report.
type want struct {
	pos report.Position
	re  *regexp.Regexp
	met bool
}

type wantList []*want

var wantString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// readWants reads the comments of the kinds that are asked for: "want" is for
// all, "whole" for what only the analysis of the whole program reports there,
// and "unit" for what only that of a package does.
func readWants(t *testing.T, dir, kinds string) wantList {
	wantComment := regexp.MustCompile(`// (?:` + kinds + `) ((?:"(?:[^"\\]|\\.)*"\s*)+)`)
	var out wantList
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		s := bufio.NewScanner(f)
		for line := 1; s.Scan(); line++ {
			m := wantComment.FindStringSubmatch(s.Text())
			if m == nil {
				continue
			}
			for _, q := range wantString.FindAllString(m[1], -1) {
				text, err := strconv.Unquote(q)
				if err != nil {
					return fmt.Errorf("%s:%d: %w", path, line, err)
				}
				pos := report.Position{File: filepath.ToSlash(name), Line: line}
				out = append(out, &want{pos: pos, re: regexp.MustCompile(text)})
			}
		}
		return s.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (l wantList) meet(pos report.Position, got string) bool {
	for _, w := range l {
		if !w.met && w.pos.File == pos.File && w.pos.Line == pos.Line && w.re.MatchString(got) {
			w.met = true
			return true
		}
	}
	return false
}

func (l wantList) missing(t *testing.T) {
	for _, w := range l {
		if !w.met {
			t.Errorf("%s: missing: %s", w.pos, w.re)
		}
	}
}

// TestDeterministic compares two runs, with one worker and with several.
func TestDeterministic(t *testing.T) {
	text := func(workers int) string {
		var b strings.Builder
		h := report.NewJSON(&b)
		if err := vet.Run(t.Context(), vet.Config{Dir: "testdata", Workers: workers}, h); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if one, four := text(1), text(4); one != four {
		t.Error("the output depends on the number of workers")
	}
}
