package analyzer

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/analyzer/cache"
	"github.com/rogpeppe/go-internal/diff"
)

const aPos = "static inline void a_pos(struct a *a)\n{\n\tA_POS\n}\n"

// headed is a tree of which the headers change.
func headed() map[string]string {
	return map[string]string{
		"include/linux/mutex.h": `struct mutex { int x; };
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
`,
		"include/linux/a.h": `#include <linux/mutex.h>
#define A_MAX 3
#define A_LOCK(a) mutex_lock(&(a)->lock)
#define A_OTHER lock
#define A_MAKE(name) static void name(struct a *a) { mutex_lock(&a->second); }
#define A_HEAD(name) static void name(struct a *a)
enum { A_ONE, A_TWO, A_THREE };
typedef struct mutex a_lock_t;
struct inner { struct mutex deep; };
struct outer { struct mutex deep; };
typedef struct inner *a_ptr_t;
struct a {
	struct mutex lock;
	struct mutex second;
	a_lock_t typed;
	struct inner *in;
	struct { struct mutex hidden; };
	int n;
};
struct ops { void (*go)(struct a *); void (*stop)(struct a *); };
struct keeper { struct late_rec *rec; struct ops *ops; };
#define A_REC(k) (k)->rec
struct a *a_of(int n);
void use(struct a *a);

static inline void a_inline(struct a *a)
{
	mutex_lock(&a->lock);
	mutex_unlock(&a->lock);
}

static inline void a_again(struct a *a)
{
	a_inline(a);
}
#define A_POS mutex_lock(&a->lock);
` + aPos + `#undef A_POS
#define A_POS mutex_lock(&a->second);
`,
		"mm/orders.c": `#include <linux/a.h>
/* Lock ordering:
 *
 *  a.second
 *    a.lock
 *      a.more
 */
`,
		"include/linux/b.h": `#include <linux/a.h>
#define B_LOCK(a) A_LOCK(a)
struct b { struct a a; a_lock_t own; a_ptr_t to; };
A_MAKE(b_made)
A_HEAD(b_headed)
{
	mutex_lock(&a->second);
}
#if A_MAX > 3
#define B_ORDER(a) mutex_lock(&(a)->second)
#else
#define B_ORDER(a) mutex_lock(&(a)->lock)
#endif
static inline void b_take(struct b *b)
{
	A_LOCK(&b->a);
	mutex_lock(&b->own);
}
`,
		"include/linux/c.h": `#define fresh(a) mutex_lock(&(a)->second)
`,
		"mm/one.c": `#include <linux/b.h>
void one(struct b *b)
{
	B_LOCK(&b->a);
	b_take(b);
	mutex_unlock(&b->a.lock);
	mutex_lock(&b->to->deep);
}
void four(struct b *b)
{
	b_made(&b->a);
	b_headed(&b->a);
	B_ORDER(&b->a);
	a_pos(&b->a);
}
void five(struct keeper *k)
{
	mutex_lock(&A_REC(k)->deep);
}
void two(struct a *a)
{
	mutex_lock(&a->A_OTHER);
	a_again(a);
}
void three(struct a *a)
{
	mutex_lock(&a_of(A_TWO)->second);
	if (a->n == A_TWO && a->n == 1)
		mutex_lock(&a->typed);
	mutex_lock(&a->hidden);
}
`,
		"mm/two.c": `#include <linux/a.h>
A_MAKE(made)
A_HEAD(headed)
{
	mutex_lock(&a->second);
}
static void start(struct a *a)
{
	made(a);
	mutex_lock(&a->in->deep);
}
static void stop(struct a *a)
{
	use(a);
}
static struct ops ops = { start, stop };
void run(struct a *a, struct ops *o)
{
	struct a copy = { 0 };
	struct ops local = { stop, start };
	o->go(a);
	local.stop(&copy);
#if A_MAX > 3
	mutex_lock(&a->lock);
#endif
}
`,
		"mm/four.c": `#include <linux/a.h>
#define OWN(a) A_LOCK(a)
#include "piece.c"
static void whole(struct a *a)
{
	piece(a);
	PIECE(a);
}
`,
		"mm/piece.c": `#define PIECE(a) mutex_lock(&(a)->A_OTHER)
static void piece(struct a *a)
{
	OWN(a);
}
`,
		"mm/five.c": `#include <linux/a.h>
typedef struct slot w_t;
static void slot(struct a *a)
{
}
void hold(w_t *w)
{
	mutex_lock(&w->deep);
}
`,
		"mm/three.c": `#include <linux/a.h>
#include <linux/missing.h>
void use(struct a *a)
{
	mutex_lock(&a->lock);
	late(a);
	fresh(a);
	mutex_unlock(&a->lock);
}
static void other(struct a *a)
{
	use(a);
}
LATE_HEAD(lately)
{
	mutex_lock(&a->second);
}
`,
	}
}

