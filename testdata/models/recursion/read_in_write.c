// SPDX-License-Identifier: GPL-2.0
/* A writer that calls what reads. */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

static int foo_get(struct foo *f)
{
	int n;

	down_read(&f->sem);		/* want "recursion: foo.sem taken again" */
	n = f->n;
	up_read(&f->sem);
	return n;
}

void foo_double(struct foo *f)
{
	down_write(&f->sem);
	f->n = 2 * foo_get(f);
	up_write(&f->sem);
}
