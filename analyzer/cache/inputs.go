package cache

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
)

// Inputs are the files and directories of a tree that a run has asked for, and what it
// found there.
type Inputs struct {
	Files, Dirs []string // sorted
	Found       Hash     // what is in them
}

// Inputs lists what this run has asked for; false if something changed while it looked, so
// that it cannot be said what the run rests on.
func (t *Tree) Inputs() (Inputs, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	in := Inputs{Files: slices.Sorted(maps.Keys(t.now)), Dirs: slices.Sorted(maps.Keys(t.dirs))}
	in.Found = sumInputs(in, func(i int) Hash { return t.now[in.Files[i]].sum() }, func(i int) Hash { return t.dirs[in.Dirs[i]] })
	return in, !t.varied
}

func sumInputs(in Inputs, file, dir func(i int) Hash) Hash {
	parts := make([][]byte, 0, 2*(len(in.Files)+len(in.Dirs)))
	for i, name := range in.Files {
		h := file(i)
		parts = append(parts, []byte(name), h[:])
	}
	for i, name := range in.Dirs {
		h := dir(i)
		parts = append(parts, []byte(name), h[:])
	}
	return Sum(parts...)
}

func (in input) sum() Hash {
	if in.missing {
		return Sum([]byte("missing"), in.hash[:])
	}
	return in.hash
}

// trouble is the hash of an input that cannot be read: the kind of error.
func trouble(err error) Hash {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Hash{1}
	case errors.Is(err, fs.ErrPermission):
		return Hash{2}
	}
	return Hash{3}
}

// Same reports whether the tree still has what a run has found.
func (t *Tree) Same(in Inputs) bool {
	files, dirs := make([]Hash, len(in.Files)), make([]Hash, len(in.Dirs))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			const step = 64
			for {
				end := int(next.Add(step))
				if end-step >= len(files)+len(dirs) {
					return
				}
				for i := end - step; i < min(end, len(files)+len(dirs)); i++ {
					if i < len(files) {
						files[i] = t.look(in.Files[i]).sum()
					} else {
						dirs[i-len(files)] = t.list(in.Dirs[i-len(files)])
					}
				}
			}
		})
	}
	wg.Wait()
	return sumInputs(in, func(i int) Hash { return files[i] }, func(i int) Hash { return dirs[i] }) == in.Found
}

// look finds out what is under a name, from the file if need be.
func (t *Tree) look(name string) input {
	if h, ok := t.Hash(name); ok {
		return input{hash: h}
	}
	st, text, err := readFile(filepath.Join(t.root, filepath.FromSlash(name)))
	t.Read(name, st, text, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now[name]
}

func readFile(name string) (fs.FileInfo, []byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may have become a pipe
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file")
	}
	text, err := io.ReadAll(f)
	return st, text, err
}

// list finds out what is in a directory. The run is not told: it lists what it needs.
func (t *Tree) list(dir string) Hash {
	f, err := os.Open(filepath.Join(t.root, filepath.FromSlash(dir)))
	if err != nil {
		return sumDir(nil)
	}
	defer f.Close()
	ents, err := f.ReadDir(-1)
	if err != nil {
		return sumDir(nil)
	}
	return sumDir(ents)
}

// Encode writes in for Decode.
func (in Inputs) Encode(e *Encoder) {
	e.Names(in.Files)
	e.Names(in.Dirs)
	e.Hash(in.Found)
}

// DecodeInputs reads what Encode has written.
func DecodeInputs(d *Decoder) Inputs {
	return Inputs{Files: d.Names(), Dirs: d.Names(), Found: d.Hash()}
}
