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
	"syscall"
	"unsafe"
)

// maxFileSize bounds what is read as one source file.
const maxFileSize = 1 << 28

// A disk is where the text of a tree comes from: the files below root, with
// those of the overlay in their place.
type disk struct {
	root    *os.Root
	beneath beneath           // the same, faster
	overlay map[string][]byte // nil contents: the file is not there
	memory  Memory            // nil: none
}

// with is d with another overlay.
func (d disk) with(overlay map[string][]byte) disk {
	d.overlay = overlay
	return d
}

// read returns the bytes of the file with this clean name.
func (d disk) read(name string) ([]byte, error) {
	if b := d.overlay[name]; b != nil {
		return b, nil
	}
	return d.readInto(name, nil)
}

// open opens a file of the tree itself to read, by its clean name. It does not
// wait for who writes to a pipe: whether a file is one shows when it is open.
func (d disk) open(name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	f, known, err := d.beneath.open(name)
	if err == nil || known {
		return f, err
	}
	return d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// readDir lists a directory of the tree itself.
func (d disk) readDir(name string) ([]fs.DirEntry, error) {
	name = filepath.FromSlash(name)
	f, known, err := d.beneath.openDir(name)
	if err == nil {
		defer f.Close()
		return f.ReadDir(-1)
	}
	if known {
		return nil, err
	}
	if f, err = d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		return nil, err
	}
	defer f.Close()
	return readDir(f)
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
	fh, err := d.open(name)
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
	link // a symbolic link
)

// listDir returns what is in a directory.
func (t *Tree) listDir(dir string) map[string]entry {
	if v, ok := t.dirs.Load(dir); ok {
		return v.(map[string]entry)
	}
	m := map[string]entry{}
	var listed []fs.DirEntry
	if ents, err := t.disk.readDir(dir); err == nil {
		listed = ents
		for _, e := range ents {
			switch {
			case e.IsDir():
				m[e.Name()] = directory
			case e.Type().IsRegular():
				m[e.Name()] = regular
			case e.Type()&fs.ModeSymlink != 0:
				m[e.Name()] = link
			}
		}
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
	disk disk
	over *lineTable // of files of the overlay
	rest *lineTable // of others: it is that of all overlays
}

// A lineTable has the lines of files that were asked for.
type lineTable struct {
	mu    sync.Mutex
	files map[string]*lined
}

// lined is a file by lines.
type lined struct {
	once   sync.Once
	text   string
	starts []int32 // of its lines; none: it is not readable
}

func newLineTable() *lineTable { return &lineTable{files: map[string]*lined{}} }

// Text returns the text of the tree's files. It may be used concurrently.
func (t *Tree) Text() *Text { return &Text{disk: t.disk, over: newLineTable(), rest: t.lines} }

// Read returns the bytes of the file with this name, relative to the root; in
// buf, if that is large enough.
func (t *Text) Read(name string, buf []byte) ([]byte, error) {
	name = path.Clean(name)
	if !filepath.IsLocal(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("outside of the tree")}
	}
	return t.disk.readInto(name, buf)
}

// texts has the buffers for those that are looked at once.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// Look hands the bytes of a file to look, which must not keep them.
func (t *Text) Look(name string, look func(src []byte)) error {
	buf := texts.Get().(*[]byte)
	defer texts.Put(buf)
	src, err := t.Read(name, *buf)
	if err != nil {
		return err
	}
	*buf = src
	look(src)
	return nil
}

// Line is a line of a file, counted from 1, without its newline; ok is false
// where there is none.
func (t *Text) Line(name string, line int) (text string, ok bool) {
	table := t.rest
	if _, over := t.disk.overlay[name]; over {
		table = t.over
	}
	table.mu.Lock()
	f := table.files[name]
	if f == nil {
		f = &lined{}
		table.files[name] = f
	}
	table.mu.Unlock()
	f.once.Do(func() {
		if b, err := t.disk.read(name); err == nil {
			f.text = unsafe.String(unsafe.SliceData(b), len(b)) // nobody writes to it
			f.starts = lineStarts(f.text)
		}
	})
	return lineOf(f.text, f.starts, line)
}

// lineOf is a line of a text, of which starts has where lines begin.
func lineOf(text string, starts []int32, line int) (string, bool) {
	if line < 1 || line > len(starts) {
		return "", false
	}
	end := len(text)
	if line < len(starts) {
		end = int(starts[line]) - 1
	}
	return strings.TrimSuffix(text[starts[line-1]:end], "\r"), true
}

// lineStarts lists where lines begin; a last newline begins an empty one.
func lineStarts(text string) []int32 {
	starts := make([]int32, 1, 1+strings.Count(text, "\n"))
	for i := 0; ; {
		j := strings.IndexByte(text[i:], '\n')
		if j < 0 {
			return starts
		}
		i += j + 1
		starts = append(starts, int32(i))
	}
}
