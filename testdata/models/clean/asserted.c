// SPDX-License-Identifier: GPL-2.0
/* Legal: every caller has what the callee asserts, each in its own way. */

struct rw_semaphore { int x; };
#define EBUSY 16

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lockdep_assert_held(void *lock);
void lockdep_assert_held_write(void *lock);

struct foo {
	struct rw_semaphore sem;
	int n;
};

static void foo_update(struct foo *f)
{
	lockdep_assert_held_write(&f->sem);
	f->n++;
}

static int foo_read(struct foo *f)
{
	lockdep_assert_held(&f->sem);
	return f->n;
}

void foo_store(struct foo *f)
{
	down_write(&f->sem);
	foo_update(f);
	foo_read(f);
	up_write(&f->sem);
}

int foo_show(struct foo *f)
{
	int n;

	down_read(&f->sem);
	n = foo_read(f);
	up_read(&f->sem);
	return n;
}

int foo_try_store(struct foo *f)
{
	if (!down_write_trylock(&f->sem))
		return -EBUSY;
	foo_update(f);
	up_write(&f->sem);
	return 0;
}
