// SPDX-License-Identifier: GPL-2.0
/* The try failed, and the work is done all the same. */

typedef struct { int x; } spinlock_t;

int spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void assert_spin_locked(spinlock_t *lock);
void cond_resched(void);

struct foo {
	spinlock_t lock;
	int n;
};

static void foo_update(struct foo *f)
{
	assert_spin_locked(&f->lock);
	f->n++;
}

void foo_poke(struct foo *f)
{
	int locked = spin_trylock(&f->lock);

	if (!locked)
		cond_resched();
	foo_update(f);			/* want "unheld: foo.lock not held" */
	if (locked)
		spin_unlock(&f->lock);
}
