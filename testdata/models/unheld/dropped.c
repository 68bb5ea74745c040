// SPDX-License-Identifier: GPL-2.0
/* A callee in between dropped it for good. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_assert_held(void *lock);
#define __releases(x)

struct foo {
	struct mutex lock;
	int n;
};

static void foo_update(struct foo *f)
{
	lockdep_assert_held(&f->lock);
	f->n++;
}

static void foo_put(struct foo *f)
	__releases(&f->lock)
{
	mutex_unlock(&f->lock);
}

void foo_close(struct foo *f)
{
	mutex_lock(&f->lock);
	foo_update(f);
	foo_put(f);
	foo_update(f);			/* want "unheld: foo.lock not held" */
}
