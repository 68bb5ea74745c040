package lockdep

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockorder/lockorder/cparse"
	"github.com/lockorder/lockorder/rules"
)

// The sources of a small tree: each way in which a lock gets its name.
var namesTree = map[string]string{
	"include/linux/spinlock.h": `
typedef struct { int x; } spinlock_t;
struct mutex { int x; };
struct lock_class_key { int x; };
struct xarray { spinlock_t xa_lock; };
struct timer_list { int x; };
#define DEFINE_MUTEX(name) struct mutex name = { 0 }
#define __init_timer(_timer, _fn, _flags)				\
	do {								\
		static struct lock_class_key __key;			\
		init_timer_key((_timer), (_fn), (_flags), #_timer, &__key);\
	} while (0)
#define timer_setup(timer, callback, flags)			\
	__init_timer((timer), (callback), (flags))
void init_timer_key(struct timer_list *t, void *fn, int flags, const char *name, struct lock_class_key *key);
void spin_lock_init(spinlock_t *l);
void mutex_init(struct mutex *l);
void lockdep_set_class(spinlock_t *l, struct lock_class_key *key);
void lockdep_set_class_and_name(spinlock_t *l, struct lock_class_key *key, const char *name);
static inline void xa_init_flags(struct xarray *xa, int flags)
{
	spin_lock_init(&xa->xa_lock);
}
static inline void xa_init(struct xarray *xa)
{
	xa_init_flags(xa, 0);
}
`,
	"foo/foo.c": `
#include <linux/spinlock.h>
struct foo_type { struct lock_class_key key; };
struct foo {
	spinlock_t lock;	/* comment, spelled away */
	struct mutex mutex[4];
	spinlock_t keyed, named;
	struct xarray pages;
	struct timer_list timer;
	struct foo_type *type;
};
DEFINE_MUTEX(foo_mutex);
static struct foo init_foo;
void foo_init(struct foo *f)
{
	int i;
	spin_lock_init(&f->lock);
	for (i = 0; i < 4; i++)
		mutex_init(&f->mutex[ i ]);
	spin_lock_init(&f->keyed);
	lockdep_set_class(&f->keyed, &f->type->key);
	lockdep_set_class_and_name(&f->named, &f->type->key, "foo.named");
	xa_init(&f->pages);
	timer_setup(&f->timer, 0, 0);
}
`,
	"foo/bar.c": `
#include <linux/spinlock.h>
struct bar { spinlock_t lock; };
void bar_init(struct bar *f)
{
	/* spin_lock_init(&f->other); */
	spin_lock_init(&f->lock);
}
`,
	"foo/Makefile": "obj-y += foo.o\nobj-$(CONFIG_BAR) += bar.o\n",
}

func TestMeanings(t *testing.T) {
	s := namesSource(t, namesTree)
	for _, tt := range []struct{ name, want string }{
		{"&f->lock", "bar.lock@foo/bar.c:7 foo.lock@foo/foo.c:17"},
		{"&f->mutex[ i ]", "foo.mutex[]@foo/foo.c:19"},
		{"&f->type->key", "foo.keyed@foo/foo.c:21"},
		{"foo.named", "foo.named@foo/foo.c:22"},
		{"&xa->xa_lock", "foo.pages@foo/foo.c:23"},
		{"(&f->timer)", "foo.timer@foo/foo.c:24"},
		{"foo_mutex", "foo_mutex@foo/foo.c:12"},
		{"init_foo.lock", "foo.lock@foo/foo.c:13"},
		{"foo_mutex.x", "inside of the lock foo_mutex"},
		{"&f->other", ""},
		{"rq-lock", "rq.__lock@"},
		{"seq", "no lock"},
	} {
		ms, err := s.Meanings(context.Background(), []string{tt.name})
		if err != nil {
			t.Fatal(err)
		}
		if got := meaning(ms[tt.name]); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	s.Option = func(string) (string, bool) { return "", false }
	ms, err := s.Meanings(context.Background(), []string{"&f->lock"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := meaning(ms["&f->lock"]), "foo.lock@foo/foo.c:17"; got != want {
		t.Errorf("without CONFIG_BAR: %s, want %s", got, want)
	}
}

func meaning(m *Meaning) string {
	var out []string
	for _, o := range m.Origins {
		at := ""
		if o.File != "" {
			at = Problem{File: o.File, Line: o.Line}.String()
			at = strings.TrimSuffix(at, ": ")
		}
		out = append(out, o.Class.String()+"@"+at)
	}
	if m.Why != "" {
		out = append(out, m.Why)
	}
	return strings.Join(out, " ")
}

// namesSource writes the files and opens them as a tree, with the rules of
// Linux and two of its own.
func namesSource(t *testing.T, files map[string]string) Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := cparse.Open(dir, cparse.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sources, err := rules.Embedded("linux")
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load(append(sources, rules.Source{Name: "test", Text: []byte(`
lockdep rq.lock as "rq-*"
lockdep nothing as "seq" because "no lock"
`)})...)
	if err != nil {
		t.Fatal(err)
	}
	bare := func(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }
	return Source{Tree: tree, Rules: set, Global: bare}
}
