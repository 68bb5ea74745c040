package cparse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func funcNames(f *File) []string {
	var out []string
	for _, fn := range f.Funcs {
		s := fn.Name
		if fn.Static {
			s = "static " + s
		}
		if fn.Inline {
			s = "inline " + s
		}
		out = append(out, s)
	}
	return out
}

func TestScanFunctions(t *testing.T) {
	const head = `
#define SYSCALL2(name, ...) MAKE2(_##name, __VA_ARGS__)
#define MAKE2(name, t1, a1, t2, a2) \
	static long do##name(t1 a1, t2 a2); \
	long sys##name(long a1, long a2) { return do##name((t1)a1, (t2)a2); } \
	static inline long do##name(t1 a1, t2 a2)
#define SHOW(x) static int x##_show(void) { return x; }
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define noinline __attribute__((noinline))
#define STATIC static noinline
#define EXPORT(x) extern int exported_##x
#define FLAG(n) static inline int Is##n(struct page *p) { return p->f; } \
	static inline void Set##n(struct page *p) { p->f = 1; }
typedef int num;
`
	tests := []struct {
		name, src string
		want      []string
	}{
		{"plain", "int f(void) { return 1; }\nstatic int g(int a) { return a; }", []string{"f", "static g"}},
		{"prototype is none", "int f(void);\nint g(int (*cb)(int));\n", nil},
		{"record is none", "struct s { int a; };\nunion u { int b; } x;\nenum e { A, B };", nil},
		{"initialiser is none", "int a[] = { 1, 2 };\nstruct s t = { .f = g };", nil},
		{"returns a record", "struct s *f(void) { return 0; }\nstruct s g(int a) { }\nenum e h(void) { }", []string{"f", "g", "h"}},
		{"returns a record, with attributes behind", "enum e f(int a) __printf(1, 2) { }\nstruct s g(int a)\n\tnoinline __printf(1, 2) { }\nstruct s __printf(1, 2) { int a; };\nstruct t noinline { int a; };", []string{"f", "g"}},
		{"record parameters", "num f(enum e k) { }\nnum g(struct s v, num n) { }\nstruct s { int after; };\nstruct s *h(struct s v) { }", []string{"f", "g", "h"}},
		{"attributes", "__printf(1, 2) int f(char *s, ...) { }\nstatic noinline int g(void) { }\nint h(void) noinline { }", []string{"f", "static g", "h"}},
		{"storage in a macro", "STATIC int f(void) { }", []string{"static f"}},
		{"syscall", "SYSCALL2(open, char *, name, int, flags)\n{\n\treturn 0;\n}", []string{"sys_open", "inline static do_open"}},
		{"made by macro", "SHOW(a)\nSHOW(b);\nint f(void) { }", []string{"static a_show", "static b_show", "f"}},
		{"several from one", "FLAG(Dirty) FLAG(Locked)\n", []string{"inline static IsDirty", "inline static SetDirty", "inline static IsLocked", "inline static SetLocked"}},
		{"name is a macro", "#define gone(x) do { } while (0)\nint gone(int a) { return a; }\nint f(void) { }", []string{"gone", "f"}},
		{"unknown macro call", "MODULE_THING(x)\nint f(void) { }", []string{"f"}},
		{"export between", "int f(void) { }\nEXPORT(f);\nint g(void) { }", []string{"f", "g"}},
		{"function pointer result", "int (*f(int a))(int) { return 0; }", []string{"f"}},
		{"typedef result", "num f(num a) { return a; }", []string{"f"}},
		{"inactive", "#if 0\nint f(void) { }\n#else\nint g(void) { }\n#endif", []string{"g"}},
		{"split head", "#ifdef CONFIG_BROKEN\nint f(int a)\n#else\nint g(void)\n#endif\n{ }", []string{"g"}},
		{"brace in comment", "int f(void) { /* } */ // }\n char c = '}'; char *s = \"}\"; }\nint g(void) { }", []string{"f", "g"}},
		{"unbalanced", "int f(void) { ( }\nint g(void) { }", []string{"f", "g"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFile(t, head+tt.src)
			if got := funcNames(f); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			for _, fn := range f.Funcs {
				if _, ps := fn.Body(); len(ps) > 0 && tt.name != "unbalanced" {
					t.Errorf("%s: %v", fn.Name, ps)
				}
			}
		})
	}
}

