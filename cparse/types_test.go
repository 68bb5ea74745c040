package cparse

import (
	"strings"
	"testing"
)

// typesSource has the shapes of declarations that name a lock.
const typesSource = `
#include <list.h>
struct spin { int raw; };
typedef struct { struct spin s; } mutex_t;
struct space {
	struct list pages;
	union {
		mutex_t m;
		struct { struct spin in_anon; int other; };
	};
	struct { struct spin s; } named;
	struct spin arr[4], *ptr;
	const struct ops *ops;
	struct space *parent;
};
struct ops { struct space *(*find)(int key); void (*done)(void); };
struct outer { struct inner { int x; } in; enum kind { K1, K2 = 5, K3 } k; };
typedef struct space space_t, *space_p;
typedef int (*callback)(struct space *, int);
typedef struct space *finder(int);
static struct space global, *gp;
extern struct space table[];
static struct { struct spin lock; } anon_global = { .lock = { 1 } };
static callback cb;
struct space *lookup(int key);
space_p lookup2(int key), lookup3(void);
static inline mutex_t *mutex_of(struct space *s) { return &s->m; }
#define space_lock(s) (&(s)->m)
#define the_space (global.parent)
#define first_space(h) container_of((h)->next, struct space, pages)
#define both(p) _Generic((p), struct space *: (p)->m, struct outer *: (p)->in)
void body(void);
`

// exprAtEnd parses an expression as if it stood at the end of the file.
func exprAtEnd(f *File, s string) (*Expr, bool) {
	toks := lexAll(s, 0, len(s))
	for i := range toks {
		toks[i].pos, toks[i].end = int32(len(f.text)), int32(len(f.text))
	}
	return f.parseExpr(toks, nil)
}

func TestTypeOfExpr(t *testing.T) {
	f := testFile(t, typesSource)
	locals := map[string]*TypeName{
		"s": {Spec: "struct space", Ptr: 1},
		"o": {Spec: "struct outer", Ptr: 1},
		"l": {Spec: "struct list", Ptr: 1},
		"i": {Spec: "int"},
		"p": {Spec: "space_p"},
	}
	scope := func(name string) *Type {
		if tn := locals[name]; tn != nil {
			return f.Type(tn)
		}
		return nil
	}
	for _, tt := range []struct{ expr, want string }{
		{"s", "struct space *"},
		{"*s", "struct space"},
		{"s->m", "struct mutex_t"},
		{"s->m.s", "struct spin"},
		{"&s->m.s", "struct spin *"},
		{"s->in_anon", "struct spin"},
		{"s->named.s", "struct spin"},
		{"s->named", "struct space.named"},
		{"s->arr", "struct spin[]"},
		{"s->arr[i]", "struct spin"},
		{"s->arr + i", "struct spin[]"},
		{"*(s->arr + 1)", "struct spin"},
		{"s->ptr->raw", "int"},
		{"s->ops->find(3)", "struct space *"},
		{"s->ops->find(3)->m", "struct mutex_t"},
		{"(*s->ops->find)(3)", "struct space *"},
		{"s->parent->parent->in_anon", "struct spin"},
		{"o->in", "struct inner"},
		{"p->m", "struct mutex_t"},
		{"global", "struct space"},
		{"gp->m", "struct mutex_t"},
		{"table[3].m", "struct mutex_t"},
		{"anon_global", "struct anon_global"},
		{"anon_global.lock", "struct spin"},
		{"cb(s, 1)", "int"},
		{"lookup(1)", "struct space *"},
		{"lookup2(1)->m", "struct mutex_t"},
		{"lookup3()", "struct space *"},
		{"mutex_of(s)", "struct mutex_t *"},
		{"space_lock(s)", "struct mutex_t *"},
		{"space_lock(s)->s", "struct spin"},
		{"the_space->m", "struct mutex_t"},
		{"first_space(l)->m", "struct mutex_t"},
		{"container_of(l, struct space, pages)", "struct space *"},
		{"both(s)", "struct mutex_t"},
		{"both(o)", "struct inner"},
		{"((struct space *)l)->m", "struct mutex_t"},
		{"((space_t *)l)->m", "struct mutex_t"},
		{"i ? s : 0", "struct space *"},
		{"s ?: gp", "struct space *"},
		{"(i, s)", "struct space *"},
		{"({ struct space *q = s; q->parent; })", "struct space *"},
		{"({ typeof(s) q = s; q; })", "struct space *"},
		{"({ __auto_type q = s->parent; q; })", "struct space *"},
		{"min_t(unsigned long, i, 3)", "int"},
		{"sizeof(*s)", "int"},
		{"i + 1", "int"},
		{"nobody", "?"},
		{"s->nothing", "?"},
		{"nobody(3)->x", "?"},
	} {
		e, ok := exprAtEnd(f, tt.expr)
		if !ok {
			t.Errorf("%s does not parse", tt.expr)
			continue
		}
		if got := f.TypeOfExpr(e, scope).String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.expr, got, tt.want)
		}
	}
}

