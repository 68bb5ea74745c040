// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: whether foo_split drops the caller's lock and whether there is one
 * depend on the same thing, also for what is taken many calls away.
 */

/* Lock ordering: foo_table.lock -> foo.pages */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
int foo_busy(void);

struct foo_table {
	spinlock_t lock;
	int n;
};

struct foo {
	spinlock_t pages;
	spinlock_t map_lock;
	struct foo_table *table;
	int shared;
};

static void foo_walk_table(struct foo *f)
{
	spin_lock(&f->table->lock);
	f->table->n++;
	spin_unlock(&f->table->lock);
}

static void foo_walk_4(struct foo *f) { foo_walk_table(f); }
static void foo_walk_3(struct foo *f) { foo_walk_4(f); }
static void foo_walk_2(struct foo *f) { foo_walk_3(f); }
static void foo_walk_1(struct foo *f) { foo_walk_2(f); }
static void foo_walk(struct foo *f) { foo_walk_1(f); }

static void foo_split(struct foo *f, int mapped)
{
	if (mapped)
		spin_lock(&f->map_lock);
	if (f->shared)
		spin_unlock(&f->pages);
	if (mapped)
		spin_unlock(&f->map_lock);
	foo_walk(f);
}

int foo_try_split(struct foo *f, int mapped)
{
	if (f->shared)
		spin_lock(&f->pages);
	if (foo_busy()) {
		if (f->shared)
			spin_unlock(&f->pages);
		return -1;
	}
	foo_split(f, mapped);
	return 0;
}
