// SPDX-License-Identifier: GPL-2.0
/* Legal: RCU readers wait for nobody, in any order and any depth. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void rcu_read_lock(void);
void rcu_read_unlock(void);
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))

struct foo {
	spinlock_t lock;
	struct foo *next;
	int n;
};

static struct foo *foo_head;

int foo_sum(void)
{
	struct foo *f;
	int n = 0;

	rcu_read_lock();
	for (f = READ_ONCE(foo_head); f; f = READ_ONCE(f->next)) {
		spin_lock(&f->lock);
		n += f->n;
		spin_unlock(&f->lock);
	}
	rcu_read_unlock();
	return n;
}

void foo_add(struct foo *f)
{
	spin_lock(&f->lock);
	rcu_read_lock();
	f->n = foo_head ? foo_head->n : 0;
	rcu_read_unlock();
	spin_unlock(&f->lock);
}
