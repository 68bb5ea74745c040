// SPDX-License-Identifier: GPL-2.0
/*
 * The second lock is only reached where two references in a row were the last ones,
 * and whoever holds the first lock may well hold more.
 */

struct mutex { int x; };
typedef struct { int counter; } atomic_t;
typedef struct { atomic_t refs; } refcount_t;

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
int atomic_add_unless(atomic_t *v, int a, int u);
int refcount_dec_and_test(refcount_t *r);

struct bar {
	struct mutex lock;
	atomic_t active;
};

struct foo {
	struct mutex lock;
	refcount_t refs;
	struct bar *bar;
};

static void bar_put(struct bar *b)
{
	if (atomic_add_unless(&b->active, -1, 1))
		return;
	mutex_lock(&b->lock);
	mutex_unlock(&b->lock);
}

static void foo_free(struct foo *f)
{
	bar_put(f->bar);
}

static void foo_put(struct foo *f)
{
	if (refcount_dec_and_test(&f->refs))
		foo_free(f);
}

static void foo_swap(struct foo *f, struct foo *old)
{
	foo_put(old);
}

static void foo_exchange(struct foo *f, struct foo *old)
{
	foo_swap(f, old);
}

void foo_replace(struct foo *f, struct foo *old)
{
	mutex_lock(&f->lock);
	foo_exchange(f, old);
	mutex_unlock(&f->lock);
}

void bar_attach(struct bar *b, struct foo *f)
{
	mutex_lock(&b->lock);
	mutex_lock(&f->lock);
	mutex_unlock(&f->lock);
	mutex_unlock(&b->lock);
}
