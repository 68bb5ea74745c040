// SPDX-License-Identifier: GPL-2.0
/* The lock comes back held through an out-parameter. */

/* Lock ordering: foo_mm.list_lock -> foo_table.ptl */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_table {
	spinlock_t ptl;
	unsigned long entry[8];
};

struct foo_mm {
	spinlock_t list_lock;
	struct foo_table *table;
};

static unsigned long *foo_map_lock(struct foo_mm *mm, int i, spinlock_t **ptlp)
{
	spinlock_t *ptl = &mm->table->ptl;

	spin_lock(ptl);
	*ptlp = ptl;
	return &mm->table->entry[i];
}

void foo_set(struct foo_mm *mm, int i, unsigned long val)
{
	unsigned long *entry;
	spinlock_t *ptl;

	entry = foo_map_lock(mm, i, &ptl);
	*entry = val;
	spin_lock(&mm->list_lock);	/* want "order: foo_mm.list_lock taken under foo_table.ptl" */
	spin_unlock(&mm->list_lock);
	spin_unlock(ptl);
}
