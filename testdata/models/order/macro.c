// SPDX-License-Identifier: GPL-2.0
/* Function-like macros of the file take and release. */

/* Lock ordering: foo.state_lock -> foo.ring_lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t state_lock;
	spinlock_t ring_lock;
	unsigned int head, tail;
};

#define foo_ring_get(f)	do {			\
	spin_lock(&(f)->ring_lock);		\
	(f)->head++;				\
} while (0)

#define foo_ring_put(f)	spin_unlock(&(f)->ring_lock)

void foo_poll(struct foo *f)
{
	foo_ring_get(f);
	spin_lock(&f->state_lock);	/* want "order: foo.state_lock taken under foo.ring_lock" */
	spin_unlock(&f->state_lock);
	foo_ring_put(f);
}
