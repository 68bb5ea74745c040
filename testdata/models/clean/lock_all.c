// SPDX-License-Identifier: GPL-2.0
/* Legal: the pair of functions takes and gives back every lock of the table. */

struct mutex { int x; };
typedef struct { int x; } spinlock_t;

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void spin_lock_nest_lock(spinlock_t *lock, struct mutex *nest);
void spin_unlock(spinlock_t *lock);

struct foo_bucket {
	spinlock_t lock;
	int n;
};

struct foo_table {
	struct mutex mutex;
	struct foo_bucket bucket[16];
};

static void foo_lock_all(struct foo_table *t)
{
	int i;

	mutex_lock(&t->mutex);
	for (i = 0; i < 16; i++)
		spin_lock_nest_lock(&t->bucket[i].lock, &t->mutex);
}

static void foo_unlock_all(struct foo_table *t)
{
	int i;

	for (i = 0; i < 16; i++)
		spin_unlock(&t->bucket[i].lock);
	mutex_unlock(&t->mutex);
}

int foo_total(struct foo_table *t)
{
	int i, n = 0;

	foo_lock_all(t);
	for (i = 0; i < 16; i++)
		n += t->bucket[i].n;
	foo_unlock_all(t);
	return n;
}
