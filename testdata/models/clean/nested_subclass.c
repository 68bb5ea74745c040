// SPDX-License-Identifier: GPL-2.0
/* Legal: the second lock of the class is of the nested subclass. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_lock_nested(spinlock_t *lock, int subclass);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	struct foo *parent;
	int n;
};

void foo_copy(struct foo *dst, struct foo *src)
{
	spin_lock(&dst->lock);
	spin_lock_nested(&src->lock, 1);
	dst->n = src->n;
	spin_unlock(&src->lock);
	spin_unlock(&dst->lock);
}
