// SPDX-License-Identifier: GPL-2.0
/* Legal: each call drops what the last one left held; false leaves nothing. */

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_table {
	spinlock_t ptl;
	struct foo_table *next;
	int key;
};

struct foo_walk {
	struct foo_table *table;
	spinlock_t *ptl;
	int key;
};

static void foo_walk_done(struct foo_walk *w)
{
	if (w->ptl) {
		spin_unlock(w->ptl);
		w->ptl = NULL;
	}
}

static bool foo_walk_next(struct foo_walk *w)
{
	if (w->ptl) {
		foo_walk_done(w);
		return false;
	}
	w->ptl = &w->table->ptl;
	spin_lock(w->ptl);
	if (w->table->key == w->key)
		return true;
	foo_walk_done(w);
	return false;
}

int foo_count(struct foo_table *table, int key)
{
	struct foo_walk w = { .table = table, .key = key };
	int n = 0;

	while (foo_walk_next(&w)) {
		if (++n > 10) {
			foo_walk_done(&w);
			break;
		}
	}
	return n;
}
