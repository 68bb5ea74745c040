// SPDX-License-Identifier: GPL-2.0
/* Legal: the function returns the lock that it took. */

#define NULL ((void *)0)
typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_table {
	spinlock_t ptl;
	int huge;
	int n;
};

static spinlock_t *foo_huge_lock(struct foo_table *t)
{
	spinlock_t *ptl = &t->ptl;

	spin_lock(ptl);
	if (t->huge)
		return ptl;
	spin_unlock(ptl);
	return NULL;
}

int foo_split(struct foo_table *t)
{
	spinlock_t *ptl = foo_huge_lock(t);

	if (!ptl)
		return 0;
	t->huge = 0;
	spin_unlock(ptl);
	return 1;
}
