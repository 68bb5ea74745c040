// SPDX-License-Identifier: GPL-2.0
/* Legal: one of two locks, by what the table has; who asks again gets the same one. */

struct mutex { int count; };
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/*
 * Lock ordering:
 *
 * pool.mutex
 *   slot.mutex
 */
struct slot { struct mutex mutex; int count; };
struct pool { struct mutex mutex; struct slot *slots; struct pool *next; };

static struct slot *lock_slot(struct pool *p, int i)
{
	struct slot *s = p->slots;

	if (s) {
		s += i;
		mutex_lock(&s->mutex);
	}
	return s;
}

static struct slot *lock_slot_or_pool(struct pool *p, int i)
{
	struct slot *s = lock_slot(p, i);

	if (!s)
		mutex_lock(&p->mutex);
	return s;
}

static void unlock_slot_or_pool(struct pool *p, struct slot *s)
{
	if (s)
		mutex_unlock(&s->mutex);
	else
		mutex_unlock(&p->mutex);
}

void wake(int i);

void put(struct pool *p, int i, int n)
{
	struct slot *s = lock_slot_or_pool(p, i);
	int k;

	for (k = 0; k < n; k++) {
		if (p->next) {
			unlock_slot_or_pool(p, s);
			wake(i);
			if (k == n - 1)
				return;
			lock_slot_or_pool(p, i);
		}
	}
	unlock_slot_or_pool(p, s);
}

void put_two(struct pool *p, int i, int n)
{
	put(p, i, n);
	mutex_lock(&p->mutex);
	mutex_unlock(&p->mutex);
}
