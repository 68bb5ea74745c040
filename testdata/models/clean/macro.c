// SPDX-License-Identifier: GPL-2.0
/* Legal: macros that lock and unlock, one of them with a block of its own. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int head, tail;
};

#define foo_lock(f)	spin_lock(&(f)->lock)
#define foo_unlock(f)	do { spin_unlock(&(f)->lock); } while (0)

#define foo_advance(f, field, by)	do {	\
	foo_lock(f);				\
	(f)->field += (by);			\
	foo_unlock(f);				\
} while (0)

int foo_get(struct foo *f)
{
	int n;

	foo_lock(f);
	n = f->head - f->tail;
	foo_unlock(f);
	if (n)
		foo_advance(f, tail, 1);
	else
		foo_advance(f, head, 1);
	return n;
}