func TestField(t *testing.T) {
	f := testFile(t, typesSource)
	space := f.Type(&TypeName{Spec: "struct space"})
	for _, tt := range []struct{ name, owner, typ string }{
		{"m", "space", "struct mutex_t"},
		{"in_anon", "space", "struct spin"},
		{"named", "space", "struct space.named"},
	} {
		ref, ok := f.Field(space, tt.name)
		if !ok || ref.Owner.Tag != tt.owner || ref.Type.String() != tt.typ {
			t.Errorf("%s: %+v %v", tt.name, ref, ok)
		}
	}
	if f.Type(&TypeName{Spec: "space_t"}) != space || f.Type(&TypeName{Spec: "space_p"}) != f.Type(&TypeName{Spec: "struct space", Ptr: 1}) {
		t.Error("equal types are not one value")
	}
}

// An annotation that no header in sight defines is not the member's name.
func TestUnknownAnnotation(t *testing.T) {
	f := testFile(t, `
struct spin { int x; };
struct counters {
	struct spin ____cacheline_aligned between;
	struct spin behind ____cacheline_aligned_in_smp;
	struct spin __own;
};`)
	counters := f.Type(&TypeName{Spec: "struct counters"})
	for _, name := range []string{"between", "behind", "__own"} {
		if ref, ok := f.Field(counters, name); !ok || ref.Type.String() != "struct spin" {
			t.Errorf("%s: %+v %v", name, ref, ok)
		}
	}
	if n := len(counters.Record().Fields); n != 3 {
		t.Errorf("%d members, want 3", n)
	}
}

// A record that a header only names is found where the tree defines it.
func TestIndexedRecord(t *testing.T) {
	tree := testTree(t, map[string]string{
		"include/fwd.h": "struct hidden;\nstruct hidden *get(void);\n",
		"mm/a.c":        "#include <fwd.h>\nvoid f(void) { }\n",
		"mm/b.c":        "#include <fwd.h>\nstruct hidden {\n\tstruct spin { int x; } lock;\n};\nint taken(void)\n{\n\treturn 1;\n}\nstatic int mine(void)\n{\n\treturn 2;\n}\n",
		"fs/c.c":        "int taken(void)\n{\n\treturn 3;\n}\n",
	})
	f, err := tree.File("mm/a.c")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := exprAtEnd(f, "get()->lock")
	if got := f.TypeOfExpr(e, nil).String(); got != "struct spin" {
		t.Errorf("get()->lock: %s", got)
	}
	var got []string
	for _, fn := range tree.Resolve(f, "taken") {
		got = append(got, fn.File.Name)
	}
	if s := strings.Join(got, " "); s != "mm/b.c fs/c.c" {
		t.Errorf("taken resolves to %s, want the nearest first", s)
	}
	if fs := tree.Resolve(f, "mine"); fs != nil {
		t.Errorf("another file's static resolves to %v", fs)
	}
}

func TestConstEval(t *testing.T) {
	f := testFile(t, typesSource+"#define BIT(n) (1UL << (n))\n#define GFP ((size_t)(BIT(3) | K3))\n#define LOOP LOOP2\n#define LOOP2 LOOP\n")
	for _, tt := range []struct {
		expr string
		want int64
		ok   bool
	}{
		{"3", 3, true}, {"K1", 0, true}, {"K2", 5, true}, {"K3", 6, true}, {"BIT(4)", 16, true}, {"GFP", 14, true},
		{"K2 > 4 ? 1 : 2", 1, true}, {"~0", -1, true}, {"x", 0, false}, {"f(3)", 0, false}, {"LOOP", 0, false},
	} {
		e, ok := exprAtEnd(f, tt.expr)
		if !ok {
			t.Errorf("%s does not parse", tt.expr)
			continue
		}
		if v, ok := f.ConstEval(e); v != tt.want && tt.ok || ok != tt.ok {
			t.Errorf("%s = %d %v, want %d %v", tt.expr, v, ok, tt.want, tt.ok)
		}
	}
}

