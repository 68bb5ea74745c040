package cparse

import (
	"strings"
	"testing"
)

// cleanupHeader is what a small tree of our own says of scope-bound locks.
const cleanupHeader = `
#ifndef CLEANUP_H
#define CLEANUP_H
#define __cleanup(f) __attribute__((__cleanup__(f)))
#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define UNIQUE(p) PASTE(PASTE(u_, p), __COUNTER__)
#define DEFINE_CLASS(_name, _type, _exit, _init, _init_args...) \
typedef _type class_##_name##_t; \
static inline void class_##_name##_destructor(_type *p) \
{ _type _T = *p; _exit; } \
static inline _type class_##_name##_constructor(_init_args) \
{ _type t = _init; return t; }
#define CLASS(_name, var) \
	class_##_name##_t var __cleanup(class_##_name##_destructor) = \
		class_##_name##_constructor
#define DEFINE_GUARD(_name, _type, _lock, _unlock) \
	DEFINE_CLASS(_name, _type, if (_T) { _unlock; }, ({ _lock; _T; }), _type _T)
#define guard(_name) CLASS(_name, UNIQUE(guard))
#define scoped_guard(_name, args...) \
	for (CLASS(_name, scope)(args), *done = 0; !done; done = (void *)1)
#define __free(_name) __cleanup(__free_##_name)
struct lock { int held; };
void take(struct lock *l);
void drop(struct lock *l);
DEFINE_GUARD(lock, struct lock *, take(_T), drop(_T))
#endif
`

// listHeader has the loops and helpers that kernel code lives on.
const listHeader = `
#pragma once
typedef unsigned long size_t;
typedef unsigned int u32;
typedef struct { int v; } atom_t;
struct list { struct list *next, *prev; };
#define offsetof(t, m) __builtin_offsetof(t, m)
#define container_of(ptr, type, member) ({ \
	void *__p = (void *)(ptr); \
	((type *)(__p - offsetof(type, member))); })
#define each_entry(pos, head, member) \
	for (pos = container_of((head)->next, typeof(*pos), member); \
	     &pos->member != (head); \
	     pos = container_of(pos->member.next, typeof(*pos), member))
#define each_if(x, c) for (x = 0; x < 8; x++) if (!(c)) {} else
#define min_t(type, a, b) ({ type _a = (a); type _b = (b); _a < _b ? _a : _b; })
#define bail_out(x) do { if (x) return -1; } while (0)
#define __init __attribute__((__section__("init")))
#define __must_hold(x) __attribute__((context(x, 1, 1)))
#define __user
#define LOCK(n) struct lock n = { 0 }
#define swap(a, b) do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define wait_cmd(cond, cmd) do { while (!(cond)) { cmd; } } while (0)
#define current get_current()
`

