// SPDX-License-Identifier: GPL-2.0
/* Legal: the callback takes what the walk has not, further in. */

/* Lock ordering: foo_map.sem -> foo_page.lock */

typedef _Bool bool;
#define true 1
#define false 0
typedef struct { int x; } spinlock_t;
struct rw_semaphore { int x; };

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo_page {
	spinlock_t lock;
	int n;
};

struct foo_map {
	struct rw_semaphore sem;
	struct foo_page pages[4];
};

struct foo_walk_control {
	bool (*one)(struct foo_page *page, void *arg);
	void *arg;
};

static void foo_walk(struct foo_map *map, struct foo_walk_control *wc)
{
	int i;

	down_read(&map->sem);
	for (i = 0; i < 4; i++) {
		if (!wc->one(&map->pages[i], wc->arg))
			break;
	}
	up_read(&map->sem);
}

static bool foo_count_one(struct foo_page *page, void *arg)
{
	int *n = arg;

	spin_lock(&page->lock);
	*n += page->n;
	spin_unlock(&page->lock);
	return *n < 100;
}

int foo_count(struct foo_map *map)
{
	int n = 0;
	struct foo_walk_control wc = {
		.one = foo_count_one,
		.arg = &n,
	};

	foo_walk(map, &wc);
	return n;
}
