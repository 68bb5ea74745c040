// SPDX-License-Identifier: GPL-2.0
/* The callee has released it already. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define __releases(x)

struct foo {
	spinlock_t lock;
};

static void foo_finish(struct foo *f)
	__releases(&f->lock)
{
	spin_unlock(&f->lock);
}

void foo_done(struct foo *f)
{
	spin_lock(&f->lock);
	foo_finish(f);
	spin_unlock(&f->lock);		/* want "imbalance: foo.lock released but not held" */
}
