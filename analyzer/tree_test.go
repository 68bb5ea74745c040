package analyzer_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/rules"
)

// What a real tree has to give at least.
const (
	minFound    = 0.97  // of the rows of pairs.csv
	minAgree    = 0.95  // of those that are found: the verdict
	minParsed   = 0.997 // of the functions of mm
	minResolved = 0.98  // of the lock operations of mm
)

// A fault of a real tree that has to be reported, with the functions on the way
// from the one lock to the other.
type treeFault struct {
	name, outer, inner string
	chain              []string
}

const (
	pageLock = "folio.PG_locked"
	mapLock  = "address_space.i_mmap_rwsem"
)

// memoryFailure is the memory failure of a hugetlb page, from the function that
// locks the page.
func memoryFailure(from string) treeFault {
	return treeFault{
		name: "memory failure", outer: pageLock, inner: mapLock,
		chain: []string{from, "hwpoison_user_mappings", "collect_procs", "collect_procs_file", "i_mmap_lock_read"},
	}
}

var trees = []struct {
	version string
	paths   []string // patterns
	scored  bool     // pairs.csv has rows of it
	faults  []treeFault
}{
	{
		version: "5.10", paths: []string{"mm", "fs/hugetlbfs", "kernel/fork.c"}, scored: true,
		faults: []treeFault{
			{
				name: "hole punch", outer: pageLock, inner: mapLock,
				chain: []string{"remove_inode_hugepages", "i_mmap_lock_write"},
			},
			memoryFailure("memory_failure_hugetlb"),
		},
	},
	{
		version: "6.1", paths: []string{"mm/memory-failure.c"},
		faults: []treeFault{memoryFailure("try_memory_failure_hugetlb")},
	},
	{
		version: "6.12", paths: []string{"mm", "fs/hugetlbfs", "kernel/fork.c", "fs/ext4", "fs/*.c"}, scored: true,
		faults: []treeFault{memoryFailure("try_memory_failure_hugetlb")},
	},
}

// TestTree analyses real kernel trees: what is known of them has to be found.
func TestTree(t *testing.T) {
	if os.Getenv("LOCKORDER_TREES") == "" {
		t.Skip("LOCKORDER_TREES is not set to a directory with linux-5.10, linux-6.1 and linux-6.12 (see scripts/get-tree)")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program does
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(2200 << 20))
	for _, tree := range trees {
		t.Run(tree.version, func(t *testing.T) {
			root := treeRoot(t, tree.version)
			analysed := sync.OnceValues(func() (*analyzer.Result, error) {
				return analyzer.Analyze(context.Background(), analyzer.Config{Root: root, Paths: below(t, root, tree.paths)})
			})
			scanned := sync.OnceValues(func() (*collector, error) {
				r, err := analysed()
				if err != nil {
					return nil, err
				}
				c := &collector{}
				return c, r.Report(c)
			})
			if tree.scored {
				t.Run("pairs", func(t *testing.T) { scorePairs(t, tree.version, must(t, analysed)) })
				t.Run("silent", func(t *testing.T) {
					silent(t, tree.version, must(t, analysed), must(t, scanned).Violations)
				})
				t.Run("figures", func(t *testing.T) { figures(t, must(t, scanned).Statistics) })
			}
			if tree.version == "6.12" {
				t.Run("audit", func(t *testing.T) { audit(t, must(t, scanned).Violations) })
			}
			for _, f := range tree.faults {
				t.Run(f.name, func(t *testing.T) { f.find(t, must(t, scanned).Violations) })
			}
		})
	}
	t.Run("deterministic", func(t *testing.T) { deterministic(t, treeRoot(t, "6.12")) })
}

// below are the files and directories of a tree that the patterns match.
func below(t *testing.T, root string, patterns []string) (names []string) {
	t.Helper()
	for _, p := range patterns {
		found, err := fs.Glob(os.DirFS(root), p)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: nothing matches %s (%v)", root, p, err)
		}
		names = append(names, found...)
	}
	return names
}

// treeRoot is the tree of a version; without it the test is skipped.
func treeRoot(t *testing.T, version string) string {
	root := filepath.Join(os.Getenv("LOCKORDER_TREES"), "linux-"+version)
	if _, err := os.Stat(filepath.Join(root, "Makefile")); err != nil {
		t.Skipf("no tree: scripts/get-tree %s %s unpacks it", version, root)
	}
	return root
}

