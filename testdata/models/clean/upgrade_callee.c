// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the helper lets the reader go and comes back as the writer; what is
 * held behind it is not what was held before.
 */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
int down_write_killable(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lockdep_assert_held_write(void *lock);

struct foo {
	struct rw_semaphore sem;
	int n;
};

static void foo_read_lock(struct foo *f)
{
	down_read(&f->sem);
}

static void foo_read_unlock(struct foo *f)
{
	up_read(&f->sem);
}

static void foo_write_unlock(struct foo *f)
{
	lockdep_assert_held_write(&f->sem);
	up_write(&f->sem);
}

static int foo_upgrade(struct foo *f)
{
	foo_read_unlock(f);
	return !down_write_killable(&f->sem);
}

void foo_init(struct foo *f)
{
	if (down_write_killable(&f->sem))
		return;
	f->n = 1;
	foo_write_unlock(f);
}

int foo_fix(struct foo *f)
{
	foo_read_lock(f);
	if (f->n) {
		foo_read_unlock(f);
		return 0;
	}
	if (!foo_upgrade(f))
		return -4;
	f->n = 1;
	foo_write_unlock(f);
	return 0;
}
