// SPDX-License-Identifier: GPL-2.0
/* Legal: a bool remembers whether the lock is a reader's by now. */

typedef _Bool bool;
#define true 1
#define false 0
struct rw_semaphore { int x; };

void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);
void cond_resched(void);

struct foo {
	struct rw_semaphore sem;
	int n;
};

int foo_unmap(struct foo *f, bool downgrade)
{
	down_write(&f->sem);
	f->n = 0;
	if (downgrade)
		downgrade_write(&f->sem);

	cond_resched();

	if (downgrade)
		up_read(&f->sem);
	else
		up_write(&f->sem);
	return 0;
}
