package analyzer

import (
	"cmp"
	"maps"
	"path"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// A store keeps the lowered functions of files from run to run. What a function is
// lowered to follows from
//
//   - the rules, the architecture, and where the tree has its headers. One hash of this is
//     part of the key of every entry;
//   - the contents of its file, and of the .c files where definitions were looked for, or of
//     which types were read. Those are listed in the entry, with their hashes;
//   - what was asked of the tree besides (cparse.Premise): the headers that the file sees,
//     which files define a name, options. The entry has the numbers of those in a table that
//     the entries of a run share, and one hash of the answers.
//
// An entry is for one file, and has the functions of it that some run has needed. A .c file
// that others include has one for each that it is read for.
//
// The same store serves a patch series: what it knows is of the state in which the tree
// was opened, and holds in another one by the measure of reuse.
type store struct {
	cache    *cache.Cache
	known    *cache.Tree
	tree     *cparse.Tree
	rules    *rules.Set
	reuse    *reuse // nil: there is one load
	overlay  map[string][]byte
	versions map[string]cache.Hash // of the overlay
	base     cache.Hash
	named    func() map[string][]string // the files of the tree by their base names, but for sources

	mu     sync.Mutex
	files  map[fileRef]*storeFile
	tables map[cache.Hash]*premiseTable
}

// A storeFile is what is kept of one file.
type storeFile struct {
	once     sync.Once
	ref      fileRef
	found    bool // in the cache, and good
	refs     []funcRef
	strings  ir.Table
	blobs    map[funcRef]string // the functions that are lowered
	bound    string             // the bindings; "" if they are not known
	rests    map[string]cache.Hash
	table    *premiseTable
	premises []int32 // by number, ascending
	answers  cache.Hash
	within   func() bool // the headers among them are known to reuse since headers changed first

	mu          sync.Mutex // guards the following
	new         map[funcRef]lowered
	newBound    *bindings
	newRefs     []funcRef
	newRests    map[string]cache.Hash // nil: it was not opened
	newPremises []int32               // by the numbers of the tree
	never       bool                  // it cannot be kept
}

const storeKind = "lowered"

// openStore returns the store for a load, nil if nothing is kept.
func openStore(cfg Config, tree *cparse.Tree, rs *rules.Set, ruleSet string) (*store, error) {
	if cfg.Cache == nil {
		return nil, nil
	}
	if u := cfg.reuse; u != nil && u.store != nil && u.store.rules == rs {
		return u.store, nil
	}
	s := &store{
		cache: cfg.Cache, known: cfg.Cache.Tree(cfg.Root), tree: tree, rules: rs, overlay: cfg.Overlay,
		files: map[fileRef]*storeFile{}, tables: map[cache.Hash]*premiseTable{},
	}
	sources, err := ruleSources(cfg, ruleSet)
	if err != nil {
		return nil, err
	}
	parts := []string{cfg.Arch, strconv.FormatBool(tree.Kernel())}
	for _, src := range sources {
		parts = append(parts, src.Name, string(src.Text))
	}
	s.base = cache.SumStrings(parts...)
	s.named = sync.OnceValue(s.byName)
	if u := cfg.reuse; u != nil {
		s.reuse, s.versions, u.store = u, u.versions, s
	}
	return s, nil
}

// byName lists the files that an #include may name, by their base names.
func (s *store) byName() map[string][]string {
	m := map[string][]string{}
	for _, name := range s.tree.Files(nil, "") {
		if base := path.Base(name); path.Ext(base) != ".c" {
			m[base] = append(m[base], name)
		}
	}
	return m
}

// parallel calls fn for 0 to n-1.
func parallel(n int, fn func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				fn(i)
			}
		})
	}
	wg.Wait()
}

// hash is that of a file as the load sees it; false if it cannot be read.
func (s *store) hash(name string) (cache.Hash, bool) {
	if text, over := s.overlay[name]; over {
		return cache.Sum(text), text != nil
	}
	if h, ok := s.known.Hash(name); ok {
		return h, true
	}
	if _, err := s.tree.Text().Read(name, nil); err != nil { // which tells known
		return cache.Hash{}, false
	}
	return s.known.Hash(name)
}

// rest is what counts of a .c file that others rest on: its contents, and what it is part of.
func (s *store) rest(name string) (cache.Hash, bool) {
	h, ok := s.hash(name)
	return cache.Sum(h[:], []byte(s.tree.WholeOf(name))), ok
}

func (s *store) key(ref fileRef) cache.Hash {
	return cache.SumStrings(string(s.base[:]), ref.name, ref.whole)
}

