// SPDX-License-Identifier: GPL-2.0
/* Legal: the assertion is reached only where the lock was taken. */

typedef _Bool bool;
#define true 1
#define false 0
struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lockdep_assert_held_write(void *lock);

struct foo {
	struct rw_semaphore sem;
	int shared;
	int n;
};

static void foo_unshare(struct foo *f)
{
	lockdep_assert_held_write(&f->sem);
	f->shared = 0;
}

static bool foo_lock(struct foo *f)
{
	if (!f->shared)
		return false;
	down_write(&f->sem);
	return true;
}

static void foo_clear(struct foo *f, bool unshare)
{
	if (unshare)
		foo_unshare(f);
	f->n = 0;
}

void foo_unmap(struct foo *f)
{
	bool locked = foo_lock(f);

	foo_clear(f, locked);
	if (locked)
		up_write(&f->sem);
}

void foo_private(struct foo *f)
{
	foo_clear(f, false);
}
