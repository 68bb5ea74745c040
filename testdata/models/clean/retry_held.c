// SPDX-License-Identifier: GPL-2.0
/* Legal: the jump goes behind the lock, which is held at both ends of it. */

struct mutex { int x; };
#define EAGAIN 11

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

int foo_prepare(struct foo *f);

int foo_run(struct foo *f)
{
	int err;

	mutex_lock(&f->lock);
retry:
	err = foo_prepare(f);
	if (err == -EAGAIN)
		goto retry;
	if (!err)
		f->n++;
	mutex_unlock(&f->lock);
	return err;
}
