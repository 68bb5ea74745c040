// SPDX-License-Identifier: GPL-2.0
/* A lock of an interrupt handler, taken elsewhere with interrupts on and with them off. */

typedef struct { int x; } spinlock_t;
struct mutex { int x; };
typedef int (*irq_handler_t)(int irq, void *dev);

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_lock_irq(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
unsigned long _raw_spin_lock_irqsave(spinlock_t *lock);
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
void local_irq_disable(void);
void local_irq_enable(void);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name, void *dev);
int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread, unsigned long flags, const char *name, void *dev);

#define spin_lock_irqsave(lock, flags) do { flags = _raw_spin_lock_irqsave(lock); } while (0)

struct foo {
	spinlock_t bad, good, off, saved, later, tried, thread, nobody;
	struct mutex mutex;
};

int spin_trylock(spinlock_t *lock);

static int foo_irq(int irq, void *dev)
{
	struct foo *f = dev;

	spin_lock(&f->bad);
	spin_unlock(&f->bad);
	spin_lock(&f->good);
	spin_unlock(&f->good);
	spin_lock(&f->off);
	spin_unlock(&f->off);
	spin_lock(&f->saved);
	spin_unlock(&f->saved);
	spin_lock(&f->later);
	spin_unlock(&f->later);
	if (spin_trylock(&f->tried))
		spin_unlock(&f->tried);
	return 0;
}

static int foo_thread(int irq, void *dev)
{
	struct foo *f = dev;

	spin_lock(&f->thread);
	spin_unlock(&f->thread);
	return 0;
}

static void foo_update(struct foo *f)
{
	spin_lock(&f->bad);	/* want "irq: foo.bad taken with interrupts on, and by the interrupt handler foo_irq" */
	spin_unlock(&f->bad);
	spin_lock(&f->tried);
	spin_unlock(&f->tried);
	spin_lock(&f->thread);
	spin_unlock(&f->thread);
}

int foo_probe(struct foo *f)
{
	mutex_lock(&f->mutex);
	foo_update(f);
	mutex_unlock(&f->mutex);
	return request_irq(1, foo_irq, 0, "foo", f) + request_threaded_irq(2, foo_irq, foo_thread, 0, "foo", f);
}

void foo_good(struct foo *f)
{
	unsigned long flags;

	mutex_lock(&f->mutex);
	spin_lock_irq(&f->good);
	spin_unlock_irq(&f->good);
	local_irq_disable();
	spin_lock(&f->off);
	spin_unlock(&f->off);
	local_irq_enable();
	spin_lock_irqsave(&f->saved, flags);
	spin_unlock_irqrestore(&f->saved, flags);
	mutex_unlock(&f->mutex);
}

/* Nothing tells how this is entered. */
void foo_unknown(struct foo *f)
{
	spin_lock(&f->good);
	spin_unlock(&f->good);
}

void foo_later(struct foo *f)
{
	spin_lock_irq(&f->good);
	spin_unlock_irq(&f->good);
	spin_lock(&f->later);	/* want "irq: foo.later taken with interrupts on" */
	spin_unlock(&f->later);
}
