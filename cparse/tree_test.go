package cparse

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// treeRoot finds the real tree that the figures are taken on.
func treeRoot(t testing.TB, version string) string {
	env := "LOCKORDER_TREE_" + strings.ReplaceAll(version, ".", "_")
	if d := os.Getenv(env); d != "" {
		return d
	}
	if d := os.Getenv("LOCKORDER_TREES"); d != "" {
		d = filepath.Join(d, "linux-"+version)
		if _, err := os.Stat(d); err == nil {
			return d
		}
	}
	t.Skipf("no kernel tree: set %s, or LOCKORDER_TREES to the directory that holds linux-%s", env, version)
	return ""
}

type parseFigures struct {
	funcs, bad int
	failing    []string
}

func (p *parseFigures) share() float64 {
	if p.funcs == 0 {
		return 1
	}
	return 1 - float64(p.bad)/float64(p.funcs)
}

// parseAll parses every function below dir.
func parseAll(t testing.TB, tree *Tree, dir string) *parseFigures {
	names, err := tree.Walk([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	var out parseFigures
	var mu sync.Mutex
	ch := make(chan string)
	var wg sync.WaitGroup
	for range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for name := range ch {
				f, err := tree.Borrow(name)
				if err != nil {
					t.Error(err)
					continue
				}
				bad := 0
				var fail []string
				for _, fn := range f.Funcs {
					if _, ps := fn.Body(); len(ps) > 0 {
						bad++
						fail = append(fail, fmt.Sprintf("%s: %s: %v", f.Position(fn.Pos), fn.Name, ps[0]))
					}
				}
				mu.Lock()
				out.funcs += len(f.Funcs)
				out.bad += bad
				out.failing = append(out.failing, fail...)
				mu.Unlock()
				f.Shed()
			}
		}()
	}
	for _, n := range names {
		ch <- n
	}
	close(ch)
	wg.Wait()
	return &out
}

// The share of functions that parse. LOCKORDER_DIRS names other directories
// than the usual ones, to be held to 99 %.
func TestRealTree(t *testing.T) {
	tree, err := Open(treeRoot(t, "6.12"), Config{})
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[string]float64{"mm": 0.997, "fs": 0.995, "kernel": 0.995, "block": 0.995, "net": 0.995}
	if d := os.Getenv("LOCKORDER_DIRS"); d != "" {
		dirs = map[string]float64{}
		for _, d := range strings.Fields(d) {
			dirs[d] = 0.99
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		want := dirs[dir]
		start := time.Now()
		p := parseAll(t, tree, dir)
		t.Logf("%s: %d functions, %d with errors, %.2f %% clean, %v", dir, p.funcs, p.bad, 100*p.share(), time.Since(start).Round(time.Millisecond))
		if testing.Verbose() || p.share() < want {
			for i, s := range p.failing {
				if i < 60 {
					t.Log(s)
				}
			}
		}
		if p.share() < want {
			t.Errorf("%s: %.2f %% of the functions parse, want %.2f %%", dir, 100*p.share(), 100*want)
		}
	}
}
