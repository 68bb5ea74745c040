// SPDX-License-Identifier: GPL-2.0
/* Legal: the flags that were saved are those that are restored. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_lock_irq(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
unsigned long __spin_lock_irqsave(spinlock_t *lock);
#define spin_lock_irqsave(lock, flags)	do { flags = __spin_lock_irqsave(lock); } while (0)

struct foo {
	spinlock_t lock;
	spinlock_t inner;
	int n;
};

int foo_irq(struct foo *f)
{
	unsigned long flags;

	spin_lock_irqsave(&f->lock, flags);
	if (!f->n) {
		spin_unlock_irqrestore(&f->lock, flags);
		return 0;
	}
	spin_lock(&f->inner);
	f->n--;
	spin_unlock(&f->inner);
	spin_unlock_irqrestore(&f->lock, flags);
	return 1;
}

void foo_task(struct foo *f)
{
	spin_lock_irq(&f->lock);
	f->n++;
	spin_unlock_irq(&f->lock);
}
