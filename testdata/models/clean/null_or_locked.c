// SPDX-License-Identifier: GPL-2.0
/* Legal: NULL says that nothing is locked. */

#define NULL ((void *)0)
struct mutex { int x; };
#define ENOENT 2

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int dead;
	int n;
};

struct foo *foo_find(int key);

static struct foo *foo_find_lock(int key)
{
	struct foo *f = foo_find(key);

	if (!f)
		return NULL;
	mutex_lock(&f->lock);
	if (f->dead) {
		mutex_unlock(&f->lock);
		return NULL;
	}
	return f;
}

int foo_inc(int key)
{
	struct foo *f = foo_find_lock(key);

	if (f) {
		f->n++;
		mutex_unlock(&f->lock);
	}
	return f ? 0 : -ENOENT;
}
