// SPDX-License-Identifier: GPL-2.0
/* The lock is taken on a condition, what asks for it is called on none. */

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

void foo_protect(struct foo *f)
{
	bool locked = foo_lock(f);

	foo_unshare(f);			/* want "unheld: foo.sem not held" */
	if (locked)
		up_write(&f->sem);
}
