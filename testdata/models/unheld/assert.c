// SPDX-License-Identifier: GPL-2.0
/* One of two callers lacks the lock. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_assert_held(void *lock);

struct foo {
	struct mutex lock;
	int n;
};

static void foo_update(struct foo *f)
{
	lockdep_assert_held(&f->lock);
	f->n++;
}

void foo_locked(struct foo *f)
{
	mutex_lock(&f->lock);
	foo_update(f);
	mutex_unlock(&f->lock);
}

void foo_unlocked(struct foo *f)
{
	foo_update(f);			/* want "unheld: foo.lock not held" */
}