// The head of a function whose name is a macro is read as it stands.
func TestNameIsMacro(t *testing.T) {
	f := testFile(t, "struct page;\n#define set_it(page, x) do { } while (0)\nvoid set_it(struct page *page, void *x)\n{\n\tg(page);\n}\n")
	if len(f.Funcs) != 1 || f.Funcs[0].Sig() == nil || len(f.Funcs[0].Sig().Params) != 2 || f.Funcs[0].Sig().Params[1].Name != "x" {
		t.Fatalf("%+v", f.Funcs)
	}
	if s, problems := f.Funcs[0].Body(); len(problems) > 0 || s == nil || len(s.List) != 1 {
		t.Errorf("%v %v", s, problems)
	}
}

func TestScanPositions(t *testing.T) {
	f := testFile(t, "/* x */\nint\nf(int a)\n{\n\tg(a);\n}\n\nint h(void) { }\n")
	fn := f.Funcs[0]
	if got := fmt.Sprint(f.Position(fn.Pos), " ", f.Position(fn.NamePos), " ", f.Position(fn.End-1)); got != "a.c:2:1 a.c:3:1 a.c:6:1" {
		t.Errorf("function at %s", got)
	}
	s, _ := fn.Body()
	call := s.List[0]
	if got := fmt.Sprint(f.Position(call.Pos), " ", f.Position(call.X.Args[0].Pos), " ", call.End-call.Pos); got != "a.c:5:2 a.c:5:4 5" {
		t.Errorf("statement at %s", got)
	}
	if got := f.LineText(5); got != "\tg(a);" {
		t.Errorf("line 5 is %q", got)
	}
}

// What a macro makes stands where the macro is called.
func TestMacroPositions(t *testing.T) {
	f := testFile(t, "#include <list.h>\nvoid f(void)\n{\n\teach_entry(p, h, n)\n\t\tg(p);\n}\n")
	s, ps := f.Funcs[0].Body()
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	loop := s.List[0]
	for name, pos := range map[string]int32{"loop": loop.Pos, "init": loop.Init.Pos, "condition": loop.X.Pos, "deep": loop.X.X.X.Pos} {
		if got := f.Position(pos).String(); got != "a.c:4:2" {
			t.Errorf("%s at %s, want a.c:4:2", name, got)
		}
	}
	if got := f.Position(loop.Body.Pos).String(); got != "a.c:5:3" {
		t.Errorf("body at %s", got)
	}
}

func TestConditions(t *testing.T) {
	tests := []struct {
		cond string
		want bool
	}{
		{"1", true}, {"0", false}, {"defined(A)", true}, {"defined B", false}, {"!defined(B) && A == 3", true},
		{"A > 2 ? 1 : 0", true}, {"(A << 2) == 12", true}, {"-1 < 0", true}, {"UNKNOWN", false},
		{"UNKNOWN(3)", false}, {"F(2) == 4", true}, {"1 / 0", false}, {"'a' == 97", true}, {"0x10 == 020", true},
		{"defined(CONFIG_ANY)", true}, {"defined(CONFIG_PREEMPT_RT)", false}, {"CONFIG_HZ == 250", true},
		{"(((((1)))))", true}, {"1 +", false}, {"~0U == -1", true},
	}
	for _, tt := range tests {
		f := testFile(t, "#define A 3\n#define F(x) ((x) * 2)\n#if "+tt.cond+"\nint yes;\n#endif\n")
		_, got := f.Global("yes")
		if got != tt.want {
			t.Errorf("#if %s: %v, want %v", tt.cond, got, tt.want)
		}
	}
}

func TestElif(t *testing.T) {
	f := testFile(t, "#if 0\nint a;\n#elif 1\nint b;\n#if 0\nint c;\n#else\nint d;\n#endif\n#elif 1\nint e;\n#else\nint g;\n#endif\nint h;\n")
	var got []string
	for _, v := range f.Vars() {
		got = append(got, v.Name)
	}
	if want := []string{"b", "d", "h"}; !slices.Equal(got, want) {
		t.Errorf("active: %q, want %q", got, want)
	}
}

