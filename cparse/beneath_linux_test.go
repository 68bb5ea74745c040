package cparse

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestOpen: what leaves the tree is refused, as by an os.Root, and nothing waits for who writes
// to a pipe.
func TestOpen(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.h")
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(outside, "int secret;\n")
	write(filepath.Join(dir, "a", "b", "x.h"), "int x;\n")
	up, err := filepath.Rel(filepath.Join(dir, "a"), outside)
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"a/in.h": "b/x.h", "a/b/up.h": "../b/x.h", "a/abs.h": outside, "a/out.h": up, "a/dir": filepath.Dir(outside), "a/loop.h": "loop.h"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "a", "pipe.h"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("pipe.h", filepath.Join(dir, "a", "topipe.h")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, how := range []struct {
		name string
		disk disk
	}{{"openat2", disk{root: root, beneath: newBeneath(root)}}, {"os.Root", disk{root: root}}} {
		for name, want := range map[string]string{
			"a/b/x.h": "int x;\n", "a/in.h": "int x;\n", "a/b/up.h": "int x;\n",
			"a/abs.h": "", "a/out.h": "", "a/dir/secret.h": "", "a/loop.h": "", "a/none.h": "", "a/b": "", "a/pipe.h": "", "a/topipe.h": "",
		} {
			done := make(chan bool)
			go func() {
				defer close(done)
				got, err := how.disk.read(name)
				if (err == nil) != (want != "") || string(got) != want {
					t.Errorf("%s: %s is %q, %v; want %q", how.name, name, got, err, want)
				}
				if name == "a/none.h" && !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: of a file that is not there: %v", how.name, err)
				}
			}()
			select {
			case <-done:
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: %s is waited for", how.name, name)
			}
		}
	}
	for _, how := range []disk{{root: root, beneath: newBeneath(root)}, {root: root}} {
		for name, want := range map[string]int{".": 1, "a": 8, "a/b": 2, "a/b/x.h": -1, "a/pipe.h": -1, "a/dir": -1, "a/none": -1} {
			got := -1
			if ents, err := how.readDir(name); err == nil {
				got = len(ents)
			}
			if got != want {
				t.Errorf("%s has %d entries, want %d", name, got, want)
			}
		}
	}
	tree, err := Open(dir, Config{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a/b/x.h": true, "a/in.h": true, "a/pipe.h": false, "a/none.h": false} {
		if got := tree.exists(name); got != want {
			t.Errorf("whether %s is there: %t", name, got)
		}
	}
	if n := len(tree.listDir("a")); n != 7 { // b, and the six links
		t.Errorf("a has %d entries: %v", n, tree.listDir("a"))
	}
}
