// SPDX-License-Identifier: GPL-2.0
/* Legal: the callee drops the lock for a while; nothing is held beside it. */

#define NULL ((void *)0)
typedef struct { int x; } spinlock_t;
#define ENOMEM 12

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void *kmalloc(unsigned long size, unsigned int flags);
void kfree(const void *p);

struct foo {
	spinlock_t lock;
	void *spare;
};

static int foo_refill(struct foo *f)
{
	void *p;

	spin_unlock(&f->lock);
	p = kmalloc(64, 0);
	spin_lock(&f->lock);
	if (!p)
		return -ENOMEM;
	if (f->spare)
		kfree(p);
	else
		f->spare = p;
	return 0;
}

int foo_take(struct foo *f, void **p)
{
	int err = 0;

	spin_lock(&f->lock);
	if (!f->spare)
		err = foo_refill(f);
	if (!err) {
		*p = f->spare;
		f->spare = NULL;
	}
	spin_unlock(&f->lock);
	return err;
}
