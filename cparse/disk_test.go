package cparse

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What lies over a tree is what is seen of it, and a reader's buffer is not the
// overlay's.
func TestOverlay(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a.c": "disk a", "b.c": "disk b", "c.c": "disk c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	over := map[string][]byte{"a.c": []byte("over"), "b.c": nil, "new/d.c": []byte("int d;"), "empty.c": {}}
	tree, err := Open(dir, Config{Overlay: over})
	if err != nil {
		t.Fatal(err)
	}
	if got := tree.Files(nil, ".c"); !slices.Equal(got, []string{"a.c", "c.c", "empty.c", "new/d.c"}) {
		t.Errorf("files %q", got)
	}
	if got, err := tree.Walk(nil); err != nil || len(got) != 4 {
		t.Errorf("walk: %q, %v", got, err)
	}
	text := tree.Text()
	buf, err := text.Read("a.c", nil)
	if err != nil || string(buf) != "over" {
		t.Fatalf("%q, %v", buf, err)
	}
	if buf, err = text.Read("c.c", buf[:0]); err != nil || string(buf) != "disk c" {
		t.Errorf("%q, %v", buf, err)
	}
	buf, _ = text.Read("a.c", buf)
	for range 2 { // a reader scribbles over its buffer
		copy(buf, "xxxx")
		if again, err := text.Read("a.c", nil); err != nil || !bytes.Equal(again, []byte("over")) {
			t.Errorf("the overlay became %q, %v", again, err)
		}
	}
	if _, err := text.Read("b.c", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
	if line, ok := text.Line("new/d.c", 1); !ok || line != "int d;" {
		t.Errorf("line %q", line)
	}
}
