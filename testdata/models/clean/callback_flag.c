// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the flags that go with the callback say that it is called without the lock,
 * which it takes itself.
 */

#define WALK_UNLOCKED	4

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

static void foo_walk(struct foo *f, void (*fn)(struct foo *f), int flags)
{
	if (flags & WALK_UNLOCKED) {
		fn(f);
	} else {
		mutex_lock(&f->lock);
		fn(f);
		mutex_unlock(&f->lock);
	}
}

static void foo_reset(struct foo *f)
{
	mutex_lock(&f->lock);
	f->n = 0;
	mutex_unlock(&f->lock);
}

void foo_reset_all(struct foo *f)
{
	foo_walk(f, foo_reset, WALK_UNLOCKED);
}