// testTree makes a tree of the given files and those two headers.
func testTree(t testing.TB, files map[string]string) *Tree {
	t.Helper()
	over := map[string][]byte{
		"include/cleanup.h": []byte(cleanupHeader),
		"include/list.h":    []byte(listHeader),
	}
	for n, s := range files {
		over[n] = []byte(s)
	}
	tree, err := Open(t.TempDir(), Config{Overlay: over})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func testFile(t testing.TB, src string) *File {
	t.Helper()
	f, err := testTree(t, map[string]string{"a.c": src}).File("a.c")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// squeeze makes one line of a snippet.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestBody(t *testing.T) {
	const head = "#include <list.h>\n#include <cleanup.h>\n"
	tests := []struct {
		name string
		body string
		want string // as Stmt.String spells it, blanks squeezed
		bad  bool
	}{
		{name: "plain", body: "x = a->b.c[1] + f(y, 2);",
			want: "{ x = (a->b.c[1] + f(y, 2)); }"},
		{name: "if else", body: "if (!a && b) f(); else { g(); }",
			want: "{ if ((!a) && b) f(); else { g(); } }"},
		{name: "loops", body: "for (i = 0; i < n; i++) f(i); while (a) a--; do b(); while (c);",
			want: "{ for (i = 0; i < n; i++) f(i); while (a) a--; do b(); while (c); }"},
		{name: "empty for", body: "for (;;) break;", want: "{ for (;;) break; }"},
		{name: "for with declaration", body: "for (int i = 0; i < 3; ++i) continue;",
			want: "{ for (int i = 0; i < 3; ++i) continue; }"},
		{name: "switch", body: "switch (x) { case 1: case 2 ... 5: f(); break; default: g(); }",
			want: "{ switch (x) { case 1: { } case 2 ... 5: { f(); break; } default: { g(); } } }"},
		{name: "labels", body: "again: if (x) goto again; goto out; out: ;",
			want: "{ again: if (x) goto again; goto out; out: ; }"},
		{name: "label before brace", body: "if (x) { f(); out: }",
			want: "{ if (x) { f(); out: ; } }"},
		{name: "typedef declaration", body: "size_t *n = (size_t *)p; atom_t a;",
			want: "{ size_t * n = (size_t *) p; atom_t a; }"},
		{name: "typedef product", body: "u32 list; list = x * list;",
			want: "{ u32 list; list = (x * list); }"},
		{name: "cast of a negative", body: "x = (size_t)-1;", want: "{ x = ((size_t)(-1)); }"},
		{name: "attribute macros", body: "char __user *p = q; static int n __init = 3;",
			want: "{ char * p = q; static int n = 3; }"},
		{name: "loop macro", body: "each_entry(p, &q->head, node) f(p);",
			want: "{ for (p = container_of((&q->head)->next, typeof(*p), node); (&p->node) != (&q->head); " +
				"p = container_of(p->node.next, typeof(*p), node)) f(p); }"},
		{name: "loop macro around if", body: "each_if(i, ok(i)) { f(i); }",
			want: "{ for (i = 0; i < 8; i++) if (!ok(i)) { } else { f(i); } }"},
		{name: "unknown loop macro", body: "each_thing(a, b) { f(a); }",
			want: "{ each_thing(a, b) { f(a); } }"},
		{name: "type argument", body: "a = min_t(unsigned long, b, c); d = container_of(p, struct x, y.z);",
			want: "{ a = min_t(unsigned long, b, c); d = container_of(p, struct x, y.z); }"},
		{name: "pointer type argument", body: "n = va_arg(ap, unsigned int *);",
			want: "{ n = va_arg(ap, unsigned int *); }"},
		{name: "hidden return", body: "bail_out(x < 0);",
			want: "{ do { if (x < 0) return -1; } while (0); }"},
		{name: "statement argument", body: "wait_cmd(a->done, if (b) f());",
			want: "{ do { while (!a->done) { if (b) f(); } } while (0); }"},
		{name: "statement macro stays", body: "swap(a, b);", want: "{ swap(a, b); }"},
		{name: "object macro stays", body: "current->x = 1;", want: "{ current->x = 1; }"},
		{name: "declaration macro", body: "LOCK(l); take(&l);",
			want: "{ struct lock l = { 0 }; take(&l); }"},
		{name: "statement expression", body: "x = ({ int y = f(); y + 1; });",
			want: "{ x = ({ int y = f(); y + 1; }); }"},
		{name: "gnu conditional", body: "x = a ?: b;", want: "{ x = (a ? : b); }"},
		{name: "labels as values", body: "void *p = &&out; goto *p; out: f();",
			want: "{ void * p = &&out; goto *p; out: f(); }"},
		{name: "local label", body: "__label__ l; l: f();", want: "{ l: f(); }"},
		{name: "typeof", body: "typeof(*p) q = *p; __typeof__(int *) r;",
			want: "{ typeof(*p) q = *p; int * r; }"},
		{name: "auto", body: "__auto_type x = f();", want: "{ __auto_type x = f(); }"},
		{name: "sizeof call", body: "n = sizeof(f(x)) + sizeof(struct s) + sizeof *p;",
			want: "{ n = ((sizeof(f(x)) + sizeof(struct s)) + sizeof(*p)); }"},
		{name: "asm", body: `asm volatile("lock; inc %0" : "+m" (v->n) : "r"(x), "i"(3) : "memory"); f();`,
			want: "{ asm(v->n, x, 3); f(); }"},
		{name: "asm without semicolon text", body: `asm goto("jmp %l0" : : "r"(a) : : out); out: return;`,
			want: "{ asm(a); out: return; }"},
		{name: "strings", body: `printk(LEVEL "a" "b" FMT, x);`, want: `{ printk("a", x); }`},
		{name: "cast of a string", body: `p = (char *)"x";`, want: `{ p = ((char *) "x"); }`},
		{name: "compound literal", body: "f(&(struct s){ .a = 1, .b.c = 2, [3] = 4 });",
			want: "{ f(&(struct s) { .a = 1, .b = { .c = 2 }, [3] = 4 }); }"},
		{name: "generic", body: "x = _Generic(p, struct a *: f(p), default: g(p));",
			want: "{ x = _Generic(p, struct a * : f(p), default: g(p)); }"},
		{name: "function pointers", body: "int (*fn)(struct s *, int) = ops->fn; (*fn)(s, 1); ((void (*)(int))h)(2);",
			want: "{ int(*fn)(struct s *, int) = ops->fn; (*fn)(s, 1); ((void(*)(int)) h)(2); }"},
		{name: "arrays", body: "int a[2][3], *b[4]; a[1][2] = 0;",
			want: "{ int a[2][3]; int * b[4]; a[1][2] = 0; }"},
		{name: "no semicolon", body: "TRACE_IT(a)\nf();", want: "{ TRACE_IT(a); f(); }"},
		{name: "guard", body: "guard(lock)(&l); f();",
			want: "{ class_lock_t u_guard1 __attribute__((cleanup(class_lock_destructor))) = class_lock_constructor(&l); f(); }"},
		{name: "two guards", body: "guard(lock)(&l); guard(lock)(&m);",
			want: "{ class_lock_t u_guard1 __attribute__((cleanup(class_lock_destructor))) = class_lock_constructor(&l); " +
				"class_lock_t u_guard2 __attribute__((cleanup(class_lock_destructor))) = class_lock_constructor(&m); }"},
		{name: "class", body: "CLASS(lock, g)(&l); if (g) f();",
			want: "{ class_lock_t g __attribute__((cleanup(class_lock_destructor))) = class_lock_constructor(&l); if (g) f(); }"},
		{name: "free", body: "char *p __free(kfree) = alloc(); return p;",
			want: "{ char * p __attribute__((cleanup(__free_kfree))) = alloc(); return p; }"},
		{name: "scoped guard", body: "scoped_guard(lock, &l) { f(); }",
			want: "{ for (class_lock_t scope __attribute__((cleanup(class_lock_destructor))) = class_lock_constructor(&l); " +
				"class_lock_t * done = 0; !done; done = ((void *) 1)) { f(); } }"},
		{name: "conditional", body: "#ifdef CONFIG_BROKEN\nif (a)\n#else\nif (b)\n#endif\n{ f(); }",
			want: "{ if (b) { f(); } }"},
		{name: "broken", body: "f(); int 3 = ; g();", want: "", bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := testFile(t, head+"int fn(void)\n{\n"+tt.body+"\n}\n")
			if len(f.Funcs) != 1 {
				t.Fatalf("%d functions, want 1", len(f.Funcs))
			}
			s, problems := f.Funcs[0].Body()
			if (len(problems) > 0) != tt.bad {
				t.Errorf("problems: %v", problems)
			}
			if got := squeeze(s.String()); tt.want != "" && got != squeeze(tt.want) {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}
