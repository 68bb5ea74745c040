// SPDX-License-Identifier: GPL-2.0
/* Legal: the lock comes as a parameter, is dropped for a while, and held at the end. */

typedef struct { int x; } spinlock_t;
#define ENOMEM 12

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void *kmalloc(unsigned long size, unsigned int flags);
void kfree(const void *p);

struct foo {
	spinlock_t lock;
	int n;
};

static int foo_copy(struct foo *f, spinlock_t *ptl)
{
	void *p;
	int ret = 0;

	spin_unlock(ptl);
	p = kmalloc(64, 0);
	if (!p) {
		ret = -ENOMEM;
		goto out;
	}
	spin_lock(ptl);
	f->n++;
	spin_unlock(ptl);
	kfree(p);
out:
	spin_lock(ptl);
	return ret;
}

int foo_fault(struct foo *f)
{
	spinlock_t *ptl = &f->lock;
	int ret;

	spin_lock(ptl);
	ret = foo_copy(f, ptl);
	spin_unlock(ptl);
	return ret;
}
