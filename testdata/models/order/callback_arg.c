// SPDX-License-Identifier: GPL-2.0
/* The function that takes the lock is an argument of the one that calls it. */

/* Lock ordering: foo_pool.lock -> foo_slot.lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_slot {
	spinlock_t lock;
	struct foo_pool *pool;
};

struct foo_pool {
	spinlock_t lock;
	struct foo_slot slots[8];
};

static void foo_for_each(struct foo_pool *pool, void (*fn)(struct foo_slot *))
{
	int i;

	for (i = 0; i < 8; i++) {
		spin_lock(&pool->slots[i].lock);
		fn(&pool->slots[i]);
		spin_unlock(&pool->slots[i].lock);
	}
}

static void foo_release(struct foo_slot *slot)
{
	spin_lock(&slot->pool->lock);	/* want "order: foo_pool.lock taken under foo_slot.lock" */
	spin_unlock(&slot->pool->lock);
}

void foo_release_all(struct foo_pool *pool)
{
	foo_for_each(pool, foo_release);
}
