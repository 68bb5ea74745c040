package patch

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// maxFile bounds the files that patches touch.
const maxFile = 64 << 20

// A State is a tree as it is after a patch.
type State struct {
	// Files has the files that are not those on the disk, by their names
	// relative to the tree; nil for a file that is gone. The contents are
	// shared between states and must not be changed.
	Files map[string][]byte

	Touched []string // files that the patch before this state touches, sorted
}

// Apply applies the patches to the tree at root, in memory, and returns the tree
// before the first one and after each.
func (s *Series) Apply(root string) ([]*State, error) {
	disk, err := os.OpenRoot(root)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	base := &State{Files: maps.Clone(s.Base)}
	if base.Files == nil {
		base.Files = map[string][]byte{}
	}
	states := []*State{base}
	for _, p := range s.Patches {
		a := &applier{series: s, disk: disk, before: states[len(states)-1].Files, now: map[string][]byte{}}
		if err := a.patch(p); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Title(), err)
		}
		next := &State{Files: maps.Clone(a.before), Touched: p.Names()}
		maps.Copy(next.Files, a.now)
		states = append(states, next)
	}
	return states, nil
}

// An applier applies one patch.
type applier struct {
	series *Series
	disk   *os.Root
	before map[string][]byte // of the patch
	now    map[string][]byte // what it changed so far
}

func (a *applier) patch(p *Patch) error {
	leaves := map[string]bool{} // names that are free once the patch is applied
	for _, f := range p.Files {
		for _, name := range []string{f.OldName, f.NewName} {
			if err := checkName(name); err != nil {
				return err
			}
		}
		if f.IsDelete || f.IsRename {
			leaves[f.OldName] = true
		}
	}
	for _, f := range p.Files {
		if err := a.file(f, leaves); err != nil {
			return fmt.Errorf("%s: %w", fileName(f), err)
		}
	}
	return nil
}

func fileName(f *gitdiff.File) string {
	if f.NewName != "" {
		return f.NewName
	}
	return f.OldName
}

// checkName refuses names that are not of the tree.
func checkName(name string) error {
	switch {
	case name == "":
		return nil
	case !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, 0) || !filepath.IsLocal(filepath.FromSlash(name)):
		return fmt.Errorf("the name %q is not of a file in the tree", name)
	case name == ".git" || strings.HasPrefix(name, ".git/") || strings.Contains(name, "/.git/"):
		return fmt.Errorf("the name %q is git's own", name)
	}
	return nil
}

// The kinds of file that a mode can say (git's, not the system's).
const (
	modeFile   = 0o100000
	modeLink   = 0o120000
	modeModule = 0o160000
	modeKind   = 0o170000
)

func (a *applier) file(f *gitdiff.File, leaves map[string]bool) error {
	if k := max(f.NewMode&modeKind, f.OldMode&modeKind); k == modeLink || k == modeModule {
		return a.noSource(f)
	}
	// A file that the patch lists twice is changed twice. The names of a
	// rename are those before the patch: two files may change places.
	from := a.before
	if _, again := a.now[f.OldName]; again && f.OldName == f.NewName {
		from = a.now
	}
	var old []byte
	var err error
	if f.IsNew {
		if err := a.free(f.NewName, leaves); err != nil {
			return err
		}
	} else if old, err = a.read(from, f.OldName); err != nil {
		return err
	}
	if f.IsRename || f.IsCopy {
		if f.NewName != f.OldName {
			if err := a.free(f.NewName, leaves); err != nil {
				return err
			}
		}
	}
	text, err := applyTo(old, f)
	if err != nil {
		return err
	}
	if f.IsDelete {
		if len(text) > 0 {
			return errors.New("it is deleted, but has more than the patch removes")
		}
		a.set(f.OldName, nil)
		return nil
	}
	if f.IsRename && f.OldName != f.NewName {
		if _, filled := a.now[f.OldName]; !filled {
			a.set(f.OldName, nil)
		}
	}
	if text == nil {
		text = []byte{} // nil is a file that is not there
	}
	a.set(f.NewName, text)
	return nil
}

func (a *applier) set(name string, text []byte) { a.now[name] = text }

// noSource takes away a file that is, or was, a symbolic link or a submodule.
func (a *applier) noSource(f *gitdiff.File) error {
	for _, name := range []string{f.OldName, f.NewName} {
		if name != "" {
			a.set(name, nil)
		}
	}
	a.series.note("%s is a symbolic link or a submodule, and not read", fileName(f))
	return nil
}

// read is a file before the patch.
func (a *applier) read(from map[string][]byte, name string) ([]byte, error) {
	if text, ok := from[name]; ok {
		if text == nil {
			return nil, errors.New("no such file at this point of the series")
		}
		return text, nil
	}
	return readFile(a.disk, name)
}

func readFile(disk *os.Root, name string) ([]byte, error) {
	st, err := disk.Stat(filepath.FromSlash(name))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("no such file in the tree")
		}
		return nil, fmt.Errorf("cannot be read: %w", bare(err)) // a link out of the tree, too
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("is not a file")
	}
	if st.Size() > maxFile {
		return nil, fmt.Errorf("has more than %d MB", maxFile>>20)
	}
	text, err := disk.ReadFile(filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", bare(err))
	}
	return text, nil
}

