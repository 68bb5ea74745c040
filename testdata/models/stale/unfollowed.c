// SPDX-License-Identifier: GPL-2.0
/* The code takes both locks, and never the one under the other. */

/* Lock ordering: foo.a_lock -> foo.b_lock */	/* want "stale: nothing takes foo.b_lock under foo.a_lock, as declared here" */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t a_lock, b_lock;
};

void foo_both(struct foo *f)
{
	spin_lock(&f->a_lock);
	spin_unlock(&f->a_lock);
	spin_lock(&f->b_lock);
	spin_unlock(&f->b_lock);
}