func TestExpandCall(t *testing.T) {
	f := testFile(t, `#include <list.h>
#define lock_it(x) do { take(&(x)->lock); } while (0)
#define lock_both(a, b) { lock_it(a); lock_it(b); }
#define rename lock_other
#define nothing(x)
#define pick(a, ...) first(a, ##__VA_ARGS__)
#define opt(a, ...) g(a __VA_OPT__(, h(__VA_ARGS__)))
#define str(x) name(#x)
#define cat(a, b) a##_##b
#define lock(x) lock((x), 0)
#define cyc(x) cyc2(x)
#define cyc2(x) cyc(x)
#define second(a, b, ...) b
#define PLACE_1 0,
#define is_one(x) is_one1(x)
#define is_one1(x) is_one2(PLACE_##x)
#define is_one2(junk) second(junk 1, 0)
#define either(x, y) either1(x, y)
#define either1(x, y) either2(PLACE_##x, y)
#define either2(junk, y) second(junk 1, y)
#define is_on(x) is_one(x)
#define ON 1
`)
	for _, tt := range []struct{ call, want string }{
		{"lock_it(p->q)", "({ do { take(&p->q->lock); } while (0); })"},
		{"lock_both(a, b)", "({ { lock_it(a); lock_it(b); } })"},
		{"rename", "lock_other"},
		{"nothing(3)", "({ })"},
		{"pick(1)", "first(1)"},
		{"pick(1, 2, 3)", "first(1, 2, 3)"},
		{"opt(1)", "g(1)"},
		{"opt(1, 2)", "g(1, h(2))"},
		{"str(a + b)", `name("a + b")`},
		{"cat(x, y)", "x_y"},
		{"lock(&l)", "lock(&l, 0)"},
		{"cyc(1)", "cyc2(1)"},
		{"either(is_on(ON), is_on(OFF))", "either1(1, is_on(OFF))"}, // a name is made of the first alone
		{"either(is_on(OFF), is_on(ON))", "either1(0, is_on(ON))"},
		{"current->x", ""},
		{"plain(3)", ""},
	} {
		e, ok := exprAtEnd(f, tt.call)
		if !ok {
			t.Errorf("%s does not parse", tt.call)
			continue
		}
		x, ok := f.Expand(e)
		if ok != (tt.want != "") {
			t.Errorf("%s: expanded %v", tt.call, ok)
		}
		if ok && squeeze(x.String()) != tt.want {
			t.Errorf("%s: %s, want %s", tt.call, x, tt.want)
		}
	}
}

func TestAttrs(t *testing.T) {
	f := testFile(t, `#include <list.h>
int g(struct s *theirs) __must_hold(&theirs->lock);
static int __init f(struct s *p) __must_hold(&p->lock)
{
	return 0;
}
int g(struct s *mine) { return 1; }
`)
	for i, want := range []string{"__init __must_hold(&p->lock)", "__must_hold(&mine->lock)"} {
		var got []string
		for _, a := range f.Funcs[i].Attrs() {
			s := a.Name
			for _, x := range a.Args {
				s += "(" + x.String() + ")"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", f.Funcs[i].Name, s, want)
		}
	}
}

func TestInits(t *testing.T) {
	f := testFile(t, typesSource+`
static const struct ops my_ops = {
	.find = lookup,
	.done = body,
};
static struct ops many[] = { { lookup, body }, [3] = { .done = body } };
static int n = 3;
#define OPS(x) { .find = x }
static struct ops made = OPS(lookup);
`)
	var got []string
	for _, in := range f.Inits() {
		got = append(got, in.Var.Name+" "+in.Var.Type().String()+" "+squeeze(in.List.String()))
	}
	want := []string{
		"anon_global struct anon_global { .lock = { 1 } }",
		"my_ops struct ops { .find = lookup, .done = body }",
		"many struct ops[] { { lookup, body }, [3] = { .done = body } }",
		"made struct ops { .find = lookup }",
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("got %q\nwant %q", got, want)
			break
		}
	}
}
