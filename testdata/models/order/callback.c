// SPDX-License-Identifier: GPL-2.0
/* The inner lock is taken by a callback that a control struct carries. */

/* Lock ordering: foo_table.mutex -> foo_map.lock */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void cond_resched(void);

struct foo_table {
	struct mutex mutex;
};

struct foo_map {
	struct mutex lock;
	struct foo_table *table;
};

struct foo_walk_control {
	int (*one)(struct foo_map *map, void *arg);
	void *arg;
};

static void foo_walk(struct foo_map *map, struct foo_walk_control *wc)
{
	mutex_lock(&map->lock);
	while (wc->one(map, wc->arg))
		cond_resched();
	mutex_unlock(&map->lock);
}

static int foo_unmap_one(struct foo_map *map, void *arg)
{
	struct foo_table *table = arg;

	mutex_lock(&table->mutex);	/* want "order: foo_table.mutex taken under foo_map.lock" */
	mutex_unlock(&table->mutex);
	return 0;
}

void foo_unmap(struct foo_map *map)
{
	struct foo_walk_control wc = {
		.one = foo_unmap_one,
		.arg = map->table,
	};

	foo_walk(map, &wc);
}
