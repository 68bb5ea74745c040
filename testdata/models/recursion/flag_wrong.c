// SPDX-License-Identifier: GPL-2.0
/* A callee says that it has let the lock go, where it has not. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

int foo_busy(struct foo *f, int n);
int foo_stuck(struct foo *f, int n);

static int foo_fault(struct foo *f, int n, int *locked)
{
	if (foo_busy(f, n)) {
		up_write(&f->sem);
		*locked = 0;
		return 0;
	}
	if (foo_stuck(f, n)) {
		*locked = 0;
		return 0;
	}
	return n;
}

int foo_populate(struct foo *f, int n)
{
	int locked = 1;
	int ret;

	down_write(&f->sem);
	ret = foo_fault(f, n, &locked);
	if (!locked)
		down_write(&f->sem);		/* want "recursion: foo.sem taken again" */
	up_write(&f->sem);
	return ret;
}
