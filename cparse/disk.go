package cparse

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
)

// maxFileSize bounds what is read as one source file.
const maxFileSize = 1 << 28

// A disk is where the text of a tree comes from: the files below root, with
// those of the overlay in their place.
type disk struct {
	root    *os.Root
	overlay map[string][]byte // nil contents: the file is not there
	memory  Memory            // nil: none
}

// read returns the bytes of the file with this clean name.
func (d disk) read(name string) ([]byte, error) {
	if b := d.overlay[name]; b != nil {
		return b, nil
	}
	return d.readInto(name, nil)
}

// readInto is read, into buf where that is large enough.
func (d disk) readInto(name string, buf []byte) ([]byte, error) {
	if b, ok := d.overlay[name]; ok {
		if b == nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return append(buf[:0], b...), nil // the caller may write to buf again
	}
	b, st, err := d.readFile(name, buf)
	if d.memory != nil {
		d.memory.Read(name, st, b, err)
	}
	return b, err
}

func (d disk) readFile(name string, buf []byte) ([]byte, fs.FileInfo, error) {
	fh, err := d.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, nil, err
	}
	defer fh.Close()
	st, err := fh.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	if st.Size() > maxFileSize {
		return nil, nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("too large for a source file")}
	}
	b := buf[:0]
	if int64(cap(b)) < st.Size() {
		b = make([]byte, st.Size())
	}
	b = b[:st.Size()]
	n, err := io.ReadFull(fh, b)
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	if err == io.EOF {
		err = nil
	}
	return b[:n], st, err
}

// An entry says what a name in a directory stands for.
type entry uint8

const (
	absent entry = iota
	directory
	regular
	link // a symbolic link, or something else that is no regular file
)

// listDir returns what is in a directory.
func (t *Tree) listDir(dir string) map[string]entry {
	if v, ok := t.dirs.Load(dir); ok {
		return v.(map[string]entry)
	}
	m := map[string]entry{}
	var listed []fs.DirEntry
	if fh, err := t.disk.root.Open(filepath.FromSlash(dir)); err == nil {
		if ents, err := readDir(fh); err == nil {
			listed = ents
			for _, e := range ents {
				switch {
				case e.IsDir():
					m[e.Name()] = directory
				case e.Type().IsRegular():
					m[e.Name()] = regular
				default:
					m[e.Name()] = link
				}
			}
		}
		fh.Close()
	}
	if t.disk.memory != nil {
		t.disk.memory.Listed(dir, listed)
	}
	for name, b := range t.cfg.Overlay {
		for d := name; d != "."; d = path.Dir(d) {
			if path.Dir(d) != dir {
				continue
			}
			switch {
			case b == nil && d == name:
				delete(m, path.Base(d))
			case b != nil && d == name:
				m[path.Base(d)] = regular
			case b != nil:
				m[path.Base(d)] = directory
			}
		}
	}
	v, _ := t.dirs.LoadOrStore(dir, m)
	return v.(map[string]entry)
}

func (t *Tree) exists(name string) bool {
	e := t.listDir(path.Dir(name))[path.Base(name)]
	return e == regular || e == link
}

// A Text gives the lines of a tree's files. It holds nothing else of the
// tree, so that the tree's memory can go once it has been read.
type Text struct {
	disk  disk
	mu    sync.Mutex
	lines map[string][]string // nil: not readable
}

// Text returns the text of the tree's files. It may be used concurrently.
func (t *Tree) Text() *Text { return &Text{disk: t.disk, lines: map[string][]string{}} }

// Read returns the bytes of the file with this name, relative to the root; in
// buf, if that is large enough.
func (t *Text) Read(name string, buf []byte) ([]byte, error) {
	name = path.Clean(name)
	if !filepath.IsLocal(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("outside of the tree")}
	}
	return t.disk.readInto(name, buf)
}

// Line is a line of a file, counted from 1, without its newline; ok is false
// where there is none.
func (t *Text) Line(name string, line int) (text string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines, read := t.lines[name]
	if !read {
		if b, err := t.disk.read(name); err == nil {
			lines = strings.Split(string(b), "\n")
		}
		t.lines[name] = lines
	}
	if line < 1 || line > len(lines) {
		return "", false
	}
	return strings.TrimSuffix(lines[line-1], "\r"), true
}
