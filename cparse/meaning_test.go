package cparse_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/cparse"
)

const said = `#define LIMIT 3
#define TAKE(x) take(&(x)->lock)
#define MAKE(name) static void name(void) { }
enum { FIRST, SECOND, THIRD };
typedef struct { int inside; } plain_t;
struct inner { int deep; };
struct s {
	struct inner in;
	struct { int hidden; } named;
	plain_t p;
	int last;
};
extern int counter;
int take(int *p);
MAKE(made)
static inline int get(struct s *s)
{
	return s->last + LIMIT;
}
`

// header reads text as a header, and as a source.
func header(t *testing.T, text string) (h, c *cparse.File) {
	t.Helper()
	over := map[string][]byte{"a.h": []byte(text), "a.c": []byte(text)}
	tree, err := cparse.Open(t.TempDir(), cparse.Config{Overlay: over})
	if err != nil {
		t.Fatal(err)
	}
	if h, err = tree.File("a.h"); err != nil {
		t.Fatal(err)
	}
	if c, err = tree.File("a.c"); err != nil {
		t.Fatal(err)
	}
	return h, c
}

func TestMeanings(t *testing.T) {
	h, c := header(t, said)
	before, inside := h.Meanings(), c.Meanings()
	for _, test := range []struct {
		name, old, new string
		header, source string // the names that mean something else; for others, if they are in a source
	}{
		{"a comment", "enum {", "/* more */ enum {", "", ""},
		{"a body", "s->last + LIMIT", "s->last", "", ""},
		{"a macro", "LIMIT 3", "LIMIT 4", "LIMIT", ""},
		{"a macro that makes a function", "{ }", "{ ; }", "MAKE", "MAKE"}, // to the index it is a function
		{"a function that a macro makes", "MAKE(made)", "MAKE(other)", "made other", ""},
		{"a constant", "FIRST,", "FIRST, NEXT,", "NEXT SECOND THIRD", ""},
		{"a type", "} plain_t", "} *plain_t", "plain_t", ""},
		{"a member of a type", "int inside", "long *inside", "inside members of plain_t", "members of plain_t"},
		{"a member", "struct inner in;", "struct inner *in;", "in members of s", "members of s s"},
		{"a member inside", "int hidden", "long *hidden", "hidden members of s members of s.named", "members of s members of s.named s"},
		{"a member that moves out", "struct { int hidden; } named;", "int hidden;", "hidden members of s members of s.named named", "members of s members of s.named s"},
		{"the order of members", "\tplain_t p;\n\tint last;\n", "\tint last;\n\tplain_t p;\n", "members of s", "members of s s"},
		{"a record", "struct inner {", "struct outer {", "deep inner members of inner members of outer outer", "inner members of inner members of outer outer"},
		{"a variable", "extern int counter", "extern long *counter", "counter", ""},
		{"a prototype", "int take(int *p)", "int *take(int *p)", "take", ""},
		{"a function", "static inline int get", "static inline int *get", "get", ""},
		{"a function for all", "static inline int get", "int get", "get", "get"},
	} {
		text := strings.Replace(said, test.old, test.new, 1)
		if text == said {
			t.Fatalf("%s: nothing is replaced", test.name)
		}
		h, c := header(t, text)
		if got := differences(before, h.Meanings(), func(cparse.Meaning) bool { return true }); got != test.header {
			t.Errorf("%s: in a header %q mean something else, want %q", test.name, got, test.header)
		}
		if got := differences(inside, c.Meanings(), func(m cparse.Meaning) bool { return m.Open }); got != test.source {
			t.Errorf("%s: of a source others see %q, want %q", test.name, got, test.source)
		}
	}
}

func differences(a, b map[string]cparse.Meaning, counts func(cparse.Meaning) bool) string {
	names := map[string]bool{}
	for _, m := range []map[string]cparse.Meaning{a, b} {
		for name := range m {
			if a[name] != b[name] && (counts(a[name]) || counts(b[name])) {
				names[name] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), " ")
}

func TestLeaning(t *testing.T) {
	h, _ := header(t, said+`#if LATER
#endif
; what ;
struct fwd;
struct fwd bare(void);
struct user { int three; struct fwd *one, *two; union { struct fwd *in; int four; }; };
struct anon { int five; struct apart { int six; }; struct fwd_u; };
`)
	for _, test := range []struct {
		name string
		wide bool
		want string
		ok   bool
	}{
		{"lock", false, "TAKE", true},
		{"take", false, "TAKE", true},
		{"x", false, "", true}, // a parameter
		{"plain_t", true, "hidden in last members of s members of s.named named p", true},
		{"LIMIT", true, "", true}, // in a body
		{"MAKE", true, "made", true},
		{"LATER", true, "", false},
		{"LATER", false, "", true},
		{"what", true, "", false},
		{"nothing", true, "", true},
		{"fwd", true, "bare in one two", true},
		{"apart", true, "five members of anon", true},
		{"fwd_u", true, "five members of anon", true},
	} {
		on, ok := h.Leaning(test.name, test.wide)
		if got := strings.Join(slices.Sorted(maps.Keys(on.Names)), " "); got != test.want || ok != test.ok {
			t.Errorf("on %s, wide %t: %q, %t, want %q, %t", test.name, test.wide, got, ok, test.want, test.ok)
		}
	}
}

// Macros that may make functions, by way of others, too; and some that do not.
func TestMeaningShapes(t *testing.T) {
	h, _ := header(t, `#define MAKE(name) static void name(void) { }
#define HEAD(name) int name(void)
#define ALSO(name) MAKE(name)
#define HELD(name) void name(void) __attribute__((cold)) {
#define DO(x) do { int y = (x); } while (0)
#define EXPR(x) ({ int y = (x); y; })
#define CAST(x) ((int)(x))
#define LOOP(x) for (x = 0; x < 3; x++) {
#define TYPE unsigned long
#define CALL(x) call(x)
`)
	var got []string
	for name, m := range h.Meanings() {
		if m.Shapes {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	if want := []string{"ALSO", "HEAD", "HELD", "MAKE"}; !slices.Equal(got, want) {
		t.Errorf("%q may make functions, want %q", got, want)
	}
	if on, _ := h.Leaning("MAKE", false); !on.Shapes {
		t.Error("that ALSO makes functions is not seen")
	}
}
