// SPDX-License-Identifier: GPL-2.0
/* All the code goes against the declaration; a chain that it follows, and locks
 * that nothing takes, are no concern.
 */

/* Lock ordering: foo.a_lock -> foo.b_lock */	/* want "stale: foo.a_lock is only taken under foo.b_lock, against what is declared here" */
/* Lock ordering: foo.b_lock -> foo.c_lock */
/* Lock ordering: foo.c_lock -> foo.unused_lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t a_lock, b_lock, c_lock, unused_lock;
};

static void foo_inner(struct foo *f)
{
	spin_lock(&f->c_lock);
	spin_unlock(&f->c_lock);
}

void foo_outer(struct foo *f)
{
	spin_lock(&f->b_lock);
	spin_lock(&f->a_lock);	/* the check of orders reports it here */
	spin_unlock(&f->a_lock);
	foo_inner(f);
	spin_unlock(&f->b_lock);
}
