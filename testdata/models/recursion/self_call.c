// SPDX-License-Identifier: GPL-2.0
/* The function calls itself with its own lock held. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int depth;
};

void foo_walk(struct foo *f)
{
	mutex_lock(&f->lock);		/* want "recursion: foo.lock taken again" */
	if (f->depth-- > 0)
		foo_walk(f);
	mutex_unlock(&f->lock);
}
