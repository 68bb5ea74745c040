package cparse

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// config has FOO, BAR and NUMA on, and nothing else.
func config(name string) (string, bool) {
	return "y", name == "CONFIG_FOO" || name == "CONFIG_BAR" || name == "CONFIG_NUMA"
}

func armsFile(t testing.TB, src string) *File {
	t.Helper()
	return fileUnder(t, src, config)
}

func fileUnder(t testing.TB, src string, defined func(string) (string, bool)) *File {
	t.Helper()
	tree := testTree(t, nil)
	tree, err := Open(tree.Root(), Config{Defined: defined, Overlay: map[string][]byte{"a.c": []byte(src)}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := tree.File("a.c")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestArms(t *testing.T) {
	fn := func(name string) string { return "int " + name + "(void) { return g(); }\n" }
	tests := []struct {
		name, src string
		want      []string // line: directive: settings
	}{
		{"none", fn("f"), nil},
		{"else", "#ifdef CONFIG_FOO\n" + fn("a") + "#else\n" + fn("b") + "#endif\n", []string{"3 #else: CONFIG_FOO off"}},
		{"without calls", "#ifdef CONFIG_FOO\n#else\nint x;\nint f(void);\n#define F(x) g(x)\n#endif\n", nil},
		{"prototypes and bodies", "#ifndef CONFIG_FOO\nint f(void);\nint h(void) { return 0; }\n#endif\n", nil},
		{"in a function", "int f(void)\n{\n#ifndef CONFIG_FOO\n\tg();\n#endif\n}\n", []string{"3 #ifndef CONFIG_FOO: CONFIG_FOO off"}},
		{"on", "#if defined(CONFIG_X) && 1\n" + fn("f") + "#endif\n", []string{"1 #if defined(CONFIG_X) && 1: CONFIG_X on"}},
		{"chain", "#if defined(CONFIG_FOO)\n#elif defined CONFIG_BAR\n" + fn("a") + "#else\n" + fn("b") + "#endif\n",
			[]string{"2 #elif defined CONFIG_BAR: CONFIG_FOO off", "4 #else: CONFIG_FOO off, CONFIG_BAR off"}},
		{"below", "#ifndef CONFIG_FOO\n#ifdef CONFIG_X\n" + fn("a") + "#endif\n#endif\n", []string{"2 #ifdef CONFIG_X: CONFIG_FOO off, CONFIG_X on"}},
		{"no configuration", "#if 0\n" + fn("a") + "#elif 1\n#else\n" + fn("b") + "#endif\n", []string{"1 #if 0: never", "4 #else: never"}},
		{"contradiction", "#ifdef CONFIG_FOO\n#else\n#ifdef CONFIG_FOO\n" + fn("a") + "#endif\n#endif\n", []string{"3 #ifdef CONFIG_FOO: not found"}},
		{"number", "#define N 4\n#if N > 7\n" + fn("a") + "#endif\n", []string{"2 #if N > 7: N=8"}},
		{"own macro", "#ifdef CONFIG_FOO\n#define BIG\n#endif\n#ifndef BIG\n" + fn("a") + "#endif\n", []string{"4 #ifndef BIG: BIG off"}},
		{"macro of an arm", "#ifndef CONFIG_FOO\n#define BIG 1\n" + fn("b") + "#if BIG\n" + fn("a") + "#endif\n#endif\n",
			[]string{"1 #ifndef CONFIG_FOO: CONFIG_FOO off", "4 #if BIG: CONFIG_FOO off"}},
		{"by a macro", "#define ON(x) x\n#if ON(CONFIG_X)\n" + fn("a") + "#endif\n", []string{"2 #if ON(CONFIG_X): CONFIG_X on"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := armsFile(t, tt.src)
			arms, ok := f.Arms()
			if !ok {
				t.Fatal("not read")
			}
			var got []string
			for _, a := range arms {
				how := map[Reach]string{Never: "never", Unfound: "not found"}[a.Why]
				for i, s := range a.Under {
					if i > 0 {
						how += ", "
					}
					how += s.String()
				}
				got = append(got, fmt.Sprintf("%d %s: %s", f.Position(a.Pos).Line, a.Directive, how))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// under checks that a file that says it is under settings is scanned so.
func under(t *testing.T, f *File, set []Setting) *File {
	t.Helper()
	alt, ok := f.Under(set)
	if !ok {
		return nil
	}
	if len(alt.Text) != len(f.Src) || strings.Count(string(alt.Text), "\n") != strings.Count(string(f.Src), "\n") {
		t.Fatalf("%q is not as long as %q", alt.Text, f.Src)
	}
	g := armsFile(t, string(alt.Text))
	has := func(list []Span, at int32) bool {
		return slices.ContainsFunc(list, func(s Span) bool { return s.Pos <= at && at < s.End })
	}
	o, _ := f.outline()
	var lines []Span
	for _, b := range o.all {
		lines = append(lines, b.dir, b.group.end)
	}
	for at := range int32(len(f.Src)) {
		if has(lines, at) {
			continue
		}
		if was, is := has(f.inactive, at), has(g.inactive, at); was != is && (is != has(alt.Off, at) || was != has(alt.On, at)) {
			t.Fatalf("byte %d of %q, under %v: inactive %v, then %v; on %v, off %v", at, f.Src, set, f.inactive, g.inactive, alt.On, alt.Off)
		}
	}
	return g
}

func TestUnder(t *testing.T) {
	src := `#ifdef CONFIG_FOO	/* of
two lines */
int a(void) { return 1; }
#else
int b(void) { return 2; }
#endif
#if defined(CONFIG_FOO) && \
	defined(CONFIG_NUMA)
int c(void) { return 3; }
# ifdef CONFIG_X
int d(void) { return 4; }
# endif
#elif(1)
int e(void) { return 5; }
#endif
`
	f := armsFile(t, src)
	if got := funcNames(f); !slices.Equal(got, []string{"a", "c"}) {
		t.Fatalf("%q", got)
	}
	for set, want := range map[Setting][]string{
		{"CONFIG_FOO", ""}:  {"b", "e"},
		{"CONFIG_NUMA", ""}: {"a", "e"},
		{"CONFIG_X", "1"}:   {"a", "c", "d"},
		{"CONFIG_Y", "1"}:   {"a", "c"},
	} {
		g := under(t, f, []Setting{set})
		if g == nil {
			t.Fatalf("%v: not written", set)
		}
		if got := funcNames(g); !slices.Equal(got, want) {
			t.Errorf("%v: %q, want %q", set, got, want)
		}
		for _, fn := range g.Funcs {
			if !strings.HasPrefix(src[fn.NamePos:], fn.Name+"(") {
				t.Errorf("%v: %s is not at %d", set, fn.Name, fn.NamePos)
			}
		}
	}
}

func FuzzArms(f *testing.F) {
	for _, s := range []string{
		"#ifdef A\nint f(void){g();}\n#else\n#endif", "#if 0\n#elif X\n#elif!Y\n#else\n#endif\n#if(X)\n#endif", "#if\\\nX\n#else\n#endif", "#else\n#endif\n#if X",
		"#if X\n#else\n#define X 1\n#if X > 2\n{f(\n#endif\n#endif", "#ifndef X // a\n/* #if */\"#if\n#endif", "#if 0\n#ifdef\n#else\nf(){g();}\n#endif\n#endif", "#define X\n#undef X\n#ifdef X\n#else\n#endif",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<10 {
			return
		}
		file := armsFile(t, src)
		arms, _ := file.Arms()
		if len(arms) > 4 {
			arms = arms[:4]
		}
		for _, a := range arms {
			if a.Why != Reached {
				continue
			}
			if g := under(t, file, a.Under); g != nil && slices.ContainsFunc(g.inactive, func(s Span) bool { return s.Pos <= a.Text.Pos && a.Text.Pos < s.End }) {
				t.Fatalf("%s at %d of %q is not active under %v", a.Directive, a.Pos, src, a.Under)
			}
		}
	})
}
