// SPDX-License-Identifier: GPL-2.0
/* Legal: what comes back held in the out-parameter is released through it. */

#define NULL ((void *)0)
typedef struct { int x; } spinlock_t;
#define ENOENT 2

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_table {
	spinlock_t ptl;
	unsigned long entry[8];
};

static unsigned long *foo_map_lock(struct foo_table *t, int i, spinlock_t **ptlp)
{
	spinlock_t *ptl = &t->ptl;

	spin_lock(ptl);
	if (!t->entry[i]) {
		spin_unlock(ptl);
		return NULL;
	}
	*ptlp = ptl;
	return &t->entry[i];
}

int foo_clear(struct foo_table *t, int i)
{
	unsigned long *entry;
	spinlock_t *ptl;

	entry = foo_map_lock(t, i, &ptl);
	if (!entry)
		return -ENOENT;
	*entry = 0;
	spin_unlock(ptl);
	return 0;
}