// headerEdits are changes of headers and of what goes with them.
var headerEdits = []struct {
	name string
	edit map[string][2]string // by file: what is replaced, and by what
	new  map[string]string
	gone string
	few  bool // hardly anything is lowered anew
}{
	{name: "a comment", edit: map[string][2]string{"include/linux/a.h": {"#define A_MAX", "/* Words,\n   and more. */\n#define A_MAX"}}, few: true},
	{name: "a prototype", edit: map[string][2]string{"include/linux/a.h": {"void use(", "int brand(struct a *a);\nvoid use("}}, few: true},
	{name: "a prototype that was missing", edit: map[string][2]string{"include/linux/a.h": {"void use(", "struct a *late(struct a *a);\nvoid use("}}},
	{name: "a result", edit: map[string][2]string{"include/linux/a.h": {"struct a *a_of", "struct inner *a_of"}}},
	{name: "a member at the end", edit: map[string][2]string{"include/linux/a.h": {"\tint n;\n", "\tint n;\n\tstruct mutex more;\n"}}},
	{name: "a member at the top", edit: map[string][2]string{"include/linux/a.h": {"\tstruct mutex lock;\n", "\tstruct mutex more;\n\tstruct mutex lock;\n"}}},
	{name: "a member of another type", edit: map[string][2]string{"include/linux/a.h": {"\tstruct mutex second;\n", "\tstruct inner second;\n"}}},
	{name: "a member that goes", edit: map[string][2]string{"include/linux/a.h": {"\tstruct mutex second;\n", ""}}},
	{name: "a member that moves inside", edit: map[string][2]string{"include/linux/a.h": {"\tstruct { struct mutex hidden; };\n", "\tstruct { struct mutex hidden; } named;\n"}}},
	{name: "operations in another order", edit: map[string][2]string{"include/linux/a.h": {"void (*go)(struct a *); void (*stop)(struct a *);", "void (*stop)(struct a *); void (*go)(struct a *);"}}},
	{name: "a macro of #if", edit: map[string][2]string{"include/linux/a.h": {"A_MAX 3", "A_MAX 4"}}},
	{name: "a macro below another", edit: map[string][2]string{"include/linux/a.h": {"mutex_lock(&(a)->lock)", "mutex_lock(&(a)->second)"}}},
	{name: "a macro for a member", edit: map[string][2]string{"include/linux/a.h": {"A_OTHER lock", "A_OTHER second"}}},
	{name: "a macro that makes functions", edit: map[string][2]string{"include/linux/a.h": {"mutex_lock(&a->second); }", "mutex_lock(&a->lock); }"}}},
	{name: "a new macro over a function", edit: map[string][2]string{"include/linux/a.h": {"void use(", "#define fresh(a) mutex_lock(&(a)->second)\nvoid use("}}},
	{name: "a new macro over a member", edit: map[string][2]string{"include/linux/a.h": {"struct ops {", "#define lock second\nstruct ops {"}}},
	{name: "a new macro for the heads of others", edit: map[string][2]string{"include/linux/a.h": {"struct ops {", "#define LATE_HEAD(name) static void name(struct a *a)\nstruct ops {"}}},
	{name: "a new macro over a type and a function that changes", edit: map[string][2]string{
		"include/linux/a.h": {"struct ops {", "#define slot inner\nstruct ops {"}, "mm/five.c": {"static void slot", "void slot"}}},
	{name: "a constant between others", edit: map[string][2]string{"include/linux/a.h": {"A_ONE, ", "A_ONE, A_HALF, "}}},
	{name: "a type", edit: map[string][2]string{"include/linux/a.h": {"typedef struct mutex a_lock_t", "typedef struct inner a_lock_t"}}},
	{name: "a type of a member elsewhere", edit: map[string][2]string{"include/linux/a.h": {"typedef struct inner *a_ptr_t", "typedef struct outer *a_ptr_t"}}},
	{name: "a macro that makes more functions", edit: map[string][2]string{"include/linux/a.h": {"mutex_lock(&a->second); }", "mutex_lock(&a->second); } void late(struct a *a) { mutex_lock(&a->second); }"}}},
	{name: "a macro that makes others", edit: map[string][2]string{"include/linux/a.h": {"static void name(struct a *a)", "static void name##_now(struct a *a)"}}},
	{name: "a macro for the heads of others", edit: map[string][2]string{"include/linux/a.h": {"A_HEAD(name) static void name(", "A_HEAD(name) static void name##_now("}}},
	{name: "a function behind a macro", edit: map[string][2]string{"include/linux/a.h": {aPos + "#undef A_POS\n#define A_POS mutex_lock(&a->second);\n", "#undef A_POS\n#define A_POS mutex_lock(&a->second);\n" + aPos}}},
	{name: "a header that was missing", new: map[string]string{"include/linux/missing.h": "#include <linux/c.h>\n"}},
	{name: "an include of what was not seen", edit: map[string][2]string{"include/linux/a.h": {"#include <linux/mutex.h>", "#include <linux/mutex.h>\n#include <linux/c.h>"}}},
	{name: "an inline function", edit: map[string][2]string{"include/linux/a.h": {"\tmutex_unlock(&a->lock);\n}", "\tuse(a);\n\tmutex_unlock(&a->lock);\n}"}}, few: true},
	{name: "an inline function that goes", edit: map[string][2]string{"include/linux/a.h": {"static inline void a_again", "static inline void a_anew"}}},
	{name: "an inline function in front", edit: map[string][2]string{"include/linux/a.h": {"static inline void a_inline", "static inline void fresh(struct a *a)\n{\n\tmutex_lock(&a->second);\n}\n\nstatic inline void a_inline"}}},
	{name: "a definition elsewhere", edit: map[string][2]string{"mm/one.c": {"void two(", "struct a *late(struct a *a)\n{\n\tmutex_lock(&a->second);\n\treturn a;\n}\nvoid two("}}, few: true},
	{name: "a member elsewhere that a macro for functions mentions", edit: map[string][2]string{"mm/one.c": {"void two(", "struct apart { struct inner *second; };\nvoid two("}}},
	{name: "a tag elsewhere of a member", edit: map[string][2]string{"mm/two.c": {"static void start(", "struct late_rec { struct mutex deep; };\nstatic void start("}}},
	{name: "a header with what was in another", edit: map[string][2]string{"include/linux/a.h": {"#define A_MAX 3\n", ""}, "include/linux/mutex.h": {"void mutex_lock", "#define A_MAX 4\nvoid mutex_lock"}}},
	{name: "an include that was there", edit: map[string][2]string{"include/linux/b.h": {"#include <linux/a.h>", "#include <linux/mutex.h>\n#include <linux/a.h>"}}, few: true},
	{name: "an include that goes", edit: map[string][2]string{"include/linux/b.h": {"#include <linux/a.h>", "#include <linux/mutex.h>\nstruct a { struct mutex second; };"}}},
	{name: "a new header", edit: map[string][2]string{"include/linux/a.h": {"#include <linux/mutex.h>", "#include <linux/mutex.h>\n#include <linux/new.h>"}},
		new: map[string]string{"include/linux/new.h": "struct a;\n#define fresh(a) late(a)\nstatic inline void brand(struct a *a)\n{\n}\n"}},
	{name: "a new header for one file", edit: map[string][2]string{"mm/three.c": {"#include <linux/a.h>", "#include <linux/a.h>\n#include <linux/new.h>"}},
		new: map[string]string{"include/linux/new.h": "static inline void fresh(struct a *a)\n{\n\tmutex_lock(&a->second);\n}\n"}},
	{name: "a header that goes", gone: "include/linux/b.h"},
	{name: "order behind a macro", edit: map[string][2]string{"include/linux/a.h": {"static inline void a_again(", "#undef A_LOCK\n#define A_LOCK(a) mutex_lock(&(a)->second)\nstatic inline void a_again("}}},
}

