// SPDX-License-Identifier: GPL-2.0
/* Legal: what decided about the lock before a loop decides behind it as well. */

/* Lock ordering: foo.inner -> foo.outer */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void foo_split(void *item);

struct foo {
	spinlock_t outer;
	spinlock_t inner;
	unsigned long flags;
	int nr;
	void *items[8];
};

#define FOO_CACHED	0x1

static int foo_cached(struct foo *f)
{
	return (f->flags & FOO_CACHED) != 0;
}

void foo_split_all(struct foo *f)
{
	int i;

	if (foo_cached(f))
		spin_lock(&f->outer);
	for (i = 0; i < f->nr; i++) {
		if (f->items[i])
			foo_split(f->items[i]);
	}
	if (foo_cached(f)) {
		spin_unlock(&f->outer);
		return;
	}

	spin_lock(&f->inner);
	f->nr = 0;
	spin_unlock(&f->inner);
}
