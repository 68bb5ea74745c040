package cache

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// read does what a run does with a file.
func read(t *testing.T, tree *Tree, name string) {
	t.Helper()
	file := filepath.Join(tree.root, name)
	st, err := os.Stat(file)
	if err != nil {
		tree.Read(name, nil, nil, err)
		return
	}
	text, err := os.ReadFile(file)
	tree.Read(name, st, text, err)
}

func write(t *testing.T, file, text string, age time.Duration) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// settle makes the time of the last change of a file's inode, which cannot be set, old
// enough.
func settle() { time.Sleep(settled + 50*time.Millisecond) }

func TestTree(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for clocks")
	}
	root, dir := t.TempDir(), t.TempDir()
	a, b := filepath.Join(root, "a.c"), filepath.Join(root, "b.c")
	write(t, a, "one", time.Hour)
	write(t, b, "two", time.Hour)
	settle()
	run := func(what func(tree *Tree, f *Facts)) {
		t.Helper()
		c := Open(dir, "1", 0)
		tree := c.Tree(root)
		what(tree, tree.Facts("length"))
		c.Close()
		if notes := c.Notes(); len(notes) > 0 {
			t.Errorf("notes: %q", notes)
		}
	}
	run(func(tree *Tree, f *Facts) {
		if _, ok := f.Of("a.c"); ok {
			t.Error("something is known of a file that was never read")
		}
		for _, n := range []string{"a.c", "b.c", "gone.c"} {
			read(t, tree, n)
			f.Set(n, "3")
		}
	})
	run(func(tree *Tree, f *Facts) {
		if got, ok := f.Of("a.c"); !ok || got != "3" {
			t.Errorf("Of = %q, %v", got, ok)
		}
		if _, ok := f.Of("gone.c"); ok {
			t.Error("something is known of a file that is not there")
		}
	})
	// The same size and times: the inode tells.
	st, err := os.Stat(a)
	if err != nil {
		t.Fatal(err)
	}
	write(t, a+"~", "ONE", 0)
	if err := os.Chtimes(a+"~", st.ModTime(), st.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(a+"~", a); err != nil {
		t.Fatal(err)
	}
	run(func(tree *Tree, f *Facts) {
		if _, ok := f.Of("a.c"); ok && stampOf(st).inode != 0 {
			t.Error("a file that was replaced is taken for the old one")
		}
		// Read and kept, but too young to be known by its times.
		read(t, tree, "a.c")
		f.Set("a.c", "3")
		if _, ok := f.Of("a.c"); !ok {
			t.Error("what the run has found out itself is not known")
		}
	})
	run(func(tree *Tree, f *Facts) {
		if _, ok := f.Of("a.c"); ok {
			t.Error("a file is known that was changed a moment before it was read")
		}
		if _, ok := f.Of("b.c"); !ok {
			t.Error("what is known of one file is lost with another")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(encodeFiles(map[string]known{
		"mm/a.c": {stamp{1, 2, 3, 4}, true, Hash{5}}, "mm/ab.c": {stamp{-1, -2, -3, 1 << 63}, false, Hash{6}},
	}))
	f.Add([]byte("\x02" + "0123456789abcdef" + "\x03abc" + "0123456789abcdeg" + "\x00"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if m, err := decodeFiles(raw); err == nil {
			if again, err := decodeFiles(encodeFiles(m)); err != nil || len(again) != len(m) {
				t.Errorf("what was read cannot be written and read again: %v", err)
			}
		}
		if _, err := decodeFacts(raw); err == nil && len(raw) == 0 {
			t.Error("nothing is taken for facts")
		}
	})
}
