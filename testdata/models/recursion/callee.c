// SPDX-License-Identifier: GPL-2.0
/* A helper that locks, called with the lock held. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int count;
};

static void foo_inc(struct foo *f)
{
	spin_lock(&f->lock);		/* want "recursion: foo.lock taken again" */
	f->count++;
	spin_unlock(&f->lock);
}

void foo_tick(struct foo *f)
{
	spin_lock(&f->lock);
	if (f->count < 10)
		foo_inc(f);
	spin_unlock(&f->lock);
}
