// SPDX-License-Identifier: GPL-2.0
/* Taken for write, given back as a reader. */

struct rw_semaphore { int x; };

void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

void foo_inc(struct foo *f)
{
	down_write(&f->sem);
	f->n++;
	up_read(&f->sem);		/* want "imbalance: foo.sem released" */
}
