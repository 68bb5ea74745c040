// SPDX-License-Identifier: GPL-2.0
/*
 * Under a lock of an interrupt handler, one is waited for whose holder the handler
 * may stop.
 */

typedef struct { int x; } spinlock_t;
typedef struct { int x; } rwlock_t;
struct mutex { int x; };
struct irq_work { void (*func)(struct irq_work *work); };

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_lock_irq(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
int spin_trylock(spinlock_t *lock);
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

static spinlock_t safe, unsafe, always_off, tried;
static rwlock_t shared;
static struct mutex mutex;

static void foo_work(struct irq_work *work)
{
	spin_lock(&safe);
	spin_unlock(&safe);
}

static struct irq_work foo = { .func = foo_work };

void foo_under(void)
{
	spin_lock_irq(&safe);
	spin_lock(&unsafe);	/* want "irq: unsafe, which is taken with interrupts on, taken under safe of the interrupt handler foo_work" */
	spin_unlock(&unsafe);
	spin_lock(&always_off);
	spin_unlock(&always_off);
	if (spin_trylock(&tried))
		spin_unlock(&tried);
	read_lock(&shared);
	read_unlock(&shared);
	spin_unlock_irq(&safe);
}

void foo_on(void)
{
	mutex_lock(&mutex);
	spin_lock(&unsafe);
	spin_unlock(&unsafe);
	spin_lock_irq(&always_off);
	spin_unlock_irq(&always_off);
	spin_lock(&tried);
	spin_unlock(&tried);
	read_lock(&shared);
	read_unlock(&shared);
	mutex_unlock(&mutex);
}

struct irq_work *foo_get(void)
{
	return &foo;
}
