package analyzer

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/lower"
	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// models opens the models of the series, as posted.
func models(t testing.TB) (string, *cparse.Tree, *rules.Set) {
	t.Helper()
	root := filepath.Join("..", "testdata", "series", "posted")
	tree, err := cparse.Open(root, cparse.Config{})
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := loadRules(Config{Root: root, RuleSet: "linux"}, tree)
	if err != nil {
		t.Fatal(err)
	}
	return root, tree, set
}

// blobs writes each function of the models, and their bindings, and returns what was
// written, with a string table for all of it.
func blobs(t testing.TB, tree *cparse.Tree, set *rules.Set, each func(l lowered, blob string, w *writer)) {
	t.Helper()
	names, err := tree.Walk(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := tree.File(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, fn := range f.Funcs {
			out := lower.Func(fn, set)
			l := lowered{fn: out.Func, refs: refsTo(out.Refs), ordered: out.Ordered, problems: out.Problems}
			w := newWriter(&ir.Table{}, set)
			w.function(l)
			each(l, string(w.Bytes()), w)
		}
	}
}

// TestCodec: what is read is what was written, to the last nil.
func TestCodec(t *testing.T) {
	_, tree, set := models(t)
	n := 0
	blobs(t, tree, set, func(l lowered, blob string, w *writer) {
		n++
		if w.Fail {
			t.Errorf("%s has no form", l.fn.ID)
			return
		}
		r := newReader(blob, w.Table.List, set)
		got := r.function()
		if err := r.End(); err != nil {
			t.Errorf("%s: %v", l.fn.ID, err)
		} else if !reflect.DeepEqual(got, l) {
			t.Errorf("%s is another one when it is read", l.fn.ID)
		}
	})
	if n < 100 {
		t.Errorf("%d functions: these are not the models", n)
	}
}

func FuzzStore(f *testing.F) {
	_, tree, set := models(f)
	n := 0
	var strings []string
	blobs(f, tree, set, func(l lowered, blob string, w *writer) {
		if n++; n%20 == 0 {
			s := storeFile{refs: refsTo(nil), new: map[funcRef]lowered{}}
			ref := funcRef{file: l.fn.File, name: l.fn.Name}
			s.refs, s.blobs, s.new[ref] = []funcRef{ref}, map[funcRef]string{}, l
			s.rests = map[string]cache.Hash{l.fn.File: {1}}
			s.newBound = &bindings{bytes: 3}
			s.table, s.premises = &premiseTable{}, []int32{0, 2}
			f.Add(s.encode(set))
			f.Add(encodePremises([]cparse.Premise{{Kind: cparse.PremiseHeader, Name: l.fn.File}, {Kind: cparse.PremiseOption, Name: "CONFIG_X"}}))
			f.Add([]byte(blob))
			strings = w.Table.List
		}
	})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var s storeFile
		if _, ok := s.decode(raw); ok {
			table := premiseTable{list: make([]cparse.Premise, 3), sums: make([]cache.Hash, 3), ok: []bool{true, true, true}}
			table.sum(s.premises)
			for _, blob := range s.blobs {
				read(set, blob, s.strings.List)
			}
		}
		read(set, string(raw), strings)
		if list, ok := decodePremises(raw); ok {
			if again, _ := decodePremises(encodePremises(list)); !slices.Equal(again, list) {
				t.Errorf("premises %v become %v", list, again)
			}
		}
	})
}

// read reads a function and bindings from the same bytes. What is taken for a function must
// be one.
func read(set *rules.Set, blob string, strings []string) {
	r := newReader(blob, strings, set)
	if l := r.function(); r.End() == nil {
		l.fn.Check()
	}
	r = newReader(blob, strings, set)
	r.bindings()
}

// TestStore: the second load of a tree parses nothing, and after an edit only what rests on
// the file.
func TestStore(t *testing.T) {
	from, _, _ := models(t)
	root, dir := t.TempDir(), t.TempDir()
	if err := os.CopyFS(root, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"mm/whole.c": "#include <linux/fs.h>\n#include \"piece.c\"\nint whole(struct inode *inode)\n{\n\treturn piece(inode);\n}\n",
		"mm/piece.c": "static int piece(struct inode *inode)\n{\n\tinode_lock(inode);\n\treturn 0;\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	opened := func() int {
		t.Helper()
		c := cache.Open(dir, "1", 0)
		defer c.Close()
		r, err := Analyze(context.Background(), Config{Root: root, RuleSet: "linux", Cache: c})
		if err != nil {
			t.Fatal(err)
		}
		return r.prog.opened
	}
	all := opened()
	if all < 9 {
		t.Errorf("at first %d files are parsed", all)
	}
	if n := opened(); n != 0 {
		t.Errorf("then %d files are parsed, want none", n)
	}
	edit := func(name, more string) {
		t.Helper()
		file := filepath.Join(root, name)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(text, more...), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	edit("mm/rmap.c", "\nstatic int more;\n")
	if n := opened(); n < 1 || n >= all {
		t.Errorf("after an edit of a source %d files are parsed, of %d", n, all)
	}
	edit("mm/whole.c", "\n")
	if n := opened(); n != 2 {
		t.Errorf("after an edit of a file with a part %d files are parsed, want both", n)
	}
	edit("mm/piece.c", "\n")
	if n := opened(); n != 2 {
		t.Errorf("after an edit of a part %d files are parsed, want both", n)
	}
	edit("include/linux/hugetlb.h", "\nextern int more;\n")
	if n := opened(); n < 1 || n >= all {
		t.Errorf("after an edit of a header %d files are parsed, of %d", n, all)
	}
	edit("mm/rmap.c", "\nint more_of_it(void)\n{\n\treturn 0;\n}\n")
	if n := opened(); n < 1 || n >= all {
		t.Errorf("after a new function %d files are parsed, of %d", n, all)
	}
	if n := opened(); n != 0 {
		t.Errorf("at last %d files are parsed, want none", n)
	}
}
