package analyzer_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report/reporttest"
)

// TestLean holds that a run of the checks, which drops what no check reads as soon
// as it can, says what an analysis says that is there for any question.
func TestLean(t *testing.T) {
	scans := []analyzer.Config{{Root: filepath.Join("..", "testdata", "models")}}
	for _, state := range []string{"before", "posted", "after"} {
		scans = append(scans, analyzer.Config{Root: filepath.Join("..", "testdata", "series", state)})
	}
	if trees := os.Getenv("LOCKORDER_TREES"); trees != "" {
		scans = append(scans, analyzer.Config{Root: filepath.Join(trees, "linux-6.12"), Paths: []string{"ipc/sem.c"}})
	}
	for _, cfg := range scans {
		cfg.All = true
		var run, asked reporttest.Collector
		if err := analyzer.Run(context.Background(), cfg, &run); err != nil {
			t.Fatal(err)
		}
		r, err := analyzer.Analyze(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Report(&asked); err != nil {
			t.Fatal(err)
		}
		a, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(asked)
		if err != nil {
			t.Fatal(err)
		}
		if string(a) != string(b) {
			t.Errorf("%s: the reports differ", cfg.Root)
		}
		if len(run.Violations) == 0 && filepath.Base(cfg.Root) != "after" {
			t.Errorf("%s: nothing was found", cfg.Root)
		}
	}
}
