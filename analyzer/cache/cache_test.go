package cache

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// files lists the files below a directory.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGetPut(t *testing.T) {
	dir := t.TempDir()
	c := Open(dir, "1", 0)
	key := SumStrings("a")
	if _, ok := c.Get("kind", key); ok {
		t.Error("an empty cache has an entry")
	}
	c.Put("kind", key, []byte("text"))
	if got, ok := c.Get("kind", key); !ok || string(got) != "text" {
		t.Errorf("Get = %q, %v", got, ok)
	}
	if _, ok := c.Get("other", key); ok {
		t.Error("an entry is of two kinds")
	}
	if _, ok := Open(dir, "2", 0).Get("kind", key); ok {
		t.Error("another version of the program sees the entry")
	}
	if notes := c.Notes(); len(notes) > 0 {
		t.Errorf("notes: %q", notes)
	}
	var none *Cache
	none.Put("kind", key, nil)
	if _, ok := none.Get("kind", key); ok {
		t.Error("no cache has an entry")
	}
	none.Close()
}

// TestDamaged: whatever has become of an entry's file, the entry is not there, a note
// says so, and what is written next is.
func TestDamaged(t *testing.T) {
	text := bytes.Repeat([]byte("contents "), 100)
	for name, damage := range map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"cut":       func(b []byte) []byte { return b[:len(b)-1] },
		"cut early": func(b []byte) []byte { return b[:headSize-1] },
		"longer":    func(b []byte) []byte { return append(b, 0) },
		"a bit":     func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"checksum":  func(b []byte) []byte { b[len(magic)] ^= 1; return b },
		"magic":     func(b []byte) []byte { b[0] = 'L'; return b },
	} {
		c := Open(t.TempDir(), "1", 0)
		c.Put("kind", Hash{1}, text)
		file := files(t, c.dir)[0]
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, damage(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := c.Get("kind", Hash{1}); ok {
			t.Errorf("%s: the entry is taken for whole", name)
		}
		if notes := c.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "damaged") {
			t.Errorf("%s: notes %q", name, notes)
		}
		c.Put("kind", Hash{1}, text)
		if got, ok := c.Get("kind", Hash{1}); !ok || !bytes.Equal(got, text) {
			t.Errorf("%s: the entry cannot be written again", name)
		}
	}
}

// TestMoved: an entry under the name of another one is damaged.
func TestMoved(t *testing.T) {
	c := Open(t.TempDir(), "1", 0)
	c.Put("kind", Hash{1}, []byte("one"))
	c.Put("kind", Hash{2}, []byte("two"))
	if err := os.Rename(c.path("kind", c.id("kind", Hash{1})), c.path("kind", c.id("kind", Hash{2}))); err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Get("kind", Hash{2}); ok {
		t.Errorf("Get = %q", got)
	}
}

// TestKilled: what a writer leaves behind that does not come to the rename is no entry,
// and goes when it is old.
func TestKilled(t *testing.T) {
	c := Open(t.TempDir(), "1", 0)
	c.Put("kind", Hash{1}, []byte("one"))
	half := filepath.Join(c.dir, temporary, "kind-123")
	if err := os.WriteFile(half, []byte(magic+"half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Get("kind", Hash{2}); ok {
		t.Error("there is an entry that nobody wrote")
	}
	c.Close()
	if len(files(t, c.dir)) != 2 {
		t.Error("what another run may be writing is removed")
	}
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(half, old, old); err != nil {
		t.Fatal(err)
	}
	c.Put("kind", Hash{3}, []byte("three"))
	c.Close()
	if n := len(files(t, c.dir)); n != 2 {
		t.Errorf("%d files, want 2: what was left behind stays", n)
	}
}

// TestSize: what was not used for the longest time goes first.
func TestSize(t *testing.T) {
	c := Open(t.TempDir(), "1", 20_000)
	for i := range 30 {
		c.Put("kind", Hash{byte(i)}, make([]byte, 1000))
		at := time.Now().Add(time.Duration(i-60) * time.Hour)
		if err := os.Chtimes(c.path("kind", c.id("kind", Hash{byte(i)})), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := c.Get("kind", Hash{3}); !ok { // now it is used
		t.Fatal("an entry is gone before its time")
	}
	c.Close()
	size := int64(0)
	for _, f := range files(t, c.dir) {
		st, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		size += st.Size()
	}
	if size > 20_000 || size < 15_000 {
		t.Errorf("%d bytes are left, want up to 20000", size)
	}
	for i, want := range map[byte]bool{0: false, 2: false, 3: true, 4: false, 29: true} {
		if _, ok := c.Get("kind", Hash{i}); ok != want {
			t.Errorf("entry %d is there: %v", i, ok)
		}
	}
}

// TestAtOnce: readers and writers of one key, and one that trims, do not disturb each
// other.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	contents := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 1000+i) }
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			c := Open(dir, "1", 30_000)
			for range 200 {
				i := r.IntN(50)
				if got, ok := c.Get("kind", Hash{byte(i)}); ok && !bytes.Equal(got, contents(i)) {
					t.Errorf("entry %d has other contents", i)
				}
				c.Put("kind", Hash{byte(i)}, contents(i))
				if i == 0 {
					c.Close()
				}
			}
			if notes := c.Notes(); len(notes) > 0 {
				t.Errorf("notes: %q", notes)
			}
		})
	}
	wg.Wait()
}

// TestUnwritable: where nothing can be written, the run goes on and says so once.
func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := Open(filepath.Join(file, "cache"), "1", 0)
	for i := range 3 {
		c.Get("kind", Hash{byte(i)})
		c.Put("kind", Hash{byte(i)}, nil)
	}
	c.Close()
	if notes := c.Notes(); len(notes) != 2 || !strings.Contains(strings.Join(notes, "\n"), "cannot write") {
		t.Errorf("notes: %q", notes)
	}
}

// TestLookClean: what is not the cache's own is neither counted nor removed.
func TestLookClean(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if info, err := Look(dir); err != nil || info.Entries != 0 {
		t.Errorf("Look of no directory = %+v, %v", info, err)
	}
	c := Open(dir, "1", 0)
	c.Put("one", Hash{1}, make([]byte, 100))
	c.Put("one", Hash{2}, make([]byte, 100))
	c.Put("two", Hash{1}, make([]byte, 100))
	mine := filepath.Join(dir, "one", "notes.txt")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := Look(dir)
	size := int64(headSize + 100)
	if want := fmt.Sprint([]KindInfo{{"one", 2, 2 * size}, {"two", 1, size}}); err != nil || fmt.Sprint(info.Kinds) != want || info.Bytes != 3*size {
		t.Errorf("Look = %+v, %v", info, err)
	}
	if _, err := Clean(dir); err != nil {
		t.Error(err)
	}
	if left := files(t, dir); len(left) != 1 || left[0] != mine {
		t.Errorf("Clean leaves %q", left)
	}
}
