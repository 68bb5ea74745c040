package cparse

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// checkTree fails where a position lies outside of the file or a node is
// malformed.
func checkTree(t *testing.T, f *File, s *Stmt) {
	t.Helper()
	n := int32(len(f.Src))
	at := func(pos, end int32) {
		if pos < 0 || end < 0 || pos > n || end > n {
			t.Fatalf("position %d-%d outside of %d bytes", pos, end, n)
		}
	}
	var stmt func(s *Stmt)
	var expr func(e *Expr)
	expr = func(e *Expr) {
		if e == nil {
			return
		}
		at(e.Pos, e.End)
		expr(e.X)
		expr(e.Y)
		expr(e.Z)
		for _, a := range e.Args {
			if a == nil {
				t.Fatal("nil argument")
			}
			expr(a)
		}
		stmt(e.Body)
	}
	stmt = func(s *Stmt) {
		if s == nil {
			return
		}
		at(s.Pos, s.End)
		expr(s.X)
		expr(s.Post)
		expr(s.Lo)
		expr(s.Hi)
		stmt(s.Init)
		stmt(s.Body)
		stmt(s.Else)
		for _, c := range s.List {
			if c == nil {
				t.Fatal("nil statement")
			}
			stmt(c)
		}
		for _, d := range s.Decls {
			at(d.Pos, d.Pos)
			expr(d.Init)
		}
	}
	stmt(s)
}

// exercise does to a file what the analyzer does.
func exercise(t *testing.T, f *File) {
	t.Helper()
	for _, fn := range f.Funcs {
		if fn.Pos < 0 || fn.Pos > fn.End || int(fn.End) > len(f.Src) {
			t.Fatalf("%s at %d-%d in %d bytes", fn.Name, fn.Pos, fn.End, len(f.Src))
		}
		s, ps := fn.Body()
		checkTree(t, f, s)
		for _, p := range ps {
			if p.Pos < 0 || int(p.Pos) > len(f.Src) || p.Line < 1 || p.Col < 1 {
				t.Fatalf("problem at %+v", p)
			}
		}
		fn.Sig()
		fn.Attrs()
		for _, st := range s.List {
			if st.Kind == ExprStmt {
				f.TypeOfExpr(st.X, nil)
				f.Expand(st.X)
				f.ConstEval(st.X)
				_ = st.String()
			}
		}
	}
	for _, v := range f.Vars() {
		v.Type()
	}
	f.Inits()
	f.InactiveCalls(func(string, int32) {})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"each_entry(p, h, n) f(p);", "guard(lock)(&l); x = ({ 1; });", "switch (x) { case 1 ... 2: asm volatile(\"\" : : \"r\"(x)); }",
		"int a[] = { [0 ... 3] = 1, .x.y = 2 };", "goto *&&x; x:", "((((", "}}}}", "\"", "'", "/*", "f(", "#if", "#define X X\nX(X)", "a ? : b", "...", "_Generic(x, int: 1)",
		"typeof(typeof(x) y) z;", "\x00\xff\\", "struct { int : 3; } x;", "asm goto", "__attribute__((cleanup(", "case case case :",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 1<<12 {
			return
		}
		exercise(t, testFile(t, "#include <list.h>\n#include <cleanup.h>\nint fn(struct s *p)\n{\n"+body+"\n}\n"))
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{
		typesSource, cleanupHeader, listHeader, "int f(", "struct {", "#if 1\n#elif\n#else\n#endif\n#endif", "#include \"a.c\"\n#include <a.c>",
		"int (*(*f(int))(void))[3];", "typedef typedef;", "enum { A = A, B };", "#define f(x, ...) x##__VA_ARGS__ #x\nf(1)\nint g(void) f({})", "= {", "int x = { { ;", "#if (((((", "\xef\xbb\xbfint a;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<12 {
			return
		}
		exercise(t, testFile(t, src))
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("#define A(x) x x\n#define B A(A(A(1)))\n", "B")
	f.Add("#define F(a, ...) a ## __VA_ARGS__ # a __VA_OPT__(x ## a)\n", "F(F(1, 2), 3)")
	f.Add("#define X X Y\n#define Y X\n", "X Y")
	f.Add("#define D(x) D2(x x x x)\n#define D2(x) D3(x x x x)\n#define D3(x) D4(x x x x)\n#define D4(x) x x x x\n", "D(D(D(D(1))))")
	f.Add("#define L() R\n#define R ) L(\n", "L() L(")
	f.Fuzz(func(t *testing.T, defs, use string) {
		if len(defs)+len(use) > 1<<12 {
			return
		}
		file := testFile(t, defs)
		x := &expander{lookup: file.macroFor}
		if out := x.expand(lexAll(use, 0, len(use))); len(out) > 64*maxExpand {
			t.Fatalf("%d tokens", len(out))
		}
		e, ok := file.parseExpr(lexAll(use, 0, len(use)), nil)
		if ok {
			file.Expand(e)
			file.ConstEval(e)
		}
	})
}

