// SPDX-License-Identifier: GPL-2.0
/* The wait was interrupted, and nothing is held. */

struct mutex { int x; };

int mutex_lock_interruptible(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

int foo_wait(struct foo *f)
{
	int err;

	err = mutex_lock_interruptible(&f->lock);
	if (!err)
		f->n++;
	mutex_unlock(&f->lock);		/* want "imbalance: foo.lock released but not held" */
	return err;
}
