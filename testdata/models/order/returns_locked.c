// SPDX-License-Identifier: GPL-2.0
/* A lookup returns NULL, or an object with its lock held. */

/* Lock ordering: foo_cache.sem -> foo_entry.mutex */

#define NULL ((void *)0)
struct mutex { int x; };
struct rw_semaphore { int x; };
#define ENOENT 2

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo_entry {
	struct mutex mutex;
	int stale;
};

struct foo_cache {
	struct rw_semaphore sem;
};

struct foo_entry *foo_find(struct foo_cache *cache, int key);

static struct foo_entry *foo_find_lock(struct foo_cache *cache, int key)
{
	struct foo_entry *e;

again:
	e = foo_find(cache, key);
	if (!e)
		return NULL;
	mutex_lock(&e->mutex);
	if (e->stale) {
		mutex_unlock(&e->mutex);
		goto again;
	}
	return e;
}

int foo_drop(struct foo_cache *cache, int key)
{
	struct foo_entry *e = foo_find_lock(cache, key);

	if (!e)
		return -ENOENT;

	down_write(&cache->sem);	/* want "order: foo_cache.sem taken under foo_entry.mutex" */
	e->stale = 1;
	up_write(&cache->sem);
	mutex_unlock(&e->mutex);
	return 0;
}
