// SPDX-License-Identifier: GPL-2.0
/* down_trylock is the one that says zero for success. */

struct semaphore { int x; };
#define EBUSY 16

int down_trylock(struct semaphore *sem);
void up(struct semaphore *sem);

struct foo {
	struct semaphore sem;
	int n;
};

int foo_try(struct foo *f)
{
	if (!down_trylock(&f->sem))
		return -EBUSY;		/* want "imbalance: foo.sem still held on return" */
	f->n++;
	up(&f->sem);			/* want "imbalance: foo.sem released but not held" */
	return 0;
}
