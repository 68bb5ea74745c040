// SPDX-License-Identifier: GPL-2.0
/* One of the operations that should release the lock does not. */

/* Lock ordering: foo.mutex -> foo.sem */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo;

struct foo_ops {
	void (*kill)(struct foo *f);
};

struct foo {
	struct rw_semaphore mutex;
	struct rw_semaphore sem;
	const struct foo_ops *ops;
	int frozen;
};

static void foo_kill_plain(struct foo *f)
{
	f->frozen = 0;
	up_write(&f->sem);
}

static void foo_kill_data(struct foo *f)
{
	f->frozen = 0;
}

const struct foo_ops foo_plain_ops = {
	.kill = foo_kill_plain,
};

const struct foo_ops foo_data_ops = {
	.kill = foo_kill_data,
};

void foo_put(struct foo *f)
{
	down_write(&f->sem);
	f->ops->kill(f);
	down_write(&f->mutex);		/* want "order: foo.mutex taken under foo.sem" */
	up_write(&f->mutex);
}
