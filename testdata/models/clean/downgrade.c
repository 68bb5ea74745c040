// SPDX-License-Identifier: GPL-2.0
/* Legal: the writer becomes a reader, and leaves as one. */

struct rw_semaphore { int x; };

void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

int foo_set(struct foo *f, int n)
{
	int ret;

	down_write(&f->sem);
	f->n = n;
	downgrade_write(&f->sem);
	ret = f->n * 2;
	up_read(&f->sem);
	return ret;
}
