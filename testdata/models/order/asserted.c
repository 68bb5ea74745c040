// SPDX-License-Identifier: GPL-2.0
/* What the function asserts is held, though no caller can be seen. */

/* Lock ordering: foo.mutex -> foo.lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void lockdep_assert_held(void *lock);

struct foo {
	spinlock_t mutex;
	spinlock_t lock;
};

void foo_update(struct foo *f)
{
	lockdep_assert_held(&f->lock);

	spin_lock(&f->mutex);		/* want "order: foo.mutex taken under foo.lock" */
	spin_unlock(&f->mutex);
}
