// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: a found object comes unlocked, a new one comes locked, and the flag
 * tells which it is.
 */

typedef _Bool bool;

struct mutex { int x; };

void mutex_init(struct mutex *lock);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_assert_held(void *lock);

struct foo {
	struct mutex lock;
	int key;
};

struct foo *foo_find(int key);
struct foo *foo_alloc(void);

static void foo_set(struct foo *f, int key)
{
	lockdep_assert_held(&f->lock);
	f->key = key;
}

static struct foo *foo_get(int key, bool *made)
{
	struct foo *f = foo_find(key);

	*made = 0;
	if (!f) {
		f = foo_alloc();
		if (!f)
			return 0;
		mutex_lock(&f->lock);
		*made = 1;
	}
	return f;
}

int foo_add(int key)
{
	bool made;
	struct foo *f = foo_get(key, &made);

	if (!f)
		return -12;
	if (!made)
		return -17;
	foo_set(f, key);
	mutex_unlock(&f->lock);
	return 0;
}

void foo_move(struct foo *f, int key)
{
	mutex_lock(&f->lock);
	foo_set(f, key);
	mutex_unlock(&f->lock);
}
