package analyzer_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

const series = "../testdata/series"

// TestSeries scans each state of the patch series: every fault of expect.csv
// must be reported, and nothing else.
func TestSeries(t *testing.T) {
	expect, quiet := table(t, "expect.csv"), table(t, "quiet.csv")
	for _, state := range []string{"before", "posted", "posted-v1", "after"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			found := scanState(t, state)
			hit := make([]bool, len(expect))
			for _, v := range found {
				known := false
				for i, row := range expect {
					// v1 is laid over the posted state, and has its faults.
					if row["state"] != state && !(state == "posted-v1" && row["state"] == "posted") || row["check"] != v.Check {
						continue
					}
					if within(v, row["function"]) && same(v.Outer, row["outer"]) && same(v.Inner, row["inner"]) {
						hit[i], known = true, true
					}
				}
				for _, row := range quiet {
					if row["state"] == state && within(v, row["function"]) && same(v.Outer, row["outer"]) && same(v.Inner, row["inner"]) {
						t.Errorf("%s: %s, but: %s", v.Pos, v.Message, row["why"])
					}
				}
				if !known {
					t.Errorf("%s: not wanted: %s: %s, from %s (%s, %d)", v.Pos, v.Check, v.Message, v.Root, v.Confidence, v.Score)
				}
			}
			for i, row := range expect {
				if row["state"] == state && !hit[i] {
					t.Errorf("missing: %s: %s in %s: %s, %s", row["id"], row["check"], row["function"], row["outer"], row["inner"])
				}
			}
		})
	}
}

// scanState scans one state, put together as testdata/series/README.md says.
func scanState(t *testing.T, state string) []*report.Violation {
	dir := t.TempDir()
	layers := []string{state, "stubs"}
	if state == "posted-v1" {
		layers = []string{"posted", "stubs", "posted-v1"}
	}
	for _, l := range layers {
		overlay(t, dir, filepath.Join(series, l))
	}
	var c collector
	if err := analyzer.Run(context.Background(), analyzer.Config{Root: dir}, &c); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Problems {
		t.Errorf("%s: %s", p.Pos, p.Message)
	}
	return c.Violations
}

// overlay copies the tree at from over the one at to.
func overlay(t *testing.T, to, from string) {
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// table reads a table of the series.
func table(t *testing.T, name string) []map[string]string {
	return readTable(t, filepath.Join(series, name))
}

// readTable reads a CSV file with a header.
func readTable(t *testing.T, name string) []map[string]string {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

// within reports whether fn does what v tells of: itself, or by a wrapper.
func within(v *report.Violation, fn string) bool {
	if v.Function == fn {
		return true
	}
	steps := v.Paths[0].Steps
	for _, s := range steps[max(0, len(steps)-2):] {
		if s.Function == fn {
			return true
		}
	}
	return false
}

// same compares a class of a report with one of a table: without qualifier,
// and by its canonical name.
func same(got, want string) bool {
	c, _ := rules.ParseClass(got)
	if want == "page.PG_locked" {
		want = "folio.PG_locked"
	}
	return fmt.Sprint(c.Base()) == want
}