// file returns what is kept of a file; it is not nil.
func (s *store) file(ref fileRef) *storeFile {
	s.mu.Lock()
	f := s.files[ref]
	if f == nil {
		f = &storeFile{ref: ref, new: map[funcRef]lowered{}}
		f.within = sync.OnceValue(func() bool {
			return !slices.ContainsFunc(f.premises, func(i int32) bool {
				p := f.table.list[i]
				return p.Kind == cparse.PremiseHeader && !s.reuse.reach[p.Name]
			})
		})
		s.files[ref] = f
	}
	s.mu.Unlock()
	f.once.Do(func() { s.read(f) })
	return f
}

// read reads the entry of a file.
func (s *store) read(f *storeFile) {
	raw, ok := s.cache.Get(storeKind, s.key(f.ref))
	if !ok {
		return
	}
	table, ok := f.decode(raw)
	if !ok {
		f.refs, f.blobs, f.bound, f.rests, f.strings, f.premises = nil, nil, "", nil, ir.Table{}, nil
		s.cache.Damaged(storeKind, s.key(f.ref))
		return
	}
	f.table = s.table(table)
	for name, h := range f.rests { // its own among them
		if now, ok := s.rest(name); !ok || now != h {
			return
		}
	}
	if answers, ok := f.table.sum(f.premises); !ok || answers != f.answers {
		return
	}
	f.found = s.tree.WholeOf(cmp.Or(f.ref.whole, f.ref.name)) == "" // the whole of a part is none itself
}

// decode reads the contents of an entry, and returns which table it has.
func (f *storeFile) decode(raw []byte) (cache.Hash, bool) {
	r := newReader(cache.Text(raw), nil, nil)
	f.strings = ir.NewTable(ir.ReadList(&r.Reader, r.String))
	r.Table = f.strings.List
	f.rests, f.blobs = map[string]cache.Hash{}, map[funcRef]string{}
	for range r.Count() {
		name := r.Str()
		f.rests[name] = r.Hash()
	}
	table := r.Hash()
	f.premises = make([]int32, r.Count())
	last := int32(-1)
	for i := range f.premises {
		last += int32(r.Below(1<<30)) + 1
		f.premises[i] = last
	}
	f.answers = r.Hash()
	f.refs = r.refs()
	for _, ref := range f.refs {
		if blob := r.String(); blob != "" {
			f.blobs[ref] = blob
		}
	}
	f.bound = r.String()
	return table, r.End() == nil
}

// encode is the inverse of decode, with what is new; nil if something has no form.
func (f *storeFile) encode(rs *rules.Set) []byte {
	w := &writer{}
	write := func(what func(w *writer)) string {
		w.Init(rs)
		w.Table = &f.strings
		what(w)
		if w.Fail {
			return ""
		}
		return string(w.Bytes())
	}
	for _, ref := range f.refs {
		if l, ok := f.new[ref]; ok {
			if blob := write(func(w *writer) { w.function(l) }); blob != "" {
				f.blobs[ref] = blob
			}
		}
	}
	if f.newBound != nil {
		f.bound = write(func(w *writer) { w.bindings(*f.newBound) })
	}
	body := newWriter(&f.strings, rs)
	body.Uint(uint64(len(f.rests)))
	for _, name := range slices.Sorted(maps.Keys(f.rests)) {
		body.Str(name)
		body.Hash(f.rests[name])
	}
	body.Hash(f.table.hash)
	body.Uint(uint64(len(f.premises)))
	last := int32(-1)
	for _, i := range f.premises {
		body.Uint(uint64(i - last - 1))
		last = i
	}
	body.Hash(f.answers)
	body.refs(f.refs)
	for _, ref := range f.refs {
		body.String(f.blobs[ref])
	}
	body.String(f.bound)
	if body.Fail {
		return nil
	}
	head := newWriter(nil, rs)
	ir.WriteList(&head.Writer, f.strings.List, head.String)
	return append(head.Bytes(), body.Bytes()...)
}

// good returns what is kept of a file, if it holds for the load as well; nil otherwise.
func (s *store) good(ref fileRef) *storeFile {
	if s == nil {
		return nil
	}
	f := s.file(ref)
	if !f.found {
		return nil
	}
	for rest := range f.rests {
		if !s.same(rest) {
			return nil
		}
	}
	return f
}

// same reports whether a file is what it was when the tree was opened.
func (s *store) same(name string) bool {
	if s.reuse == nil {
		return true
	}
	was, had := s.versions[name]
	is, has := s.reuse.versions[name]
	return had == has && was == is
}

// sameNames reports whether the names in a file mean what they did when the tree was opened:
// the key of the entries has those.
func (s *store) sameNames(src *sources, file fileRef) bool {
	u := s.reuse
	return u == nil || u.state == u.opened || (!u.forked || s.file(file).within()) && u.sameNames(u.opened, src, file)
}

