package summary

import (
	"context"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/lower"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

var linux = sync.OnceValues(func() (*rules.Set, error) {
	sources, err := rules.Embedded("linux")
	if err != nil {
		return nil, err
	}
	return rules.Load(sources...)
})

// pointers has a function that a pointer leads to and that leads to a call by another one: what
// it comes to in the first pass is not all, and the last one asks for it.
const pointers = `
#include <linux/mutex.h>

struct inner_ops { void (*work)(struct mutex *m); };
struct outer_ops { void (*work)(struct inner_ops *ops, struct mutex *m); };

static void inner_work(struct mutex *m)
{
	mutex_lock(m);
	mutex_unlock(m);
}

static void call(struct inner_ops *ops, struct mutex *m)
{
	ops->work(m);
}

static void outer_work(struct inner_ops *ops, struct mutex *m)
{
	call(ops, m);
}

static struct inner_ops inner = { .work = inner_work };
static struct outer_ops outer = { .work = outer_work };

void both(struct outer_ops *ops, struct mutex *m)
{
	ops->work(&inner, m);
}
`

// models lowers the models of the series, as posted, and pointers.
func models(t testing.TB) (*callgraph.Graph, *rules.Set) {
	t.Helper()
	tree, err := cparse.Open(filepath.Join("..", "..", "testdata", "series", "posted"), cparse.Config{
		Overlay: map[string][]byte{"mm/pointers.c": []byte(pointers)},
	})
	if err != nil {
		t.Fatal(err)
	}
	rs, err := linux()
	if err != nil {
		t.Fatal(err)
	}
	names, err := tree.Walk(nil)
	if err != nil {
		t.Fatal(err)
	}
	var funcs []*ir.Func
	var bindings []callgraph.Binding
	seen := map[string]bool{}
	for _, name := range names {
		f, err := tree.File(name)
		if err != nil {
			t.Fatal(err)
		}
		bs, _, _ := lower.Bindings(f)
		bindings = append(bindings, bs...)
		for _, fn := range f.Funcs {
			if out := lower.Func(fn, rs).Func; !seen[out.ID] {
				seen[out.ID] = true
				funcs = append(funcs, out)
			}
		}
	}
	if len(funcs) < 100 {
		t.Fatalf("%d functions: these are not the models", len(funcs))
	}
	return callgraph.New(funcs, bindings), rs
}

// A shelf is a Store in memory.
type shelf struct {
	mu      sync.Mutex
	files   map[string]string
	puts    int
	damaged []string
}

func (s *shelf) Get(file string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.files[file]
	return data, ok
}

func (s *shelf) Put(file string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[file] = string(data)
	s.puts++
}

func (s *shelf) Damaged(file string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged = append(s.damaged, file)
}

func summarise(t testing.TB, g *callgraph.Graph, o Options) *Set {
	t.Helper()
	o.GlobalName = func(name string) string { return name }
	set, err := All(context.Background(), g, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Memo.Save()
	return set
}

// TestMemo: summaries that were made with a Memo, those that it takes again, and those that
// are read are what they are without, to the last next hop.
func TestMemo(t *testing.T) {
	g, rs := models(t)
	want := summarise(t, g, Options{Rules: rs})
	store := &shelf{files: map[string]string{}}
	memo := NewMemo(rs, store)
	compare := func(what string, got *Set) {
		t.Helper()
		if got.Stats != want.Stats {
			t.Errorf("%s: the figures are %+v, want %+v", what, got.Stats, want.Stats)
		}
		seen := map[any]any{}
		for _, id := range g.Order {
			if s := unlike(reflect.ValueOf(want.Of(id)), reflect.ValueOf(got.Of(id)), id, seen); s != "" {
				t.Fatalf("%s: %s", what, s)
			}
		}
	}
	first := summarise(t, g, Options{Rules: rs, Memo: memo})
	compare("made", first)
	if again := summarise(t, g, Options{Rules: rs, Memo: memo}); !reflect.DeepEqual(again.funcs, first.funcs) {
		t.Error("summaries of the same program are others")
	}
	puts := store.puts
	memo.Reset(rs)
	compare("of rules that say the same", summarise(t, g, Options{Rules: rs, Memo: memo}))
	compare("read", summarise(t, g, Options{Rules: rs, Memo: NewMemo(rs, store)}))
	if store.puts != puts || puts < 5 || len(store.damaged) > 0 {
		t.Errorf("%d files are written at first, %d then; damaged: %q", puts, store.puts-puts, store.damaged)
	}
	lean := func(memo *Memo) *Set {
		g, _ := models(t) // which lose their blocks
		return summarise(t, g, Options{Rules: rs, Memo: memo, Lean: true})
	}
	want = lean(nil)
	puts = store.puts
	compare("lean", lean(NewMemo(rs, store)))
	if store.puts != puts {
		t.Error("a lean run does not find what others have kept")
	}
	compare("lean, and made", lean(NewMemo(rs, &shelf{files: map[string]string{}})))
	want = first
	late := &shelf{files: map[string]string{}}
	for name, data := range store.files { // what shows only when somebody asks for more than the face
		entries, ok := decodeFile(data)
		if !ok {
			t.Fatal(name)
		}
		kept := entries[:0]
		for _, e := range entries {
			if !e.key.last {
				e.data = e.data[:len(e.data)-1]
			} else if slices.ContainsFunc(e.asked, func(a answer) bool { return a.early }) {
				continue // it is made anew, and looks into what the first pass has made
			}
			kept = append(kept, e)
		}
		late.files[name] = encoded(kept)
	}
	puts = late.puts
	compare("damaged, and looked into later", summarise(t, g, Options{Rules: rs, Memo: NewMemo(rs, late)}))
	if len(late.damaged) == 0 {
		t.Error("nothing is damaged that is looked into later")
	}
	if late.puts != puts {
		t.Error("what comes of damaged summaries is kept")
	}
	for name, data := range store.files {
		store.files[name] = data[:len(data)/2] + "!" + data[len(data)/2:]
	}
	compare("damaged", summarise(t, g, Options{Rules: rs, Memo: NewMemo(rs, store)}))
	if len(store.damaged) == 0 {
		t.Error("nothing is damaged")
	}
}

// TestMemoCut: a function that does another thing concerns those above it alone which can
// tell; one that does the same elsewhere, nobody.
func TestMemoCut(t *testing.T) {
	g, rs := models(t)
	memo := NewMemo(rs, nil)
	summarise(t, g, Options{Rules: rs, Memo: memo})
	made := func() (n int) {
		for _, es := range memo.m {
			n += len(es)
		}
		return n
	}
	before := made()
	const id = "mm/hugetlb.c:huge_pmd_unshare"
	fn := g.Funcs[id]
	if fn == nil {
		t.Fatal("the models have changed")
	}
	if n := len(callersOf(g, id)); n < 3 {
		t.Fatalf("%s has only %d callers", id, n)
	}
	same := func() {
		t.Helper()
		got := summarise(t, g, Options{Rules: rs, Memo: memo})
		want := summarise(t, g, Options{Rules: rs})
		seen := map[any]any{}
		for _, id := range g.Order {
			if s := unlike(reflect.ValueOf(want.Of(id)), reflect.ValueOf(got.Of(id)), id, seen); s != "" {
				t.Fatal(s)
			}
		}
	}
	moved := fn.Moved(1) // as if a line had come in behind the name
	moved.Pos = fn.Pos
	g.Funcs[id] = moved
	same()
	if n := made() - before; n < 1 || n > 2 {
		t.Errorf("a function whose lines have moved makes %d summaries new", n)
	}
	before = made()
	for i, id := range g.Order { // all of them, some upwards
		fn := g.Funcs[id]
		lines := i%23 - 11
		if fn.Pos.Line+int32(lines) < 1 {
			lines = 0
		}
		g.Funcs[id] = fn.Moved(lines)
	}
	g.Funcs[id] = moved.Moved(40)
	same()
	if n := made() - before; n > 0 {
		t.Errorf("functions that have moved as a whole make %d summaries new", n)
	}
}

// callersOf lists the functions above a function.
func callersOf(g *callgraph.Graph, id string) []string {
	found := []string{id}
	for i := 0; i < len(found); i++ {
		for _, f := range g.Order {
			callees := g.Callees[f]
			if slices.Contains(callees, found[i]) && !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
	}
	return found[1:]
}

// encoded is what is kept of some entries.
func encoded(entries []fileEntry) string {
	w := newCoder(nil)
	defer w.done()
	encodeFile(w, entries)
	return string(w.Bytes())
}

// FuzzMemo reads what may be kept, and has callers make something of it.
func FuzzMemo(f *testing.F) {
	g, rs := models(f)
	store := &shelf{files: map[string]string{}}
	set := summarise(f, g, Options{Rules: rs, Memo: NewMemo(rs, store)})
	for _, data := range store.files {
		f.Add(data)
		if entries, ok := decodeFile(data); ok {
			for i := 0; i < len(entries); i += 7 {
				f.Add(encoded(entries[i : i+1]))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data string) {
		entries, _ := decodeFile(data)
		for _, e := range entries[:min(len(entries), 4)] {
			fn := g.Funcs[e.id]
			if fn == nil {
				continue
			}
			var deps []*Summary
			for _, a := range e.asked {
				if s := set.Of(a.a); s != nil && a.face != (cache.Hash{}) {
					deps = append(deps, s)
				}
			}
			s, _, ok := decode(e.data, fn, rs, e.face, deps)
			if !ok {
				continue
			}
			s.Print(io.Discard, 0)
			callers := callersOf(g, e.id)
			for _, id := range callers[:min(len(callers), 3)] {
				Of(g.Funcs[id], &Env{
					Rules: rs, Last: true, GlobalName: func(name string) string { return name },
					Summary: func(string) *Summary { return s }, Previous: func(string) *Summary { return s },
					Indirect: func(string, string, string, *ir.Func) []Target { return []Target{{ID: e.id}} },
				})
			}
		}
	})
}

// BenchmarkMemo is what summaries cost without a Memo, what it adds to that, and what they
// cost when they are read.
func BenchmarkMemo(b *testing.B) {
	g, rs := models(b)
	store := &shelf{files: map[string]string{}}
	summarise(b, g, Options{Rules: rs, Memo: NewMemo(rs, store)})
	for _, c := range []struct {
		name string
		memo func() *Memo
	}{
		{"without", func() *Memo { return nil }},
		{"made", func() *Memo { return NewMemo(rs, &shelf{files: map[string]string{}}) }},
		{"read", func() *Memo { return NewMemo(rs, store) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				summarise(b, g, Options{Rules: rs, Workers: 1, Memo: c.memo()})
			}
		})
	}
}
