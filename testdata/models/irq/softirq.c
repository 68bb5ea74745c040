// SPDX-License-Identifier: GPL-2.0
/* Locks of timers and RCU callbacks, taken with bottom halves on and off. */

typedef struct { int x; } spinlock_t;
typedef struct { int x; } rwlock_t;
struct mutex { int x; };
struct timer_list { void (*function)(struct timer_list *t); };
struct rcu_head { void (*func)(struct rcu_head *head); };

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_lock_bh(spinlock_t *lock);
void spin_unlock_bh(spinlock_t *lock);
void spin_lock_irq(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);
void local_bh_disable(void);
void local_bh_enable(void);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

struct foo {
	spinlock_t bad, bh, irq, disabled, freed;
	rwlock_t read, written;
	struct mutex mutex;
	struct timer_list timer;
	struct rcu_head rcu;
};

#define container_of(p, type, member) ((type *)((char *)(p) - __builtin_offsetof(type, member)))

static void foo_timer(struct timer_list *t)
{
	struct foo *f = container_of(t, struct foo, timer);

	spin_lock(&f->bad);
	spin_unlock(&f->bad);
	spin_lock(&f->bh);
	spin_unlock(&f->bh);
	spin_lock(&f->irq);
	spin_unlock(&f->irq);
	spin_lock(&f->disabled);
	spin_unlock(&f->disabled);
	read_lock(&f->read);
	read_unlock(&f->read);
	read_lock(&f->written);
	read_unlock(&f->written);
}

static void foo_free(struct rcu_head *head)
{
	struct foo *f = container_of(head, struct foo, rcu);

	spin_lock(&f->freed);
	spin_unlock(&f->freed);
}

void foo_init(struct foo *f)
{
	f->timer.function = foo_timer;
}

void foo_run(struct foo *f)
{
	mutex_lock(&f->mutex);
	spin_lock(&f->bad);	/* want "irq: foo.bad taken with bottom halves on, and by the softirq foo_timer" */
	spin_unlock(&f->bad);
	spin_lock_bh(&f->bh);
	spin_unlock_bh(&f->bh);
	spin_lock_irq(&f->irq);
	spin_unlock_irq(&f->irq);
	local_bh_disable();
	spin_lock(&f->disabled);
	spin_unlock(&f->disabled);
	local_bh_enable();
	read_lock(&f->read);
	read_unlock(&f->read);
	write_lock(&f->written);	/* want "irq: foo.written taken with bottom halves on" */
	write_unlock(&f->written);
	spin_lock(&f->freed);	/* want "irq: foo.freed taken with bottom halves on, and by the softirq foo_free" */
	spin_unlock(&f->freed);
	mutex_unlock(&f->mutex);
	call_rcu(&f->rcu, foo_free);
}
