package analyzer_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report"
)

// stay runs a scan with and without all arms: what the configuration has is said in
// both. It returns what the arms add.
func stay(t *testing.T, cfg analyzer.Config) ([]*report.Violation, *report.Stats) {
	t.Helper()
	var plain, all collector
	if err := analyzer.Run(context.Background(), cfg, &plain); err != nil {
		t.Fatal(err)
	}
	cfg.Arms = true
	if err := analyzer.Run(context.Background(), cfg, &all); err != nil {
		t.Fatal(err)
	}
	var kept, added []*report.Violation
	for _, v := range all.Violations {
		if len(v.Arms) > 0 {
			added = append(added, v)
		} else {
			kept = append(kept, v)
		}
	}
	was, err := json.Marshal(plain.Violations)
	if err != nil {
		t.Fatal(err)
	}
	is, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != string(is) {
		t.Errorf("%s %s: the reports of the configuration are %d, and %d with all arms, or other ones", cfg.Root, cfg.Paths, len(plain.Violations), len(kept))
	}
	was, _ = json.Marshal(plain.Statistics.Counts)
	is, _ = json.Marshal(all.Statistics.Counts)
	if string(was) != string(is) {
		t.Errorf("%s %s: %s is known, and %s with all arms", cfg.Root, cfg.Paths, was, is)
	}
	return added, all.Statistics
}

func TestArmsStay(t *testing.T) {
	added, stats := stay(t, analyzer.Config{Root: filepath.Join("..", "testdata", "models"), All: true})
	if len(added) < 4 || stats.Arms.Lowered < 5 || stats.Arms.Unread > 0 || stats.Arms.Failed > 0 || stats.Arms.LockOps == 0 {
		t.Errorf("%d reports, %+v", len(added), *stats.Arms)
	}
	for _, state := range []string{"before", "posted", "after"} {
		stay(t, analyzer.Config{Root: filepath.Join("..", "testdata", "series", state)})
	}
}

// TestTreeArms looks at the arms of a real file, in which all lock operations that the
// configuration leaves out have to become known.
func TestTreeArms(t *testing.T) {
	if os.Getenv("LOCKORDER_TREES") == "" {
		t.Skip("LOCKORDER_TREES is not set")
	}
	_, stats := stay(t, analyzer.Config{Root: treeRoot(t, "6.12"), Paths: []string{"mm/highmem.c"}})
	a := stats.Arms
	t.Logf("%+v", *a)
	if a.LockOps == 0 || a.LockOps != stats.Reported.Inactive || a.Failed > 0 || a.Unread > 0 {
		t.Errorf("%d of %d lock operations: %+v", a.LockOps, stats.Reported.Inactive, *a)
	}
}
