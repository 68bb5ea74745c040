// SPDX-License-Identifier: GPL-2.0
/* What the annotation says is held counts as held in the function. */

/* Lock ordering: foo.mutex -> foo.lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define __must_hold(x)

struct foo {
	spinlock_t mutex;
	spinlock_t lock;
};

static void foo_update(struct foo *f)
	__must_hold(&f->lock)
{
	spin_lock(&f->mutex);		/* want "order: foo.mutex taken under foo.lock" */
	spin_unlock(&f->mutex);
}

void foo_tick(struct foo *f)
{
	spin_lock(&f->lock);
	foo_update(f);
	spin_unlock(&f->lock);
}
