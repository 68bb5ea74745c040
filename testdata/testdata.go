// Package testdata embeds the C models of the patch series, so that the program
// has a sample to scan where the user names no tree. It is no test; it lives
// beside the files because go:embed reaches no further.
package testdata

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

//go:embed series/before series/posted series/after series/stubs
var series embed.FS

// Series returns one state of the series, "before", "posted" or "after", as a
// source tree with the headers that the states share.
func Series(state string) (fs.FS, error) {
	states := []string{"before", "posted", "after"}
	if !slices.Contains(states, state) {
		return nil, fmt.Errorf("no state %q of the series: there are %s", state, strings.Join(states, ", "))
	}
	var layers union
	for _, dir := range []string{state, "stubs"} {
		layer, err := fs.Sub(series, "series/"+dir)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	return layers, nil
}

// A union is several trees seen as one. A file of an earlier tree hides one of
// the same name.
type union []fs.FS

func (u union) Open(name string) (fs.File, error) {
	for _, layer := range u {
		file, err := layer.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if info, err := file.Stat(); err != nil || !info.IsDir() {
			return file, err
		}
		entries, err := u.entries(name)
		return &dir{File: file, left: entries}, err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// entries returns what the layers have in a directory, sorted by name.
func (u union) entries(name string) ([]fs.DirEntry, error) {
	var all []fs.DirEntry
	for _, layer := range u {
		entries, err := fs.ReadDir(layer, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		all = append(all, entries...)
	}
	// Stable, so that of two with one name the first layer's stays.
	slices.SortStableFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return slices.CompactFunc(all, func(a, b fs.DirEntry) bool { return a.Name() == b.Name() }), nil
}

// A dir is an open directory of a union.
type dir struct {
	fs.File
	left []fs.DirEntry
}

func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.left)
	} else if len(d.left) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.left))
	entries := d.left[:n:n]
	d.left = d.left[n:]
	return entries, nil
}