// sameRefs reports whether references, and the order of members of records, are what they were
// when the tree was opened.
func (s *store) sameRefs(refs []funcRef, ordered []string) bool {
	for _, to := range refs {
		if !s.same(to.file) {
			return false
		}
	}
	return s.reuse == nil || s.reuse.sameOrder(s.reuse.opened, ordered)
}

// first reports whether the load is of the tree as it is on the disk: what is made of other
// states is seldom seen again.
func (s *store) first() bool {
	return len(s.overlay) == 0 && (s.reuse == nil || len(s.reuse.versions) == 0)
}

// funcs lists the functions of a file, in order.
func (s *store) funcs(src *sources, ref fileRef) ([]funcRef, bool) {
	if f := s.good(ref); f != nil && s.sameNames(src, ref) { // a macro may make others
		return f.refs, true
	}
	return nil, false
}

// function returns what is kept of a function.
func (s *store) function(src *sources, r funcRef) (lowered, bool) {
	f := s.good(r.in())
	if f == nil || f.blobs[r] == "" || !s.sameNames(src, r.in()) {
		return lowered{}, false
	}
	d := newReader(f.blobs[r], f.strings.List, s.rules)
	out := d.function()
	if d.End() != nil || out.fn.Name != r.name || out.fn.File != r.file {
		s.cache.Damaged(storeKind, s.key(r.in()))
		return lowered{}, false
	}
	return out, s.sameRefs(out.refs, out.ordered)
}

// bindings returns what is kept of the bindings of a file.
func (s *store) bindings(src *sources, ref fileRef) (bindings, bool) {
	f := s.good(ref)
	if f == nil || f.bound == "" || !s.sameNames(src, ref) {
		return bindings{}, false
	}
	d := newReader(f.bound, f.strings.List, s.rules)
	out := d.bindings()
	if d.End() != nil {
		s.cache.Damaged(storeKind, s.key(ref))
		return bindings{}, false
	}
	return out, s.sameRefs(out.refs, out.ordered)
}

// lowered tells the store what a function was lowered to.
func (s *store) lowered(r funcRef, l lowered) {
	if s == nil || !s.first() {
		return
	}
	f := s.file(r.in())
	f.mu.Lock()
	defer f.mu.Unlock()
	f.new[r] = l
}

// bound tells the store what the bindings of a file are.
func (s *store) boundTo(ref fileRef, b bindings) {
	if s == nil || !s.first() {
		return
	}
	f := s.file(ref)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.newBound = &b
}

// learn tells the store of a file that is open, once nobody is at work on it: what it has
// come to rest on.
func (s *store) learn(ref fileRef, file *cparse.File) {
	if s == nil || !s.first() {
		return
	}
	f := s.file(ref)
	names, premises := file.RestsOn()
	rests, all := map[string]cache.Hash{}, true
	for _, name := range append(names, ref.name) {
		h, ok := s.rest(name)
		all = all && ok
		rests[name] = h
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.never = f.never || !all; f.never {
		return
	}
	f.newRefs, f.newRests, f.newPremises = refsTo(file.Funcs), rests, premises
}

// save keeps what the load has lowered.
func (s *store) save() {
	if s == nil || !s.first() {
		return
	}
	var list []*storeFile
	for _, f := range s.files {
		if !f.never && f.newRests != nil && (len(f.new) > 0 || f.newBound != nil) {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *storeFile) int {
		return cmp.Or(cmp.Compare(a.ref.name, b.ref.name), cmp.Compare(a.ref.whole, b.ref.whole))
	})
	table, number := s.newTable(list)
	parallel(len(list), func(i int) {
		f := list[i]
		used := make([]bool, len(table.list))
		if f.found {
			for _, i := range f.premises {
				used[table.number(f.table.list[i])] = true
			}
		} else { // what was kept, if anything, is of other contents
			f.refs, f.blobs, f.bound, f.rests, f.strings = f.newRefs, map[funcRef]string{}, "", map[string]cache.Hash{}, ir.Table{}
		}
		for _, i := range f.newPremises {
			used[number[i]] = true
		}
		maps.Copy(f.rests, f.newRests)
		f.table, f.premises = table, f.premises[:0:0]
		for i, yes := range used {
			if yes {
				f.premises = append(f.premises, int32(i))
			}
		}
		answers, ok := table.sum(f.premises)
		if f.answers = answers; !ok {
			return
		}
		if data := f.encode(s.rules); data != nil {
			s.cache.Put(storeKind, s.key(f.ref), data)
			f.found = true
		}
		f.new, f.newBound, f.newRests, f.newPremises = map[funcRef]lowered{}, nil, nil, nil
	})
}
