package analyzer

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/summary"
	"github.com/lockorder/lockorder/testdata"
)

// benchTrees runs f on the models and, if there is one, on mm of a real tree.
func benchTrees(b *testing.B, f func(b *testing.B, cfg Config)) {
	b.Run("series", func(b *testing.B) {
		dir := b.TempDir()
		if err := testdata.WriteSeries("before", dir); err != nil {
			b.Fatal(err)
		}
		f(b, Config{Root: dir})
	})
	b.Run("mm", func(b *testing.B) {
		root := filepath.Join(os.Getenv("LOCKORDER_TREES"), "linux-6.12")
		if _, err := os.Stat(filepath.Join(root, "Makefile")); err != nil {
			b.Skip("LOCKORDER_TREES is not set to a directory with linux-6.12")
		}
		f(b, Config{Root: root, Paths: []string{"mm"}})
	})
}

// BenchmarkLoad reads and lowers what is named, and all that it refers to.
func BenchmarkLoad(b *testing.B) {
	benchTrees(b, func(b *testing.B, cfg Config) {
		n := 0
		for b.Loop() {
			p, err := load(context.Background(), cfg)
			if err != nil {
				b.Fatal(err)
			}
			n = len(p.funcs)
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "funcs/s")
	})
}

// BenchmarkSummary summarises what was loaded.
func BenchmarkSummary(b *testing.B) {
	benchTrees(b, func(b *testing.B, cfg Config) {
		p, err := load(context.Background(), cfg)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			g := callgraph.New(p.funcs, p.bindings)
			if _, err := summary.All(context.Background(), g, summary.Options{Rules: p.rules, GlobalName: p.globalName}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(p.funcs))*float64(b.N)/b.Elapsed().Seconds(), "funcs/s")
	})
}
