// SPDX-License-Identifier: GPL-2.0
/* Legal: the fault carries the lock that is held for it. */

typedef struct { int x; } spinlock_t;
#define EBUSY 16

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_table {
	spinlock_t ptl;
	int n;
};

struct foo_fault {
	struct foo_table *table;
	spinlock_t *ptl;
};

static int foo_map(struct foo_fault *ff)
{
	ff->ptl = &ff->table->ptl;
	spin_lock(ff->ptl);
	if (ff->table->n) {
		spin_unlock(ff->ptl);
		return -EBUSY;
	}
	return 0;
}

static void foo_unmap(struct foo_fault *ff)
{
	spin_unlock(ff->ptl);
}

int foo_handle(struct foo_table *table)
{
	struct foo_fault ff = { .table = table };
	int err;

	err = foo_map(&ff);
	if (err)
		return err;
	table->n++;
	foo_unmap(&ff);
	return 0;
}
