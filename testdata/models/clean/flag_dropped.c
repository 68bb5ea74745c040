// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the callee says in *dropped that it has let the lock go, and the caller takes
 * it again, for its own caller.
 */

struct rw_semaphore { int x; };
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

int foo_check(struct foo *f);
int foo_restart(struct foo *f);
int foo_flush(struct foo *f);

static int foo_let_go(struct foo *f, int *dropped)
{
	int err;

	if (f->n) {
		err = foo_flush(f);
		if (err)
			return err;
	}
	up_write(&f->sem);
	*dropped = 1;
	return 0;
}

#define foo_ensure(f, fn) ({ \
	__label__ __end; \
	int err = foo_check(f); \
	if (err <= 0) \
		goto __end; \
	err = (fn); \
	if (err < 0) \
		goto __end; \
	err = foo_restart(f); \
__end: \
	err; \
})

int foo_step(struct foo *f)
{
	int ret;
	int dropped = 0;

	ret = foo_ensure(f, foo_let_go(f, &dropped));
	if (dropped)
		down_write(&f->sem);
	return ret;
}
