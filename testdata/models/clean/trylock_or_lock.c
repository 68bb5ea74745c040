// SPDX-License-Identifier: GPL-2.0
/* Legal: try first, then wait; either way it is held once. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int contended;
	int n;
};

void foo_add(struct foo *f)
{
	if (!mutex_trylock(&f->lock)) {
		f->contended++;
		mutex_lock(&f->lock);
	}
	f->n++;
	mutex_unlock(&f->lock);
}
