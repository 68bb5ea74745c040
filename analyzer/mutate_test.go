package analyzer

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/cparse"
	"github.com/rogpeppe/go-internal/diff"
)

// The shares of random edits that have to be judged right.
const (
	minReported = 0.90 // of those that break the locking
	minSilent   = 0.99 // of those that change nothing
	minDeeper   = 0.85 // of those that change nothing but how many calls there are to a lock
)

// mutated are the files that the edits are made to.
var mutated = []string{
	"fs/hugetlbfs/inode.c", "mm/huge_memory.c", "mm/hugetlb.c", "mm/memory-failure.c", "mm/migrate.c", "mm/mremap.c", "mm/rmap.c", "mm/swapfile.c",
}

// An edit changes one function of a file.
type edit struct {
	kind, file, fn string
	what           string // of it is edited, for the log
	about          string // two edits with the same here could hide each other
	body, now      string
}

// An editor makes the edits of one kind that a function allows.
type editor func(r *rand.Rand, f *cparse.File, fn *cparse.Func, body string) []edit

// editKind is a kind of edit, and how many of them are made.
type editKind struct {
	name string
	make editor
	n    int
}

// TestTreeEdits makes random edits to the functions of a real kernel and asks
// for each what it adds. Those of the first sort break the locking, those of the
// second change nothing. The edits are made from the tree: they hold its text, and
// go nowhere.
//
// To be quick, several are made at once, as one patch. What it adds counts for an
// edit that breaks something if its function is the only one of those edited that the
// report goes through. What is not settled that way is asked again of the edit alone.
func TestTreeEdits(t *testing.T) {
	if os.Getenv("LOCKORDER_TREES") == "" {
		t.Skip("LOCKORDER_TREES is not set to a directory with linux-5.10 (see scripts/get-tree)")
	}
	root := filepath.Join(os.Getenv("LOCKORDER_TREES"), "linux-5.10")
	if _, err := os.Stat(filepath.Join(root, "Makefile")); err != nil {
		t.Skipf("no tree: scripts/get-tree 5.10 %s unpacks it", root)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	m := newMutator(t, root)
	t.Run("breaking", func(t *testing.T) { judge(t, parts(m.choose(breaking), 8), m.reported, minReported, 40) })
	m.reuse = &reuse{} // what it holds of the edits so far is large
	t.Run("quiet", func(t *testing.T) { judge(t, parts(m.choose(quiet), 34), m.silent, minSilent, 100) })
	t.Run("deeper", func(t *testing.T) { judge(t, parts(m.choose(deeper), 16), m.silent, minDeeper, 16) })
}

// parts makes patches of edits: each has n of them at most, but none that could hide
// each other.
func parts(edits []edit, n int) (steps [][]edit) {
next:
	for _, e := range edits {
		for i, step := range steps {
			if len(step) < n && !slices.ContainsFunc(step, func(o edit) bool { return e.about != "" && o.about == e.about }) {
				steps[i] = append(step, e)
				continue next
			}
		}
		steps = append(steps, []edit{e})
	}
	return steps
}

// reported says of each edit of a step whether what it breaks is reported.
func (m *mutator) reported(t *testing.T, step []edit) []bool {
	changes := m.run(t, step)
	out := make([]bool, len(step))
	for i, e := range step {
		out[i] = slices.ContainsFunc(changes, func(v *report.Violation) bool {
			return v.Change == report.Added && through(v, e) &&
				!slices.ContainsFunc(step, func(o edit) bool { return o.fn != e.fn && through(v, o) })
		})
		if !out[i] && len(step) > 1 {
			out[i] = m.reported(t, []edit{e})[0]
		}
	}
	return out
}

// silent says of each edit of a step whether nothing is heard of it.
func (m *mutator) silent(t *testing.T, step []edit) []bool {
	changes := m.run(t, step)
	out := make([]bool, len(step))
	alone := make([]func() bool, len(step))
	for i, e := range step {
		out[i] = true
		alone[i] = sync.OnceValue(func() bool { return len(step) > 1 && m.silent(t, []edit{e})[0] })
	}
	for _, v := range changes {
		if v.Change != report.Added && v.Change != report.Fixed {
			continue
		}
		found := false
		for i, e := range step {
			if through(v, e) && !alone[i]() {
				out[i], found = false, true
			}
		}
		if !found { // it may be any of them
			clear(out)
		}
		t.Logf("%s: %s: %s, in %s", v.Pos, v.Change, v.Message, v.Function)
	}
	return out
}

// through reports whether a path of v goes through the function of e.
func through(v *report.Violation, e edit) bool {
	for _, p := range v.Paths {
		for _, s := range p.Steps {
			if s.Function == e.fn {
				return true
			}
		}
	}
	return v.Function == e.fn || v.Root == e.fn
}

// judge counts the edits that are judged right.
func judge(t *testing.T, steps [][]edit, right func(*testing.T, []edit) []bool, share float64, atLeast int) {
	of, all, good, total := map[string]int{}, map[string]int{}, 0, 0
	for _, step := range steps {
		ok := right(t, step)
		for i, e := range step {
			all[e.kind]++
			total++
			if ok[i] {
				of[e.kind]++
				good++
			} else {
				t.Logf("%s: not judged right: %s in %s (%s)", e.file, e.kind, e.fn, e.what)
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		t.Logf("%-16s %3d of %3d", kind, of[kind], all[kind])
	}
	got := float64(good) / float64(max(total, 1))
	t.Logf("%d of %d edits: %.1f %%", good, total, 100*got)
	if got < share {
		t.Errorf("%.1f %% judged right, want %.0f %%", 100*got, 100*share)
	}
	if total < atLeast {
		t.Errorf("only %d edits", total)
	}
}

// A mutator makes edits to the files of a tree.
type mutator struct {
	root  string
	files map[string]*cparse.File
	texts map[string]string
	reuse *reuse
	cache *cache.Cache
}

func newMutator(t *testing.T, root string) *mutator {
	t.Helper()
	tree, err := cparse.Open(root, cparse.Config{})
	if err != nil {
		t.Fatal(err)
	}
	m := &mutator{root: root, files: map[string]*cparse.File{}, texts: map[string]string{}, reuse: &reuse{}, cache: cache.Open(t.TempDir(), "1", 0)}
	for _, name := range mutated {
		f, err := tree.File(name)
		if err != nil {
			t.Fatal(err)
		}
		m.files[name] = f
		m.texts[name] = string(f.Src)
	}
	return m
}

// choose picks edits of each kind at random, each of a function of its own.
func (m *mutator) choose(kinds []editKind) []edit {
	type place struct {
		file *cparse.File
		fn   *cparse.Func
	}
	var places []place
	for _, name := range mutated {
		f := m.files[name]
		for _, fn := range f.Funcs {
			if fn.Macro == "" && strings.Count(string(f.Src), string(f.Src[fn.Pos:fn.End])) == 1 {
				places = append(places, place{f, fn})
			}
		}
	}
	r := rand.New(rand.NewPCG(7, 11))
	used := map[*cparse.Func]bool{}
	var out []edit
	for _, k := range kinds {
		r.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		n := 0
		for _, p := range places {
			if n == k.n {
				break
			}
			if used[p.fn] {
				continue
			}
			body := string(p.file.Src[p.fn.Pos:p.fn.End])
			if es := k.make(r, p.file, p.fn, body); len(es) > 0 {
				e := es[r.IntN(len(es))]
				e.kind, e.file, e.fn, e.body = k.name, p.file.Name, p.fn.Name, body
				out = append(out, e)
				used[p.fn] = true
				n++
			}
		}
	}
	return out
}

// run analyses a step as a patch to the tree, and says what it changes. What runs have in common, they share.
func (m *mutator) run(t *testing.T, step []edit) []*report.Violation {
	t.Helper()
	now := maps.Clone(m.texts)
	for _, e := range step {
		text := e.apply(now[e.file])
		if text == now[e.file] {
			t.Fatalf("%s in %s: the edit does not apply", e.kind, e.fn)
		}
		now[e.file] = text
	}
	series, err := patch.Read("edits", strings.NewReader(mailTo("edits", m.texts, now)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSeries(context.Background(), Config{Root: m.root, Paths: mutated, Cache: m.cache}, series)
	if err != nil {
		t.Fatal(err)
	}
	s.reuse = m.reuse
	if err := s.analyse(); err != nil {
		t.Fatal(err)
	}
	return patch.Compare(s.found, report.Medium).Violations
}

// apply makes the edit in the text of its file.
func (e *edit) apply(text string) string {
	switch e.kind {
	case "rename function":
		return regexp.MustCompile(`\b`+e.fn+`\b`).ReplaceAllString(text, e.now)
	case "move function":
		return strings.Replace(text, e.body, "", 1) + "\n" + e.body + "\n"
	}
	return strings.Replace(text, e.body, e.now, 1)
}

// mailTo is a patch from some texts to others.
func mailTo(subject string, from, to map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From 0 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH] %s\n\n", subject)
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if from[name] == to[name] {
			continue
		}
		d := string(diff.Diff("a/"+name, []byte(from[name]), "b/"+name, []byte(to[name])))
		_, d, _ = strings.Cut(d, "\n") // the line of the command
		b.WriteString(d)
	}
	b.WriteString("-- \n2.39.5\n\n")
	return b.String()
}
