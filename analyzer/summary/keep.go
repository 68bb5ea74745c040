package summary

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
)

// A memoFile is what a Memo has of the functions of one source file for the runs that
// follow.
type memoFile struct {
	once    sync.Once
	entries []fileEntry // the newest last
	new     bool
}

type fileEntry struct {
	id  string // of the function
	key memoKey
	*memoEntry
}

// maxKept bounds the versions of one function that are kept from run to run.
const maxKept = 4

// entries lists what is known of a function.
func (m *Memo) entries(fn *ir.Func, key memoKey) []*memoEntry {
	m.mu.Lock()
	f := m.files[fn.File]
	if f == nil {
		f = &memoFile{}
		m.files[fn.File] = f
	}
	m.mu.Unlock()
	f.once.Do(func() { m.load(fn.File, f) })
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.m[key]
}

func (m *Memo) load(file string, f *memoFile) {
	if m.store == nil {
		return
	}
	data, ok := m.store.Get(file)
	if !ok {
		return
	}
	entries, ok := decodeFile(data)
	if !ok {
		m.store.Damaged(file)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f.entries = entries
	for _, e := range entries {
		m.m[e.key] = append(m.m[e.key], e.memoEntry)
	}
}

// Keep says whether what is made from now on is kept for the runs that follow.
func (m *Memo) Keep(keep bool) { m.keep = keep && m.store != nil }

// Pass says whether what is made from now on is asked for by one program alone.
func (m *Memo) Pass(pass bool) { m.passing, m.passed = pass, map[*ir.Func]*codeInfo{} }

// Save hands what is new to the store, which must bear being asked by several at a time.
func (m *Memo) Save() {
	if m == nil || m.store == nil {
		return
	}
	var files []string
	for file, f := range m.files {
		if f.new {
			files = append(files, file)
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				f := m.files[files[i]]
				f.new = false
				f.trim()
				w := newCoder(nil)
				encodeFile(w, f.entries)
				m.store.Put(files[i], w.Bytes())
				w.done()
			}
		})
	}
	wg.Wait()
}

// trim leaves the newest versions of each function.
func (f *memoFile) trim() {
	type version struct {
		id  string
		key memoKey
	}
	// Several workers have added to it.
	n := map[version]int{}
	kept := f.entries[:0:0]
	for _, e := range slices.Backward(f.entries) {
		v := version{e.id, e.key}
		v.key.code = cache.Hash{}
		if n[v]++; n[v] <= maxKept && e.data != "" {
			kept = append(kept, e)
		}
	}
	slices.Reverse(kept)
	slices.SortStableFunc(kept, func(a, b fileEntry) int { return cmp.Compare(a.id, b.id) })
	f.entries = kept
}

func encodeFile(w *coder, entries []fileEntry) {
	list(w, entries, func(e fileEntry) {
		w.Str(e.id)
		w.Hash(e.key.code)
		for _, b := range []bool{e.key.last, e.key.methods, e.key.cut} {
			w.Bool(b)
		}
		w.Hash(e.face)
		list(w, e.asked, func(a answer) {
			w.Uint(uint64(a.kind))
			w.Str(a.a)
			switch a.kind {
			case askIndirect:
				w.Str(a.b)
				w.Str(a.name)
				list(w, a.targets, func(t Target) { w.Str(t.ID); w.Str(t.Via) })
			case askGlobal:
				w.Str(a.name)
			default:
				w.Bool(a.early)
				w.Bool(a.face != cache.Hash{})
				if (a.face != cache.Hash{}) {
					w.Hash(a.face)
				}
			}
		})
		w.String(e.data)
	})
}

func decodeFile(data string) ([]fileEntry, bool) {
	r := &summaryReader{Reader: ir.Reader{Decoder: cache.DecoderOf(data)}}
	entries := listOf(r, func() fileEntry {
		e := fileEntry{id: r.Str(), memoEntry: &memoEntry{}}
		e.key = memoKey{r.Hash(), r.Bool(), r.Bool(), r.Bool()}
		e.face = r.Hash()
		e.asked = listOf(r, func() answer {
			a := answer{kind: answerKind(r.Below(int(answerKinds))), a: r.Str()}
			switch a.kind {
			case askIndirect:
				a.b, a.name = r.Str(), r.Str()
				a.targets = listOf(r, func() Target { return Target{ID: r.Str(), Via: r.Str()} })
			case askGlobal:
				a.name = r.Str()
			default:
				a.early = r.Bool()
				if r.Bool() {
					a.face = r.Hash()
				}
			}
			return a
		})
		e.data = r.String()
		return e
	})
	return entries, r.End() == nil
}
