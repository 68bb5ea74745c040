// SPDX-License-Identifier: GPL-2.0
/* Legal: the path with the lock held ends in a panic. */

typedef _Bool bool;
#define true 1
#define false 0
typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void __attribute__((noreturn)) panic(const char *fmt, ...);
#define BUG_ON(x)	do { if (x) panic("BUG"); } while (0)

struct foo {
	spinlock_t lock;
	int n;
};

void foo_put(struct foo *f, bool last)
{
	if (!last)
		spin_lock(&f->lock);
	if (f->n == 0) {
		BUG_ON(last);
		spin_unlock(&f->lock);
		return;
	}
	f->n--;
	if (!last)
		spin_unlock(&f->lock);
}
