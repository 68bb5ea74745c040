// SPDX-License-Identifier: GPL-2.0
/* Legal: the helper says whether it locked, and its answer is kept. */

typedef _Bool bool;
#define true 1
#define false 0
struct rw_semaphore { int x; };
#define ENOMEM 12

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int shared;
	int n;
};

static inline bool foo_lock_read(struct foo *f)
{
	if (!f->shared)
		return false;
	down_read(&f->sem);
	return true;
}

static inline void foo_unlock_read(struct foo *f)
{
	up_read(&f->sem);
}

int foo_fault(struct foo *f)
{
	bool locked = foo_lock_read(f);
	int ret = 0;

	if (f->n > 100) {
		ret = -ENOMEM;
		goto out;
	}
	f->n++;
out:
	if (locked)
		foo_unlock_read(f);
	return ret;
}
