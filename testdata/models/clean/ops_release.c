// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the last reference goes by way of an operation, each of which releases the
 * lock as the other branch does.
 */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo;

struct foo_ops {
	void (*kill)(struct foo *f);
};

struct foo {
	struct rw_semaphore sem;
	const struct foo_ops *ops;
	int active;
	int frozen;
};

int foo_dec_and_test(struct foo *f);
void foo_release_data(struct foo *f);

static void foo_shutdown(struct foo *f)
{
	f->frozen = 0;
	up_write(&f->sem);
}

static void foo_kill_plain(struct foo *f)
{
	foo_shutdown(f);
}

static void foo_kill_data(struct foo *f)
{
	foo_shutdown(f);
	foo_release_data(f);
}

const struct foo_ops foo_plain_ops = {
	.kill = foo_kill_plain,
};

const struct foo_ops foo_data_ops = {
	.kill = foo_kill_data,
};

static void foo_put_locked(struct foo *f)
{
	if (foo_dec_and_test(f))
		f->ops->kill(f);
	else
		up_write(&f->sem);
}

static void foo_put(struct foo *f)
{
	down_write(&f->sem);
	foo_put_locked(f);
}

static int foo_thaw_locked(struct foo *f)
{
	if (!f->frozen) {
		up_write(&f->sem);
		return -22;
	}
	foo_put_locked(f);
	return 0;
}

void foo_thaw(struct foo *f)
{
	down_write(&f->sem);
	foo_thaw_locked(f);
	foo_put(f);
}
