// SPDX-License-Identifier: GPL-2.0
/* Legal: the callee gives back what its parameter says the caller took. */

typedef _Bool bool;
#define true 1
#define false 0
struct rw_semaphore { int x; };
#define EINVAL 22

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int shared;
	int n;
};

static int foo_fill(struct foo *f, bool locked)
{
	int ret = -EINVAL;

	if (f->n < 0)
		goto out;
	f->n++;
	ret = 0;
out:
	if (locked)
		up_read(&f->sem);
	return ret;
}

int foo_fault(struct foo *f)
{
	bool locked = f->shared;

	if (locked)
		down_read(&f->sem);
	if (!f->n)
		return foo_fill(f, locked);
	if (locked)
		up_read(&f->sem);
	return 0;
}