func (u *reuse) made() (n int) {
	for _, versions := range u.lowered {
		n += len(versions)
	}
	return n
}

// What is reused when headers change is what would be read.
func TestReuseHeaders(t *testing.T) {
	tree := headed()
	dir := writeFiles(t, tree)
	var states []map[string][]byte
	for _, e := range headerEdits {
		over := map[string][]byte{}
		for file, swap := range e.edit {
			text := strings.Replace(tree[file], swap[0], swap[1], 1)
			if text == tree[file] {
				t.Fatalf("%s: nothing is replaced in %s", e.name, file)
			}
			over[file] = []byte(text)
		}
		for file, text := range e.new {
			over[file] = []byte(text)
		}
		if e.gone != "" {
			over[e.gone] = nil
		}
		states = append(states, over)
	}
	want := make([]string, len(states))
	config := func(over map[string][]byte) Config {
		return Config{Root: dir, Overlay: over, Paths: []string{"mm"}, Workers: 1}
	}
	_, bare := dump(t, config(nil))
	for i, over := range states {
		_, want[i] = dump(t, config(over))
	}
	same := func(u *reuse, over map[string][]byte, want, what string) {
		t.Helper()
		cfg := config(over)
		cfg.reuse = u
		if _, got := dump(t, cfg); got != want {
			t.Errorf("%s: %s", what, diff.Diff("reused", []byte(got), "anew", []byte(want)))
		}
	}
	dirs := t.TempDir()
	for i, e := range headerEdits { // each from the tree as it is, and back
		c := cache.Open(dirs, "1", 0) // the first load fills it, the second reads what there is
		cached := func(u *reuse, over map[string][]byte, want, what string) {
			t.Helper()
			cfg := config(over)
			cfg.reuse, cfg.Cache = u, c
			if _, got := dump(t, cfg); got != want {
				t.Errorf("%s, with a cache: %s", what, diff.Diff("reused", []byte(got), "anew", []byte(want)))
			}
		}
		kept := &reuse{}
		cached(kept, nil, bare, "at first")
		cached(kept, states[i], want[i], e.name)
		c.Close()

		u := &reuse{}
		same(u, nil, bare, "at first")
		n := u.made()
		same(u, states[i], want[i], e.name)
		if more := u.made() - n; e.few && (more < 0 || more > 3 || len(u.states) != 2) {
			t.Errorf("%s: %d functions are lowered anew", e.name, more)
		}
		same(u, nil, bare, "back from "+e.name)

		u = &reuse{}
		same(u, states[i], want[i], "opened with "+e.name)
		same(u, nil, bare, "without "+e.name)
	}
	u := &reuse{} // one after the other, with one file from here and one from there
	for i := range states {
		same(u, states[i], want[i], "then "+headerEdits[i].name)
		mixed := maps.Clone(states[i])
		for file, text := range states[(i*7+3)%len(states)] {
			if mixed[file] == nil {
				mixed[file] = text
			}
		}
		_, anew := dump(t, config(mixed))
		same(u, mixed, anew, "mixed with "+headerEdits[i].name)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 5 { // some of each, in any order
		u := &reuse{}
		for range 20 {
			i, j := rnd.IntN(len(states)), rnd.IntN(len(states))
			mixed := maps.Clone(states[i])
			if rnd.IntN(2) > 0 {
				maps.Copy(mixed, states[j])
			}
			_, anew := dump(t, config(mixed))
			same(u, mixed, anew, headerEdits[i].name+" and "+headerEdits[j].name)
		}
	}
}

// A header that is looked at first while another one is changed says what it says with that.
func TestReuseSeenLate(t *testing.T) {
	tree := headed()
	dir := writeFiles(t, tree)
	edit := func(file, old, new string) []byte { return []byte(strings.Replace(tree[file], old, new, 1)) }
	const a, b, c = "include/linux/a.h", "include/linux/b.h", "include/linux/c.h"
	u := &reuse{}
	for i, over := range []map[string][]byte{
		{},
		{a: edit(a, "A_MAX 3", "A_MAX 4"), c: edit(c, "second", "lock")},
		{a: edit(a, "A_MAX 3", "A_MAX  4"), b: edit(b, "struct b {", "/* A comment. */ struct b {")},
		{b: edit(b, "struct b {", "/* A comment. */ struct b {")},
	} {
		cfg := Config{Root: dir, Overlay: over, Paths: []string{"mm"}, Workers: 1}
		_, want := dump(t, cfg)
		cfg.reuse = u
		if _, got := dump(t, cfg); got != want {
			t.Errorf("state %d: %s", i, diff.Diff("reused", []byte(got), "anew", []byte(want)))
		}
	}
}