// free reports it if a file that is to be made is there already.
func (a *applier) free(name string, leaves map[string]bool) error {
	taken := errors.New("the patch makes it, but it is there already")
	if text, ok := a.now[name]; ok && text != nil {
		return taken
	}
	if leaves[name] {
		return nil
	}
	if text, ok := a.before[name]; ok {
		if text != nil {
			return taken
		}
		return nil
	}
	// The nearest directory that is there must be of the tree.
	_, err := a.disk.Lstat(filepath.FromSlash(name))
	switch {
	case err == nil:
		return taken
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("cannot be made: %w", bare(err))
}

// applyTo returns the text with the changes of f.
func applyTo(old []byte, f *gitdiff.File) ([]byte, error) {
	if f.IsBinary {
		if f.BinaryFragment == nil {
			if ext := path.Ext(fileName(f)); ext == ".c" || ext == ".h" {
				return nil, errors.New("a binary diff without its data")
			}
			return old, nil
		}
		if f.BinaryFragment.Size > maxFile {
			return nil, fmt.Errorf("a binary diff of more than %d MB", maxFile>>20)
		}
		var out bytes.Buffer
		if err := gitdiff.Apply(&out, bytes.NewReader(old), f); err != nil {
			return nil, fmt.Errorf("binary diff: %w", err)
		}
		return out.Bytes(), nil
	}
	img := newImage(old)
	for i, h := range f.TextFragments {
		if err := img.apply(h); err != nil {
			return nil, fmt.Errorf("hunk %d of %d (%s): %w", i+1, len(f.TextFragments), strings.TrimSpace(h.Header()), err)
		}
	}
	return img.bytes(), nil
}

// An image is the text of a file while hunks are applied to it.
type image struct {
	lines []string // with their newlines
	fixed []bool   // lines that a hunk has made or matched: no other fits there
}

func newImage(text []byte) *image {
	img := &image{}
	for line := range strings.Lines(string(text)) {
		img.lines = append(img.lines, line)
	}
	img.fixed = make([]bool, len(img.lines))
	return img
}

func (img *image) bytes() []byte {
	var b bytes.Buffer
	for _, l := range img.lines {
		b.WriteString(l)
	}
	return b.Bytes()
}

// apply finds the place of a hunk, as apply_one_fragment of git's apply.c does,
// and puts its lines there.
func (img *image) apply(h *gitdiff.TextFragment) error {
	if err := h.Validate(); err != nil {
		return err
	}
	var old, now []string
	for _, l := range h.Lines {
		if l.Old() {
			old = append(old, l.Line)
		}
		if l.New() {
			now = append(now, l.Line)
		}
	}
	atStart, atEnd := h.OldPosition <= 1, h.TrailingContext == 0
	at := max(int(min(h.NewPosition, int64(len(img.lines)+1)))-1, 0)
	pos, ok := img.find(old, at, atStart, atEnd)
	if !ok {
		return img.misfit(old, at, atStart, atEnd)
	}
	fixed := make([]bool, len(now))
	for i := range fixed {
		fixed[i] = true
	}
	img.lines = slices.Replace(img.lines, pos, pos+len(old), now...)
	img.fixed = slices.Replace(img.fixed, pos, pos+len(old), fixed...)
	return nil
}

// find is the place nearest to at that has the lines.
func (img *image) find(old []string, at int, atStart, atEnd bool) (int, bool) {
	last := len(img.lines) - len(old)
	if last < 0 {
		return 0, false
	}
	switch {
	case atStart:
		return 0, img.fits(old, 0) && (!atEnd || last == 0)
	case atEnd:
		return last, img.fits(old, last)
	}
	at = min(at, last)
	for off := 0; at-off >= 0 || at+off <= last; off++ {
		if at+off <= last && img.fits(old, at+off) {
			return at + off, true
		}
		if at-off >= 0 && img.fits(old, at-off) {
			return at - off, true
		}
	}
	return 0, false
}

func (img *image) fits(old []string, pos int) bool {
	for i, l := range old {
		if img.fixed[pos+i] || img.lines[pos+i] != l {
			return false
		}
	}
	return true
}

// misfit says what is wrong where the hunk should be: the first line that differs.
func (img *image) misfit(old []string, at int, atStart, atEnd bool) error {
	if atStart {
		at = 0
	} else if atEnd {
		at = max(0, len(img.lines)-len(old))
	}
	for i, want := range old {
		if at+i >= len(img.lines) {
			return fmt.Errorf("does not fit: the file ends at line %d, where the patch has %q", at+i, clip(want))
		}
		if got := img.lines[at+i]; got != want {
			return fmt.Errorf("does not fit: line %d is %q, but the patch has %q", at+i+1, clip(got), clip(want))
		}
		if img.fixed[at+i] {
			return fmt.Errorf("does not fit: line %d is changed by a hunk before it", at+i+1)
		}
	}
	return errors.New("does not fit: the file is longer or shorter than the patch has it")
}

func clip(s string) string {
	const most = 60
	s = strings.TrimRight(s, "\r\n")
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "?") + "..."
	}
	return s
}
