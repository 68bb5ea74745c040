// SPDX-License-Identifier: GPL-2.0
/* Legal: the annotations tell who takes, holds and gives back. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)

struct foo {
	spinlock_t lock;
	int n;
};

void foo_begin(struct foo *f)
	__acquires(&f->lock)
{
	spin_lock(&f->lock);
}

static void foo_inc(struct foo *f)
	__must_hold(&f->lock)
{
	f->n++;
}

void foo_end(struct foo *f)
	__releases(&f->lock)
{
	spin_unlock(&f->lock);
}

void foo_add(struct foo *f)
{
	foo_begin(f);
	foo_inc(f);
	foo_end(f);
}
