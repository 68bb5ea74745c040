package cparse

import (
	"errors"
	"io"
	"io/fs"
	"os"
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
}

// read returns the bytes of the file with this clean name.
func (d disk) read(name string) ([]byte, error) {
	if b, ok := d.overlay[name]; ok {
		if b == nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return b, nil
	}
	fh, err := d.root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	st, err := fh.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a regular file")}
	}
	if st.Size() > maxFileSize {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("too large for a source file")}
	}
	b := make([]byte, st.Size())
	n, err := io.ReadFull(fh, b)
	if err == io.ErrUnexpectedEOF {
		err = nil
	}
	if err == io.EOF {
		err = nil
	}
	return b[:n], err
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
