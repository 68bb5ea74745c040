// SPDX-License-Identifier: GPL-2.0
/* A pointer to the lock that is held travels in a struct. */

/* Lock ordering: foo_mm.sem -> foo_table.ptl */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_table {
	spinlock_t ptl;
};

struct foo_mm {
	spinlock_t sem;
	struct foo_table *table;
};

struct foo_fault {
	struct foo_mm *mm;
	spinlock_t *ptl;
};

static void foo_map(struct foo_fault *ff)
{
	ff->ptl = &ff->mm->table->ptl;
	spin_lock(ff->ptl);
}

static void foo_finish(struct foo_fault *ff)
{
	spin_lock(&ff->mm->sem);	/* want "order: foo_mm.sem taken under foo_table.ptl" */
	spin_unlock(&ff->mm->sem);
	spin_unlock(ff->ptl);
}

void foo_handle(struct foo_mm *mm)
{
	struct foo_fault ff = { .mm = mm };

	foo_map(&ff);
	foo_finish(&ff);
}
