package cparse

import (
	"bytes"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// Update puts another overlay over the tree and forgets what it changes, so that
// the rest need not be read again. It must not run at the same time as another
// method. What was returned before of files that do not change stays good. It reports
// false where the change concerns more than single .c files: a header is in the meaning of
// all that include it, or has been read with the types of a .c file that has others now. The
// tree is then as good as it was, but no good under the overlay: see Fork.
func (t *Tree) Update(overlay map[string][]byte) bool {
	t.Wait()
	changed := overlayDiff(t.cfg.Overlay, overlay)
	now := t.disk.with(overlay)
	for _, name := range changed {
		if !strings.HasSuffix(name, ".c") && sourceName(name) || t.byName[name] != nil || !t.single(name, now) {
			return false
		}
	}
	was := t.disk
	t.cfg.Overlay, t.disk = overlay, now
	t.kbuild.dirs = nil
	for _, name := range changed {
		t.forget(name, was)
		t.mu.Lock()
		if s := t.files[name]; s != nil && s.f != nil {
			if _, over := was.overlay[name]; over && t.passing {
				t.leaning = slices.DeleteFunc(t.leaning, func(f *File) bool { return f == s.f })
			} else {
				t.retired[name] = append(t.retired[name], s)
			}
		}
		delete(t.files, name)
		if s := t.revive(name); s != nil {
			t.files[name] = s
		}
		t.mu.Unlock()
	}
	return t.settle(changed)
}

// settle forgets the sources that were read with what files say otherwise now, of some that
// change and those that it could not settle before; false if a header was.
func (t *Tree) settle(changed []string) bool {
	changed = slices.Concat(changed, t.unsettled)
	slices.Sort(changed)
	t.unsettled = changed
	gone := map[*File]bool{}
	same := map[*File]bool{}
	for _, f := range slices.Clone(t.leaning) { // to which the comparison may add
		good := true
		for g := range f.rests.types {
			if _, found := slices.BinarySearch(changed, g.Name); !found {
				continue
			}
			if _, known := same[g]; !known {
				is, err := t.File(g.Name)
				same[g] = err == nil && (is == g || is.saysAll(g))
			}
			good = good && same[g]
		}
		switch {
		case good:
		case f.id >= 0:
			return false
		default:
			t.mu.Lock()
			if s := t.files[f.Name]; s != nil && s.f == f {
				delete(t.files, f.Name)
			}
			t.mu.Unlock()
			gone[f] = true
		}
	}
	t.leaning, t.unsettled = slices.DeleteFunc(t.leaning, func(f *File) bool { return gone[f] }), nil
	return true
}

// saysAll reports whether f says all that another version of it says.
func (f *File) saysAll(was *File) bool {
	is := f.Meanings()
	for name, m := range was.Meanings() {
		if is[name] != m {
			return false
		}
	}
	return was.Src != nil
}

// Passing says that what overlays have from now on will not be seen again: what was read of
// their files goes with them.
func (t *Tree) Passing() { t.passing = true }

// forget brings up to date what is known of a file without reading it as source; was is
// where its text came from.
func (t *Tree) forget(name string, was disk) {
	for d := path.Dir(name); ; d = path.Dir(d) {
		t.dirs.Delete(d)
		if d == "." {
			break
		}
	}
	t.parts.Delete(path.Dir(name))
	for i := range t.index.stages {
		t.index.stages[i].update(t, name, was)
	}
}

// Fork returns the tree under another overlay that changes single files (see Apart), headers
// among them. The two share what no header is in; neither must be in use. What either has
// returned is good as long as it is, and is nothing to the other one.
func (t *Tree) Fork(overlay map[string][]byte) *Tree {
	t.Wait()
	cfg := t.cfg
	cfg.Overlay = overlay
	f := newTree(t.dir, cfg, t.disk.with(cfg.Overlay))
	f.data, f.passing, f.lines = t.data, t.passing, t.lines
	for _, shared := range []struct{ from, to *sync.Map }{{&t.dirs, &f.dirs}, {&t.parts, &f.parts}} {
		shared.from.Range(func(key, value any) bool {
			shared.to.Store(key, value)
			return true
		})
	}
	f.index.stages = make([]indexStage, len(t.index.stages))
	for i := range t.index.stages {
		from, to := &t.index.stages[i], &f.index.stages[i]
		to.dirs = from.dirs
		if from.m != nil {
			to.once.Do(func() { to.m = maps.Clone(from.m) })
		}
	}
	for _, name := range overlayDiff(t.cfg.Overlay, overlay) {
		f.forget(name, t.disk)
	}
	f.force()
	return f
}

// single reports whether a file that changes is no part of another one, and neither has
// parts nor will have any.
func (t *Tree) single(name string, now disk) bool {
	for _, d := range []disk{t.disk, now} {
		if src, err := d.read(name); err == nil && bytes.Contains(src, []byte(includesPart)) {
			return false
		}
	}
	return t.WholeOf(name) == ""
}

// Apart reports whether what another overlay changes is single files: .c files, as Update
// takes them in, and headers, whose Meanings then say what concerns other files.
func (t *Tree) Apart(overlay map[string][]byte) bool {
	now := t.disk.with(overlay)
	for _, name := range overlayDiff(t.cfg.Overlay, overlay) {
		if ext := path.Ext(name); ext != ".c" && ext != ".h" && sourceName(name) || !t.single(name, now) {
			return false
		}
	}
	return true
}

// revive returns the file as it was when it last had the contents that it has
// now, nil if it never had.
func (t *Tree) revive(name string) *fileSlot {
	src, err := t.disk.read(name)
	if err != nil {
		return nil
	}
	for i, s := range t.retired[name] {
		if bytes.Equal(s.f.Src, src) {
			t.retired[name] = slices.Delete(t.retired[name], i, i+1)
			return s
		}
	}
	return nil
}

// sourceName reports whether the tree reads a file as source, or asks for it.
func sourceName(name string) bool {
	return strings.HasSuffix(name, ".h") || strings.Contains(path.Base(name), "Kconfig") || strings.HasSuffix(name, ".S")
}

// overlayDiff lists the names under which two overlays differ, sorted.
func overlayDiff(a, b map[string][]byte) []string {
	var out []string
	for name, text := range a {
		if other, ok := b[name]; !ok || (text == nil) != (other == nil) || !bytes.Equal(text, other) {
			out = append(out, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// update brings one file of a stage that is built up to date.
func (st *indexStage) update(t *Tree, name string, was disk) {
	if st.m == nil || !slices.ContainsFunc(st.dirs, func(d string) bool { return d == "." || strings.HasPrefix(name, d+"/") }) {
		return
	}
	var buf []byte
	defs, _ := was.defs(name, &buf)
	for _, def := range defs {
		if files := st.m[def]; len(files) == 1 && files[0] == name {
			delete(st.m, def)
		} else if i, ok := slices.BinarySearch(files, name); ok {
			st.m[def] = slices.Concat(files[:i], files[i+1:])
		}
	}
	src, err := t.disk.read(name)
	if err != nil {
		return
	}
	quickDefs(unsafe.String(unsafe.SliceData(src), len(src)), strings.HasSuffix(name, ".h"), func(def string) {
		if i, ok := slices.BinarySearch(st.m[def], name); !ok {
			st.m[strings.Clone(def)] = slices.Insert(slices.Clone(st.m[def]), i, name)
		}
	})
}
