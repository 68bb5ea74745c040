// SPDX-License-Identifier: GPL-2.0
/* The failed try goes where the lock is given back. */

struct mutex { int x; };
#define EBUSY 16

int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

int foo_try(struct foo *f)
{
	int ret = -EBUSY;

	if (!mutex_trylock(&f->lock))
		goto out;
	f->n++;
	ret = 0;
out:
	mutex_unlock(&f->lock);		/* want "imbalance: foo.lock released but not held" */
	return ret;
}
