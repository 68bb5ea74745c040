// SPDX-License-Identifier: GPL-2.0
/* Legal: an error pointer says that nothing is locked. */

typedef _Bool bool;
#define NULL ((void *)0)
struct mutex { int x; };
#define EINTR 4
#define ENOENT 2

int mutex_lock_interruptible(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
static inline bool IS_ERR(const void *ptr)
{
	return (unsigned long)ptr >= (unsigned long)-4095;
}
static inline void *ERR_PTR(long error)
{
	return (void *)error;
}
static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

struct foo {
	struct mutex lock;
	int n;
};

struct foo *foo_find(int key);

static struct foo *foo_get_locked(int key)
{
	struct foo *f = foo_find(key);

	if (!f)
		return ERR_PTR(-ENOENT);
	if (mutex_lock_interruptible(&f->lock))
		return ERR_PTR(-EINTR);
	return f;
}

int foo_inc(int key)
{
	struct foo *f = foo_get_locked(key);

	if (IS_ERR(f))
		return PTR_ERR(f);
	f->n++;
	mutex_unlock(&f->lock);
	return 0;
}
