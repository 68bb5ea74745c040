// SPDX-License-Identifier: GPL-2.0
/* Legal: a failure comes back without the lock, and the caller knows. */

struct mutex { int x; };
#define ERANGE 34

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

static int foo_check(struct foo *f)
{
	if (f->n > 100) {
		mutex_unlock(&f->lock);
		return -ERANGE;
	}
	return 0;
}

int foo_add(struct foo *f)
{
	int err;

	mutex_lock(&f->lock);
	err = foo_check(f);
	if (err)
		return err;
	f->n++;
	mutex_unlock(&f->lock);
	return 0;
}
