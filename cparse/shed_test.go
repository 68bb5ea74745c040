package cparse

import "testing"

// What refers to a file that was shed gets what it got before.
func TestShed(t *testing.T) {
	tree := testTree(t, map[string]string{
		"a.c":      "struct inner { int x; };\nint shared(struct inner *i) { return i->x; }\nstatic int own(void) { return 1; }\n",
		"b.c":      "int user(void) { return shared(0); }\n",
		"whole.c":  "#include \"part.c\"\nint last(void) { return 1; }\n",
		"part.c":   "static int inpart(void) { return 2; }\n",
		"kept.c":   "int kept(void) { return 3; }\n",
		"twice.c":  "int twice(void) { return 4; }\n",
		"broken.c": "int broken(void) { return 5;\n",
	})
	from, err := tree.File("b.c")
	if err != nil {
		t.Fatal(err)
	}
	resolve := func(name string) *Func {
		t.Helper()
		fns := tree.Resolve(from, name)
		if len(fns) != 1 {
			t.Fatalf("Resolve(%s) = %d functions, want 1", name, len(fns))
		}
		return fns[0]
	}
	before := resolve("shared")
	f, err := tree.Borrow("a.c")
	if err != nil {
		t.Fatal(err)
	}
	f.Shed()
	if f.Src != nil || len(f.Funcs) != 2 {
		t.Errorf("shed: %d bytes and %d functions left, want none and 2", len(f.Src), len(f.Funcs))
	}
	if after := resolve("shared"); after != before {
		t.Error("Resolve returns another function than before the file was shed")
	}
	sig, g, ok := from.FuncSig("shared")
	if !ok || len(sig.Params) != 1 || g.Type(sig.Params[0].Type).String() == "" {
		t.Fatalf("FuncSig = %v, %v", sig, ok)
	}
	again, err := tree.File("a.c")
	if err != nil || len(again.Src) == 0 || again != g {
		t.Errorf("File reads a shed file anew, and once: %v, %d bytes", err, len(again.Src))
	}
	if after := resolve("shared"); after != before {
		t.Error("Resolve returns another function once the file was read anew")
	}

	for _, name := range []string{"whole.c", "part.c", "kept.c"} {
		f, err := tree.File(name)
		if err != nil {
			t.Fatal(err)
		}
		if name != "kept.c" {
			if f, err = tree.Borrow(name); err != nil {
				t.Fatal(err)
			}
		}
		f.Shed()
		if len(f.Src) == 0 {
			t.Errorf("%s is held by others and was shed", name)
		}
	}
}
