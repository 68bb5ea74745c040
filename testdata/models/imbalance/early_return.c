// SPDX-License-Identifier: GPL-2.0
/* One return forgets the lock. */

struct mutex { int x; };
#define EINVAL 22

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int users;
};

int foo_get(struct foo *f)
{
	mutex_lock(&f->lock);
	if (f->users < 0)
		return -EINVAL;		/* want "imbalance: foo.lock still held on return" */
	f->users++;
	mutex_unlock(&f->lock);
	return 0;
}