// Input that a hostile tree may hold.
func TestHostile(t *testing.T) {
	deep := func(open, shut string, n int) string { return strings.Repeat(open, n) + strings.Repeat(shut, n) }
	for name, src := range map[string]string{
		"parentheses": "int f(void) { x = " + deep("(", ")", 20000) + "; }",
		"braces":      "int f(void) " + deep("{", "}", 20000),
		"unary":       "int f(void) { x = " + strings.Repeat("!", 20000) + "1; }",
		"pointers":    "int " + strings.Repeat("*", 20000) + "x;\nint f(void) { x; }",
		"declarator":  "int " + deep("(", ")", 5000) + "(void) { }",
		"records":     deep("struct { ", "} x; ", 3000),
		"if":          "int f(void) { " + strings.Repeat("if (a) ", 10000) + "; }",
		"else":        "int f(void) { " + strings.Repeat("if (a) b; else ", 10000) + "; }",
		"#if":         strings.Repeat("#if 1\n", 20000) + "int x;",
		"condition":   "#if " + deep("(", ")", 20000) + "\n#endif\nint f(void) { }",
		"typeof":      "int f(void) { " + strings.Repeat("typeof(", 2000) + "x" + strings.Repeat(")", 2000) + " y; }",
		"long line":   "int f(void) { x = 1" + strings.Repeat(" + 1", 200000) + "; }",
		"calls":       "int f(void) { " + strings.Repeat("g(", 3000) + strings.Repeat(")", 3000) + "; }",
		"bomb":        "#define A(x) x x x x x x x x\nint f(void) { " + strings.Repeat("A(", 30) + "1" + strings.Repeat(")", 30) + "; }",
		"self":        "#define A B\n#define B A\n#define F(x) F(F(x))\nint f(void) { F(A); B; }",
		"NUL":         "int f(void) { \x00\x00 x; }\x00",
		"encoding":    "int f(void) { \xff\xfe\"\xff\"; '\xff'; }",
		"open string": "int f(void) { \"abc\n; }\nint g(void) { }",
		"open":        "int f(void) { if (",
		"crlf":        "#define A \\\r\n 1\r\nint f(void)\r\n{\r\n\tg(A);\r\n}\r\n",
		"self type":   "typedef typeof(x) t; t x;\nstruct s { struct s in; };\nint f(void) { x.a; ((struct s *)0)->in.in.in.b; }",
		"self enum":   "enum { A = B, B = A };\nint f(void) { A; }",
	} {
		t.Run(name, func(t *testing.T) { exercise(t, testFile(t, src)) })
	}
}

func TestOutsideOfTree(t *testing.T) {
	top := t.TempDir()
	root := filepath.Join(top, "tree")
	if err := os.MkdirAll(filepath.Join(root, "include"), 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(name, s string) {
		if err := os.WriteFile(filepath.Join(top, name), []byte(s), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("secret.h", "#define SECRET 1\n")
	write("tree/a.c", "#include \"../secret.h\"\n#include \"link.h\"\n#include <../../secret.h>\nint f(void) { return SECRET; }\n")
	if err := os.Symlink("../secret.h", filepath.Join(root, "link.h")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink("..", filepath.Join(root, "up")); err != nil {
		t.Skip(err)
	}
	tree, err := Open(root, Config{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.File("a.c")
	if err != nil {
		t.Fatal(err)
	}
	if f.Macro("SECRET") != nil {
		t.Error("a header outside of the tree was read")
	}
	for _, name := range []string{"../secret.h", "link.h", "up/secret.h"} {
		if _, err := tree.File(name); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if names, err := tree.Walk(nil); err != nil || len(names) != 1 {
		t.Errorf("Walk: %q %v", names, err)
	}
	if _, err := Open(filepath.Join(root, "a.c"), Config{}); err == nil {
		t.Error("a file opens as a tree")
	}
}

// Concurrent use gives what use in turn gives.
func TestConcurrent(t *testing.T) {
	files := map[string]string{}
	var names []string
	for _, c := range "abcdefgh" {
		n := "mm/" + string(c) + ".c"
		names = append(names, n)
		files[n] = "#include <list.h>\n#include <cleanup.h>\nint f_" + string(c) + "(struct s *p)\n{\n\tguard(lock)(&p->l);\n\teach_entry(p, h, n)\n\t\tf_a(p);\n}\n"
	}
	run := func(tree *Tree, n string) string {
		f, err := tree.File(n)
		if err != nil {
			return err.Error()
		}
		s, ps := f.Funcs[0].Body()
		if len(ps) > 0 {
			return ps[0].String()
		}
		out := s.String()
		for _, fn := range tree.Resolve(f, "f_b") {
			out += fn.File.Name
		}
		return out
	}
	want := map[string]string{}
	tree := testTree(t, files)
	for _, n := range names {
		want[n] = run(tree, n)
	}
	tree = testTree(t, files)
	var wg sync.WaitGroup
	for range 3 {
		for i := range names {
			n := names[len(names)-1-i]
			wg.Add(1)
			go func() {
				defer wg.Done()
				if got := run(tree, n); got != want[n] {
					t.Errorf("%s: %s, want %s", n, got, want[n])
				}
			}()
		}
	}
	wg.Wait()
}
