// SPDX-License-Identifier: GPL-2.0
/* The lookup failed with an error pointer: there is nothing to unlock. */

typedef _Bool bool;
#define NULL ((void *)0)
struct mutex { int x; };
#define ENOENT 2

void mutex_lock(struct mutex *lock);
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

struct foo *foo_lookup(int key);

static struct foo *foo_lookup_lock(int key)
{
	struct foo *f = foo_lookup(key);

	if (!f)
		return ERR_PTR(-ENOENT);
	mutex_lock(&f->lock);
	return f;
}

int foo_bump(int key)
{
	struct foo *f = foo_lookup_lock(key);
	int err = 0;

	if (IS_ERR(f)) {
		err = PTR_ERR(f);
		goto out;
	}
	f->n++;
out:
	mutex_unlock(&f->lock);		/* want "imbalance: foo.lock released but not held" */
	return err;
}
