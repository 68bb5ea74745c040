package cache

import (
	"bytes"
	"maps"
	"slices"
	"sync"
)

// Facts are what was found in files, one kind of thing, by the hash of their contents.
type Facts struct {
	tree  *Tree
	what  string
	named bool   // they depend on the name of the file, too
	load  func() // sets m, once

	mu    sync.Mutex
	m     map[Hash]string
	used  map[Hash]bool
	dirty bool
}

// factsLimit bounds the facts of one kind that are kept of files that the run has not
// asked for: other versions, other parts of the tree.
const factsLimit = 64 << 20

// Facts returns those of a kind. What they depend on besides the contents of the file
// is part of the kind's name.
func (t *Tree) Facts(what string) *Facts { return t.someFacts(what, false) }

// NamedFacts is Facts, for what depends on the name of the file as well.
func (t *Tree) NamedFacts(what string) *Facts { return t.someFacts(what, true) }

func (t *Tree) someFacts(what string, named bool) *Facts {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.facts[what]
	if f == nil {
		f = &Facts{tree: t, what: what, named: named, used: map[Hash]bool{}}
		t.facts[what] = f
		f.load = sync.OnceFunc(f.read)
		go f.load()
	}
	return f
}

func (f *Facts) read() {
	f.m = map[Hash]string{}
	raw, ok := f.tree.cache.Get(factsKind, f.tree.key(f.what))
	if !ok {
		return
	}
	m, err := decodeFacts(raw)
	if err != nil {
		f.tree.cache.Damaged(factsKind, f.tree.key(f.what))
		return
	}
	f.m = m
}

func decodeFacts(raw []byte) (map[Hash]string, error) {
	d := NewDecoder(raw)
	n := d.Count()
	m := make(map[Hash]string, n/len(Hash{}))
	for range n {
		h := d.Hash()
		m[h] = d.String()
		if d.Err() != nil {
			return nil, d.Err()
		}
	}
	return m, d.End()
}

func (f *Facts) save() {
	f.load()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.dirty {
		return
	}
	size := 0
	for h, s := range f.m {
		if !f.used[h] {
			size += len(h) + len(s)
		}
	}
	var e Encoder
	keys := slices.SortedFunc(maps.Keys(f.m), func(a, b Hash) int { return bytes.Compare(a[:], b[:]) })
	if size > factsLimit {
		keys = slices.DeleteFunc(keys, func(h Hash) bool { return !f.used[h] })
	}
	e.Uint(uint64(len(keys)))
	for _, h := range keys {
		e.Hash(h)
		e.String(f.m[h])
	}
	f.tree.cache.Put(factsKind, f.tree.key(f.what), e.Bytes())
}

// Of returns what was found in a file of the tree; false if that is not known, or not
// without reading the file.
func (f *Facts) Of(name string) (string, bool) {
	h, ok := f.hash(name)
	if !ok {
		return "", false
	}
	f.load()
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.m[h]
	if ok {
		f.used[h] = true
	}
	return s, ok
}

// Set keeps what was found in a file that the run has read.
func (f *Facts) Set(name, found string) {
	h, ok := f.hash(name)
	if !ok {
		return
	}
	f.load()
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, ok := f.m[h]; !ok || old != found {
		f.m[h], f.dirty = found, true
	}
	f.used[h] = true
}

// hash is what the facts of a file go by.
func (f *Facts) hash(name string) (Hash, bool) {
	h, ok := f.tree.Hash(name)
	if ok && f.named {
		h = Sum([]byte(name), h[:])
	}
	return h, ok
}