func must[T any](t *testing.T, get func() (T, error)) T {
	t.Helper()
	v, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A pairKey is what a row of pairs.csv and a pair that was found agree in.
type pairKey struct{ file, function, outer, inner string }

func (k pairKey) String() string {
	return fmt.Sprintf("%s: %s: %s, then %s", k.file, k.function, k.outer, k.inner)
}

// className spells a class as the trees have in common: without qualifier and
// subclass, by one of its names.
func className(t *testing.T, class string) string {
	c, err := rules.ParseClass(class)
	if err != nil {
		t.Errorf("class %q: %v", class, err)
	}
	switch name := c.Base().String(); name {
	case "page.PG_locked":
		return pageLock
	case "anon_vma.root.rwsem":
		return "anon_vma.rwsem"
	default:
		return name
	}
}

// facts are the rows of pairs.csv for a tree: those that must be found, and
// those that must not.
func facts(t *testing.T, version string) (edges, silent []map[string]string) {
	for _, row := range readTable(t, "../testdata/groundtruth/pairs.csv") {
		switch {
		case row["tree"] != version:
		case row["verdict"] == "no-edge":
			silent = append(silent, row)
		default:
			edges = append(edges, row)
		}
	}
	if len(edges) == 0 {
		t.Fatalf("pairs.csv has no rows for %s", version)
	}
	return edges, silent
}

func keyOf(t *testing.T, row map[string]string) pairKey {
	return pairKey{row["file"], row["function"], className(t, row["outer"]), className(t, row["inner"])}
}

// foundPairs are the verdicts on each pair.
func foundPairs(t *testing.T, r *analyzer.Result) map[pairKey][]string {
	found := map[pairKey][]string{}
	pairs, err := r.Pairs()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		k := pairKey{p.File, p.Function, className(t, p.Outer), className(t, p.Inner)}
		if !slices.Contains(found[k], p.Verdict) {
			found[k] = append(found[k], p.Verdict)
		}
	}
	return found
}

// scorePairs looks for each row of pairs.csv.
func scorePairs(t *testing.T, version string, r *analyzer.Result) {
	found := foundPairs(t, r)
	edges, _ := facts(t, version)
	var hits, agree int
	for _, row := range edges {
		k := keyOf(t, row)
		verdicts, ok := found[k]
		switch {
		case !ok:
			t.Logf("missed: %s (line %s, %s): %s", k, row["line"], row["via"], row["verdict"])
			continue
		case slices.Contains(verdicts, row["verdict"]):
			agree++
		default:
			t.Logf("verdict: %s (line %s): %s, is %s", k, row["line"], strings.Join(verdicts, ", "), row["verdict"])
		}
		hits++
	}
	share := float64(hits) / float64(len(edges))
	t.Logf("%s: %d of %d pairs found (%.1f %%), on %d of them (%.1f %%) the verdict agrees",
		version, hits, len(edges), 100*share, agree, 100*float64(agree)/float64(max(1, hits)))
	if share < minFound {
		t.Errorf("%.1f %% of the pairs are found, want %.0f %%", 100*share, 100*minFound)
	}
	if float64(agree) < minAgree*float64(hits) {
		t.Errorf("the verdict agrees on %d of %d pairs, want %.0f %%", agree, hits, 100*minAgree)
	}
}

// silent looks for the pairs that are none, and for reports of them.
func silent(t *testing.T, version string, r *analyzer.Result, reports []*report.Violation) {
	found := foundPairs(t, r)
	_, rows := facts(t, version)
	for _, row := range rows {
		k := keyOf(t, row)
		if verdicts, ok := found[k]; ok {
			t.Errorf("%s: found (%s), but: %s", k, strings.Join(verdicts, ", "), row["note"])
		}
		for _, v := range reports {
			for _, p := range v.Paths {
				if className(t, p.Outer) == k.outer && className(t, p.Inner) == k.inner && passes(p, k) {
					t.Errorf("%s: reported at %s (%s: %s), but: %s", k, v.Pos, v.Check, v.Message, row["note"])
				}
			}
		}
	}
}

