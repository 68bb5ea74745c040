// SPDX-License-Identifier: GPL-2.0
/* Legal: the retry drops the lock, and takes it afresh. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int busy;
};

void foo_wait(struct foo *f);

void foo_claim(struct foo *f)
{
retry:
	mutex_lock(&f->lock);
	if (f->busy) {
		mutex_unlock(&f->lock);
		foo_wait(f);
		goto retry;
	}
	f->busy = 1;
	mutex_unlock(&f->lock);
}
