// SPDX-License-Identifier: GPL-2.0
/* A helper has made the writer a reader. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);
void lockdep_assert_held_write(void *lock);

struct foo {
	struct rw_semaphore sem;
	int n;
};

static void foo_set(struct foo *f, int n)
{
	lockdep_assert_held_write(&f->sem);
	f->n = n;
}

static void foo_downgrade(struct foo *f)
{
	downgrade_write(&f->sem);
}

void foo_store(struct foo *f, int n)
{
	down_write(&f->sem);
	foo_set(f, n);
	up_write(&f->sem);
}

void foo_publish(struct foo *f, int n)
{
	down_write(&f->sem);
	foo_set(f, n);
	foo_downgrade(f);
	if (!f->n)
		foo_set(f, 1);		/* want "unheld: foo.sem not held" */
	up_read(&f->sem);
}
