// SPDX-License-Identifier: GPL-2.0
/*
 * Lock ordering:
 *
 *	foo_mutex		(the table)
 *	  foo_shared->sem
 *
 * Legal: whichever of the two the helper has taken, it lets go before the mutex
 * is taken again, also in another round.
 */

typedef _Bool bool;

struct mutex { int x; };
struct rw_semaphore { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo_shared {
	struct rw_semaphore sem;
};

struct foo_private {
	struct rw_semaphore sem;
};

struct foo {
	int flags;
	struct foo_shared *shared;
	struct foo_private *private;
};

struct mutex foo_mutex;

static bool foo_is_shared(struct foo *f)
{
	return f->flags & 1;
}

static bool foo_is_private(struct foo *f)
{
	return f->flags & 2;
}

static void foo_lock(struct foo *f)
{
	if (foo_is_shared(f))
		down_read(&f->shared->sem);
	else if (foo_is_private(f))
		down_read(&f->private->sem);
}

static void foo_unlock(struct foo *f)
{
	if (foo_is_shared(f))
		up_read(&f->shared->sem);
	else if (foo_is_private(f))
		up_read(&f->private->sem);
}

int foo_try(struct foo *f);

static int foo_work(struct foo *f)
{
again:
	if (foo_try(f)) {
		foo_unlock(f);
		mutex_unlock(&foo_mutex);
		foo_try(f);
		mutex_lock(&foo_mutex);
		foo_lock(f);
		if (f->flags & 4)
			goto again;
		return 0;
	}
	return 1;
}

int foo_fault(struct foo *f)
{
	int ret;

	mutex_lock(&foo_mutex);
	foo_lock(f);
	ret = foo_work(f);
	foo_unlock(f);
	mutex_unlock(&foo_mutex);
	return ret;
}
