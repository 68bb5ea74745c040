// SPDX-License-Identifier: GPL-2.0
/* The variants that turn interrupts off take the same lock. */

/* Lock ordering: foo.a -> foo.b */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
unsigned long __spin_lock_irqsave(spinlock_t *lock);
#define spin_lock_irqsave(lock, flags)	do { flags = __spin_lock_irqsave(lock); } while (0)

struct foo {
	spinlock_t a;
	spinlock_t b;
};

void foo_irq(struct foo *f)
{
	unsigned long flags;

	spin_lock_irqsave(&f->b, flags);
	spin_lock(&f->a);		/* want "order: foo.a taken under foo.b" */
	spin_unlock(&f->a);
	spin_unlock_irqrestore(&f->b, flags);
}