// passes reports whether the trace takes or leads to the inner lock of k in its
// function.
func passes(p report.Trace, k pairKey) bool {
	return slices.ContainsFunc(p.Steps, func(s report.Step) bool {
		return s.Function == k.function && s.Pos.File == k.file
	})
}

// figures checks how much of mm is understood.
func figures(t *testing.T, stats *report.Stats) {
	var mm report.Counts
	for _, d := range stats.Dirs {
		if d.Dir == "mm" || strings.HasPrefix(d.Dir, "mm/") {
			mm.Add(d)
		}
	}
	check := func(what string, n, of int, least float64) {
		share := float64(n) / float64(max(1, of))
		t.Logf("mm: %d of %d %s (%.2f %%)", n, of, what, 100*share)
		if share < least {
			t.Errorf("mm: %.2f %% of the %s, want %.1f %%", 100*share, what, 100*least)
		}
	}
	check("functions parsed without error", mm.Parsed, mm.Functions, minParsed)
	check("lock operations resolved", mm.Resolved, mm.LockOps, minResolved)
}

// find looks for a report of the fault whose witness is complete.
func (f *treeFault) find(t *testing.T, reports []*report.Violation) {
	for _, v := range reports {
		if v.Check != "order" || className(t, v.Outer) != f.outer || className(t, v.Inner) != f.inner {
			continue
		}
		if !slices.Equal(chain(v.Paths[0]), f.chain) {
			continue
		}
		t.Logf("%s: %s (%s, %d)", v.Pos, v.Message, v.Confidence, v.Score)
		f.check(t, v)
		return
	}
	t.Errorf("no report of %s taken under %s by %s", f.inner, f.outer, strings.Join(f.chain, " > "))
	for _, v := range reports {
		if v.Check == "order" && className(t, v.Outer) == f.outer && className(t, v.Inner) == f.inner {
			t.Logf("but: %s by %s", v.Pos, strings.Join(chain(v.Paths[0]), " > "))
		}
	}
}

// check looks at the witness: it has to begin with the outer lock, lead by calls
// to the inner one, and stand against a declared order.
func (f *treeFault) check(t *testing.T, v *report.Violation) {
	steps := v.Paths[0].Steps
	first, last := steps[0], steps[len(steps)-1]
	if first.Verb != report.Takes || className(t, first.Target) != f.outer {
		t.Errorf("the witness begins with %s %s %s, not with taking %s", first.Function, first.Verb, first.Target, f.outer)
	}
	if last.Verb != report.Takes || className(t, last.Target) != f.inner {
		t.Errorf("the witness ends with %s %s %s, not with taking %s", last.Function, last.Verb, last.Target, f.inner)
	}
	for _, s := range steps {
		if s.Pos.File == "" || s.Pos.Line == 0 || s.Pos.Col == 0 {
			t.Errorf("%s %s %s: at %q, which is no position", s.Function, s.Verb, s.Target, s.Pos)
		}
	}
	if len(v.Rule) == 0 {
		t.Error("no declaration is named")
	}
}

// chain lists the functions that a trace is in, one after the other.
func chain(p report.Trace) []string {
	var out []string
	for _, s := range p.Steps {
		if len(out) == 0 || out[len(out)-1] != s.Function {
			out = append(out, s.Function)
		}
	}
	return out
}

// deterministic scans a part of the tree with one worker and with several.
func deterministic(t *testing.T, root string) {
	scan := func(workers int) []byte {
		var out bytes.Buffer
		cfg := analyzer.Config{Root: root, Paths: []string{"mm/rmap.c"}, Workers: workers}
		h := report.NewJSON(&out)
		if err := analyzer.Run(context.Background(), cfg, h); err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	one, three := scan(1), scan(3)
	if bytes.Equal(one, three) {
		return
	}
	a, b := bytes.Split(one, []byte("\n")), bytes.Split(three, []byte("\n"))
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			t.Fatalf("message %d depends on the number of workers:\n 1: %.400s\n 3: %.400s", i+1, a[i], b[i])
		}
	}
	t.Fatalf("%d messages with 1 worker, %d with 3", len(a), len(b))
}
