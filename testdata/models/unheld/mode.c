// SPDX-License-Identifier: GPL-2.0
/* A reader calls what asks for the writer. */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
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

void foo_store(struct foo *f, int n)
{
	down_write(&f->sem);
	foo_set(f, n);
	up_write(&f->sem);
}

void foo_fixup(struct foo *f)
{
	down_read(&f->sem);
	if (f->n < 0)
		foo_set(f, 0);		/* want "unheld: foo.sem not held" */
	up_read(&f->sem);
}
