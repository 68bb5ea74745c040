// SPDX-License-Identifier: GPL-2.0
/* One level of an array, before the object's lock and after it. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore lock;
	struct rw_semaphore levels[3];
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
	foo_wait(f, 1);
	down_write(&f->lock);		/* want "cycle: foo.levels.. and foo.lock are taken in both orders" */
	foo_wait(f, 2);
	foo_done(f, 2);
	up_write(&f->lock);
	foo_done(f, 1);
}

void foo_start(struct foo *f)
{
	down_write(&f->lock);
	down_write(&f->levels[0]);
	up_write(&f->levels[0]);
	up_write(&f->lock);
}
