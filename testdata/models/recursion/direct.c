// SPDX-License-Identifier: GPL-2.0
/* The same lock twice. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
};

void foo_reset(struct foo *f)
{
	mutex_lock(&f->lock);
	mutex_lock(&f->lock);		/* want "recursion: foo.lock taken again" */
	mutex_unlock(&f->lock);
}
