package cparse

import (
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkParse parses the files of mm and the bodies of their functions, one
// after the other. What they include is read once, by a first round.
func BenchmarkParse(b *testing.B) {
	tree, err := Open(treeRoot(b, "6.12"), Config{})
	if err != nil {
		b.Fatal(err)
	}
	all, err := tree.Walk([]string{"mm"})
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for _, n := range all {
		if filepath.Ext(n) == ".c" && !strings.Contains(n, "_test") {
			names = append(names, n)
		}
	}
	funcs, size := 0, int64(0)
	round := func() {
		funcs, size = 0, 0
		for _, n := range names {
			f, err := tree.Borrow(n)
			if err != nil {
				b.Fatal(err)
			}
			size += int64(len(f.Src))
			for _, fn := range f.Funcs {
				fn.Body()
			}
			funcs += len(f.Funcs)
			f.Shed()
		}
	}
	round()
	for b.Loop() {
		round()
	}
	b.SetBytes(size)
	b.ReportMetric(float64(funcs)*float64(b.N)/b.Elapsed().Seconds(), "funcs/s")
}
