package cache

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A Tree knows what is in the files of a source tree. Names are relative to its root,
// with slashes. It may be used concurrently.
type Tree struct {
	cache *Cache
	root  string // absolute
	load  func() // sets files, once

	mu     sync.Mutex
	files  map[string]known // by name
	now    map[string]input // what this run has found, by name
	dirs   map[string]Hash  // what this run has listed
	facts  map[string]*Facts
	dirty  bool
	varied bool // something changed while the run looked
}

// A known is a file as it was when it was hashed.
type known struct {
	stamp stamp
	sure  bool // a change since then shows in the stamp
	hash  Hash
}

// An input is what a run has found under a name.
type input struct {
	hash    Hash
	missing bool // or it cannot be read; hash says why
}

// A stamp tells whether a file is still the one that it was.
type stamp struct {
	size         int64
	mtime, ctime int64 // nanoseconds
	inode        uint64
}

// settled is how long a file must have been left alone for its times to tell of a later
// change: more than the coarsest clock of a file system.
const settled = 2 * time.Second

// Tree returns what is known of the tree at a directory.
func (c *Cache) Tree(root string) *Tree {
	abs, err := filepath.Abs(root)
	if err != nil {
		abs = root
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.trees[abs]; t != nil {
		return t
	}
	t := &Tree{cache: c, root: abs, now: map[string]input{}, dirs: map[string]Hash{}, facts: map[string]*Facts{}}
	c.trees[abs] = t
	t.load = sync.OnceFunc(t.read)
	go t.load()
	return t
}

const treeKind, factsKind = "tree", "facts"

func (t *Tree) key(what string) Hash { return SumStrings(t.root, what) }

func (t *Tree) read() {
	t.files = map[string]known{}
	raw, ok := t.cache.Get(treeKind, t.key(""))
	if !ok {
		return
	}
	files, err := decodeFiles(raw)
	if err != nil {
		t.cache.Damaged(treeKind, t.key(""))
		return
	}
	t.files = files
}

func decodeFiles(raw []byte) (map[string]known, error) {
	d := NewDecoder(raw)
	n := d.Count()
	files := make(map[string]known, n/32) // of the smallest entry, or more
	prev := ""
	for range n {
		name := d.name(prev)
		k := known{sure: d.Bool()}
		k.stamp = stamp{size: d.Int(), mtime: d.Int(), ctime: d.Int(), inode: d.Uint()}
		k.hash = d.Hash()
		if d.Err() != nil {
			return nil, d.Err()
		}
		files[name] = k
		prev = name
	}
	return files, d.End()
}

func encodeFiles(files map[string]known) []byte {
	var e Encoder
	e.Uint(uint64(len(files)))
	prev := ""
	for _, name := range slices.Sorted(maps.Keys(files)) {
		k := files[name]
		e.name(prev, name)
		e.Bool(k.sure)
		e.Int(k.stamp.size)
		e.Int(k.stamp.mtime)
		e.Int(k.stamp.ctime)
		e.Uint(k.stamp.inode)
		e.Hash(k.hash)
		prev = name
	}
	return e.Bytes()
}

// save keeps what was learnt.
func (t *Tree) save() {
	t.load()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dirty {
		for name, in := range t.now {
			if in.missing {
				delete(t.files, name)
			}
		}
		t.cache.Put(treeKind, t.key(""), encodeFiles(t.files))
	}
	for _, kind := range slices.Sorted(maps.Keys(t.facts)) {
		t.facts[kind].save()
	}
}

// Hash returns the hash of a file; false if it cannot be had without reading the file, or
// not at all.
func (t *Tree) Hash(name string) (Hash, bool) {
	t.load()
	t.mu.Lock()
	if in, ok := t.now[name]; ok {
		t.mu.Unlock()
		return in.hash, !in.missing
	}
	k, ok := t.files[name]
	t.mu.Unlock()
	if !ok || !k.sure {
		return Hash{}, false
	}
	st, err := os.Stat(filepath.Join(t.root, filepath.FromSlash(name)))
	if err != nil || !st.Mode().IsRegular() || stampOf(st) != k.stamp {
		return Hash{}, false
	}
	t.found(name, input{hash: k.hash})
	return k.hash, true
}

// found notes what is under a name.
func (t *Tree) found(name string, in input) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old, ok := t.now[name]; ok && old != in {
		t.varied = true
	}
	t.now[name] = in
}

// Read tells the tree what the run has read under a name. st is of the open file, from
// before text was read.
func (t *Tree) Read(name string, st fs.FileInfo, text []byte, err error) {
	if err != nil {
		t.found(name, input{hash: trouble(err), missing: true})
		return
	}
	t.load()
	s := stampOf(st)
	t.mu.Lock()
	k, ok := t.files[name]
	t.mu.Unlock()
	if ok && k.sure && k.stamp == s {
		t.found(name, input{hash: k.hash})
		return
	}
	k = known{stamp: s, hash: Sum(text)}
	last := time.Unix(0, max(s.mtime, s.ctime))
	k.sure = int64(len(text)) == s.size && time.Since(last) > settled
	t.mu.Lock()
	t.files[name], t.dirty = k, true
	t.mu.Unlock()
	t.found(name, input{hash: k.hash})
}

// Listed tells the tree what the run has found in a directory; nil if it cannot be read.
func (t *Tree) Listed(dir string, ents []fs.DirEntry) {
	h := sumDir(ents)
	t.mu.Lock()
	defer t.mu.Unlock()
	if old, ok := t.dirs[dir]; ok && old != h {
		t.varied = true
	}
	t.dirs[dir] = h
}

func sumDir(ents []fs.DirEntry) Hash {
	parts := make([]string, 0, len(ents))
	for _, e := range ents {
		parts = append(parts, e.Type().String()+e.Name())
	}
	slices.Sort(parts)
	return SumStrings(parts...)
}
