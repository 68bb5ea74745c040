// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the callee may have let the lock go that its caller has taken, and reaches it by
 * another way.
 */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

struct area {
	struct foo *owner;
	int busy;
};

struct area *foo_area(struct foo *f, int n);

static int area_wait(struct area *a)
{
	if (!a->busy)
		return 0;
	up_write(&a->owner->sem);
	return 1;
}

static int foo_fault(struct foo *f, int n, int *locked)
{
	struct area *a = foo_area(f, n);

	if (!a)
		return -14;
	if (area_wait(a)) {
		*locked = 0;
		return -11;
	}
	return 0;
}

int foo_pin(struct foo *f, int n)
{
	int locked = 1;
	int ret;

	down_write(&f->sem);
	ret = foo_fault(f, n, &locked);
	if (!locked)
		down_write(&f->sem);
	up_write(&f->sem);
	return ret;
}
