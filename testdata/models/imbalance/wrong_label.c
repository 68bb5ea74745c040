// SPDX-License-Identifier: GPL-2.0
/* An early failure leaves by the label that unlocks. */

struct mutex { int x; };
#define ENOMEM 12

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void *kmalloc(unsigned long size, unsigned int flags);

struct foo {
	struct mutex lock;
	void *buf;
};

int foo_fill(struct foo *f)
{
	int err;

	f->buf = kmalloc(64, 0);
	if (!f->buf) {
		err = -ENOMEM;
		goto out_unlock;
	}

	mutex_lock(&f->lock);
	err = 0;
out_unlock:
	mutex_unlock(&f->lock);		/* want "imbalance: foo.lock released but not held" */
	return err;
}
