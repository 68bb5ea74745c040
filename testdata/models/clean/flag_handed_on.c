// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: a flag of the caller's says whether the lock is held. It is handed on to
 * where the lock may be let go, and who takes the lock again sets it.
 */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
int down_read_killable(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

int foo_done(struct foo *f, int n);
int foo_busy(struct foo *f, int n);

static int foo_fault(struct foo *f, int n, int *locked)
{
	if (foo_busy(f, n)) {
		up_read(&f->sem);
		*locked = 0;
		return -16;
	}
	return 0;
}

static int foo_walk(struct foo *f, int n, int *locked)
{
	int ret;

	while (!foo_done(f, n)) {
		ret = foo_fault(f, n, locked);
		if (ret == -16)
			return 0;
		n++;
	}
	return n;
}

static int foo_get(struct foo *f, int n, int *locked)
{
	int must_unlock = 0;
	int ret;

	if (!*locked) {
		down_read(&f->sem);
		must_unlock = 1;
		*locked = 1;
	}
	for (;;) {
		ret = foo_walk(f, n, locked);
		if (*locked)
			break;
		must_unlock = 1;
		if (down_read_killable(&f->sem))
			break;
		*locked = 1;
	}
	if (must_unlock && *locked) {
		up_read(&f->sem);
		*locked = 0;
	}
	return ret;
}

static int foo_populate(struct foo *f, int n)
{
	int locked = 1;

	while (n-- > 0) {
		foo_get(f, n, &locked);
		if (!locked) {
			down_read(&f->sem);
			locked = 1;
		}
	}
	return n;
}

int foo_advise(struct foo *f, int n)
{
	int ret;

	down_read(&f->sem);
	ret = foo_populate(f, n);
	up_read(&f->sem);
	return ret;
}

int foo_pin(struct foo *f, int n)
{
	int locked = 0;

	return foo_get(f, n, &locked);
}
