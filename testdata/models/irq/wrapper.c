// SPDX-License-Identifier: GPL-2.0
/* Functions that turn interrupts off or on for their callers, and locks that are given. */

typedef struct { int x; } spinlock_t;
struct mutex { int x; };
typedef int (*irq_handler_t)(int irq, void *dev);

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
unsigned long _raw_spin_lock_irqsave(spinlock_t *lock);
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
void spin_lock_irq(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev);

struct foo {
	spinlock_t lock, inner, given, after, half;
	struct mutex mutex;
	int count;
};

static unsigned long foo_lock(struct foo *f)
{
	return _raw_spin_lock_irqsave(&f->lock);
}

static void foo_unlock(struct foo *f, unsigned long flags)
{
	spin_unlock_irqrestore(&f->lock, flags);
}

static void take(spinlock_t *lock)
{
	spin_lock(lock);	/* want "irq: foo.given taken with interrupts on" */
	spin_unlock(lock);
}

static void foo_pause(struct foo *f)
{
	spin_unlock_irq(&f->lock);
	spin_lock(&f->after);	/* want "irq: foo.after taken with interrupts on" */
	spin_unlock(&f->after);
	spin_lock_irq(&f->lock);
}

static int foo_irq(int irq, void *dev)
{
	struct foo *f = dev;

	spin_lock(&f->lock);
	spin_lock(&f->inner);
	spin_unlock(&f->inner);
	spin_unlock(&f->lock);
	take(&f->given);
	spin_lock(&f->after);
	spin_unlock(&f->after);
	spin_lock(&f->half);
	spin_unlock(&f->half);
	return request_irq(1, foo_irq, 0, "foo", f);
}

void foo_run(struct foo *f)
{
	unsigned long flags;

	mutex_lock(&f->mutex);
	flags = foo_lock(f);
	spin_lock(&f->inner);
	spin_unlock(&f->inner);
	foo_unlock(f, flags);
	take(&f->given);
	mutex_unlock(&f->mutex);
}

void foo_wait(struct foo *f)
{
	mutex_lock(&f->mutex);
	spin_lock_irq(&f->lock);
	foo_pause(f);
	spin_lock(&f->inner);
	spin_unlock(&f->inner);
	spin_unlock_irq(&f->lock);
	mutex_unlock(&f->mutex);
}

/* Off on one way only: it is not clear. */
void foo_half(struct foo *f)
{
	mutex_lock(&f->mutex);
	if (f->count)
		spin_lock_irq(&f->lock);
	spin_lock(&f->half);
	spin_unlock(&f->half);
	if (f->count)
		spin_unlock_irq(&f->lock);
	mutex_unlock(&f->mutex);
}
