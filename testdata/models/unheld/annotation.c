// SPDX-License-Identifier: GPL-2.0
/* The contract is an annotation. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define __must_hold(x)

struct foo {
	spinlock_t lock;
	int n;
};

static void foo_update(struct foo *f)
	__must_hold(&f->lock)
{
	f->n++;
}

void foo_tick(struct foo *f)
{
	spin_lock(&f->lock);
	foo_update(f);
	spin_unlock(&f->lock);
	foo_update(f);			/* want "unheld: foo.lock not held" */
}