func TestInactiveCalls(t *testing.T) {
	f := testFile(t, "#if 0\nvoid f(void) { lock(&a); if (x) unlock(&a); }\n#endif\nvoid g(void) { lock(&b); }\n")
	var got []string
	f.InactiveCalls(func(name string, pos int32) { got = append(got, fmt.Sprintf("%s %d", name, f.Position(pos).Line)) })
	if want := []string{"f 2", "lock 2", "unlock 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIncludes(t *testing.T) {
	tree := testTree(t, map[string]string{
		"dir/a.c":              "#include \"b.h\"\n#include <sys/c.h>\n#include <asm/d.h>\n#include \"../../etc/passwd\"\n#include <gone.h>\nint x = B + C + D;\n",
		"dir/b.h":              "#ifndef B_H\n#define B_H\n#include \"a2.h\"\n#define B 1\n#endif\n",
		"dir/a2.h":             "#ifndef A2_H\n#define A2_H\n#include \"b.h\"\n#define A2 1\n#ifdef B\n#define SAW_B 1\n#endif\n#endif\n",
		"include/sys/c.h":      "#define C 2\n#ifndef HOOK\n#define HOOK generic\n#endif\n",
		"arch/x86/include/x.h": "",
		"include/asm-generic/d.h": "#define D 3\n" +
			"#define EMPTY\n",
	})
	f, err := tree.File("dir/a.c")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"A2": "1", "B": "1", "C": "2", "D": "3", "EMPTY": "", "B_H": "", "HOOK": "generic"} {
		m := f.Macro(name)
		if m == nil || m.Text != want {
			t.Errorf("macro %s: %v, want %q", name, m, want)
		}
	}
	if f.Macro("GONE") != nil || tree.MissingHeaders() != 2 {
		t.Errorf("missing headers: %d, want 2", tree.MissingHeaders())
	}
}

// What headers that include each other mean does not depend on who is asked
// first.
func TestIncludeOrder(t *testing.T) {
	files := map[string]string{
		"p.c":         "#include <p.h>\n",
		"q.c":         "#include <q.h>\n",
		"include/p.h": "#ifndef P\n#define P\n#include <q.h>\n#ifdef HAVE_Q\nint p_saw_q;\n#endif\n#define HAVE_P\n#endif\n",
		"include/q.h": "#ifndef Q\n#define Q\n#include <p.h>\n#ifdef HAVE_P\nint q_saw_p;\n#endif\n#define HAVE_Q\n#endif\n",
	}
	var got []string
	for _, order := range [][]string{{"p.c", "q.c"}, {"q.c", "p.c"}} {
		tree := testTree(t, files)
		var s []string
		for _, n := range order {
			if _, err := tree.File(n); err != nil {
				t.Fatal(err)
			}
		}
		for _, n := range []string{"p.c", "q.c"} {
			f, _ := tree.File(n)
			_, a := f.Global("p_saw_q")
			_, b := f.Global("q_saw_p")
			s = append(s, fmt.Sprint(n, a, b))
		}
		got = append(got, strings.Join(s, " "))
	}
	if got[0] != got[1] {
		t.Errorf("depends on the order: %s / %s", got[0], got[1])
	}
}

func TestParts(t *testing.T) {
	tree := testTree(t, map[string]string{
		"k/whole.c": "#include <list.h>\nstatic u32 shared;\nstatic void helper(void) { }\n#include \"part.c\"\n",
		"k/part.c":  "u32 *get(void) { helper(); return &shared; }\n",
	})
	f, err := tree.File("k/part.c")
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Funcs) != 1 {
		t.Fatalf("functions: %v", funcNames(f))
	}
	if fs := tree.Resolve(f, "helper"); len(fs) != 1 || fs[0].File.Name != "k/whole.c" {
		t.Errorf("helper resolves to %v", fs)
	}
	e, _ := f.parseExpr(lexAll("shared", 0, 6), nil)
	if got := f.TypeOfExpr(e, nil).Kind; got != Int {
		t.Errorf("shared has kind %v", got)
	}
}

func TestWalk(t *testing.T) {
	tree := testTree(t, map[string]string{"a/x.c": "", "a/b/y.c": "", "c.c": "", "a/z.h": ""})
	for _, tt := range []struct {
		paths []string
		want  string
		err   string
	}{
		{nil, "a/b/y.c a/x.c c.c", ""},
		{[]string{"a"}, "a/b/y.c a/x.c", ""},
		{[]string{"c.c", "a/b/", "a/b/y.c"}, "a/b/y.c c.c", ""},
		{[]string{"nope"}, "", "nope"},
		{[]string{"../x"}, "", "../x"},
	} {
		got, err := tree.Walk(tt.paths)
		if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("Walk(%q): error %v", tt.paths, err)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("Walk(%q) = %s, want %s", tt.paths, s, tt.want)
		}
	}
}
