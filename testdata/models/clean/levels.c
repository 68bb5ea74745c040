// SPDX-License-Identifier: GPL-2.0
/* Each level of an array is a lock of its own, which the object's lock parts. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

enum { FOO_FIRST = 1, FOO_SECOND };

struct foo {
	struct rw_semaphore lock;
	struct rw_semaphore levels[2];
};

static void foo_wait(struct foo *f, int level)
{
	down_write(f->levels + level - 1);
}

static void foo_done(struct foo *f, int level)
{
	up_write(f->levels + level - 1);
}

void foo_freeze(struct foo *f)
{
	foo_wait(f, FOO_FIRST);
	down_write(&f->lock);
	foo_wait(f, FOO_SECOND);
	foo_done(f, FOO_SECOND);
	up_write(&f->lock);
	foo_done(f, FOO_FIRST);
}
