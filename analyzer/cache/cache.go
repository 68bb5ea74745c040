package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// DefaultSize is how much a cache may hold.
const DefaultSize = 2 << 30

// magic begins every entry. Its number changes with the form of the entries.
const magic = "lockorder cache 1\n"

const headSize = len(magic) + sha256.Size

// temporary is the directory, among those of the kinds, for what is being written.
const temporary = "tmp"

// A Hash is of contents, or of a key.
type Hash [16]byte

// Sum hashes parts, each with its length, so that no two lists of parts are alike.
func Sum(parts ...[]byte) Hash {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		for i := range n {
			n[i] = byte(len(p) >> (8 * i))
		}
		h.Write(n[:])
		h.Write(p)
	}
	return Hash(h.Sum(nil)[:len(Hash{})])
}

// SumStrings is Sum.
func SumStrings(parts ...string) Hash {
	bs := make([][]byte, len(parts))
	for i, p := range parts {
		bs[i] = []byte(p)
	}
	return Sum(bs...)
}

// Dir is the directory of the user's cache.
func Dir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "lockorder"), nil
}

// A Cache is a directory of entries. A nil one holds nothing and keeps nothing. It
// may be used concurrently, by any number of processes.
type Cache struct {
	dir     string
	version string
	limit   int64

	mu      sync.Mutex
	notes   []string
	wrote   bool
	trouble bool // of writing: no more is tried
	trees   map[string]*Tree
}

// Open returns the cache in a directory, which is made when something is written.
// Entries of other versions are not seen. limit is in bytes; 0 is DefaultSize.
func Open(dir, version string, limit int64) *Cache {
	if limit <= 0 {
		limit = DefaultSize
	}
	return &Cache{dir: dir, version: version, limit: limit, trees: map[string]*Tree{}}
}

// Notes says what was wrong with the cache so far, in the order of the text: damaged
// entries, trouble with writing.
func (c *Cache) Notes() []string {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out := slices.Clone(c.notes)
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *Cache) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// id is the hash that an entry goes by.
func (c *Cache) id(kind string, key Hash) string {
	h := Sum([]byte(c.version), []byte(kind), key[:])
	return hex.EncodeToString(h[:])
}

func (c *Cache) path(kind, id string) string { return filepath.Join(c.dir, kind, id[:2], id) }

func checksum(kind, id string, data []byte) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", kind, id)
	h.Write(data)
	return h.Sum(nil)
}

// Get returns the contents of an entry; false if there is none that is whole.
func (c *Cache) Get(kind string, key Hash) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	id := c.id(kind, key)
	name := c.path(kind, id)
	raw, err := os.ReadFile(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.note("cannot read %s: %v", c.dir, cause(err))
		}
		return nil, false
	}
	if len(raw) < headSize || string(raw[:len(magic)]) != magic || !bytes.Equal(raw[len(magic):headSize], checksum(kind, id, raw[headSize:])) {
		c.Damaged(kind, key)
		return nil, false
	}
	if st, err := os.Stat(name); err == nil && time.Since(st.ModTime()) > usedEvery {
		now := time.Now()
		os.Chtimes(name, now, now) // it may be gone by now, or not ours
	}
	return raw[headSize:], true
}

// cause returns an error of a file without its name.
func cause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// usedEvery is how exactly it is known when an entry was used.
const usedEvery = time.Minute

// Damaged removes an entry whose contents cannot be what was written, and makes a
// note of it.
func (c *Cache) Damaged(kind string, key Hash) {
	name := c.path(kind, c.id(kind, key))
	c.note("%s is damaged; what it held is found out again", name)
	os.Remove(name) // where that fails it is overwritten, or found damaged again
}

// Put writes an entry.
func (c *Cache) Put(kind string, key Hash, data []byte) {
	if c == nil {
		return
	}
	c.mu.Lock()
	trouble := c.trouble
	c.mu.Unlock()
	if trouble {
		return
	}
	if err := c.put(kind, c.id(kind, key), data); err != nil {
		c.mu.Lock()
		c.trouble = true
		c.mu.Unlock()
		c.note("cannot write: %v; what this run finds out is not kept", err)
		return
	}
	c.mu.Lock()
	c.wrote = true
	c.mu.Unlock()
}

func (c *Cache) put(kind, id string, data []byte) (err error) {
	name := c.path(kind, id)
	tmp := filepath.Join(c.dir, temporary)
	var f *os.File
	err = within(tmp, func() (err error) {
		f, err = os.CreateTemp(tmp, kind+"-")
		return err
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(append([]byte(magic), checksum(kind, id, data)...)); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return within(filepath.Dir(name), func() error { return os.Rename(f.Name(), name) })
}

// within does what needs a directory, which is made if it is missing: seldom.
func within(dir string, do func() error) error {
	err := do()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return do()
}

// Close writes what is known of trees, and removes entries that are too much.
func (c *Cache) Close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	trees := c.trees
	c.trees = map[string]*Tree{}
	c.mu.Unlock()
	for _, t := range trees {
		t.save()
	}
	c.mu.Lock()
	wrote := c.wrote
	c.mu.Unlock()
	if wrote {
		c.trim()
	}
}

// An item is a file below the directory of a cache.
type item struct {
	name string
	kind string
	size int64
	used time.Time
}

// items lists the files of a cache: those that an entry, or what becomes one, may be.
func items(dir string) ([]item, error) {
	var out []item
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // another run trims, or nothing was ever written
			}
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return nil
		}
		if kind := ownFile(filepath.ToSlash(rel)); kind != "" {
			out = append(out, item{name, kind, st.Size(), st.ModTime()})
		}
		return nil
	})
	return out, err
}

// trim removes what was not used for the longest time, down to nine tenths of the
// limit, and what runs have left behind that were killed.
func (c *Cache) trim() {
	list, err := items(c.dir)
	if err != nil {
		c.note("cannot look through %s: %v", c.dir, err)
	}
	slices.SortFunc(list, func(a, b item) int { return a.used.Compare(b.used) })
	total := int64(0)
	for _, e := range list {
		total += e.size
	}
	over := total > c.limit
	for _, e := range list {
		if e.kind == temporary && time.Since(e.used) > time.Hour || e.kind != temporary && over && total > c.limit/10*9 {
			if os.Remove(e.name) == nil {
				total -= e.size
			}
		}
	}
}
