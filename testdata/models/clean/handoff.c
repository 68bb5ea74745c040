// SPDX-License-Identifier: GPL-2.0
/* Legal: the callee releases what its caller took, on every way out. */

typedef struct { int x; } spinlock_t;
#define EINVAL 22

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define __releases(x)

struct foo {
	spinlock_t lock;
	int n;
};

static int foo_finish(struct foo *f)
	__releases(&f->lock)
{
	if (f->n < 0) {
		spin_unlock(&f->lock);
		return -EINVAL;
	}
	f->n = 0;
	spin_unlock(&f->lock);
	return 0;
}

int foo_end(struct foo *f)
{
	spin_lock(&f->lock);
	return foo_finish(f);
}
