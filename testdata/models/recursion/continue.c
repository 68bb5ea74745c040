// SPDX-License-Identifier: GPL-2.0
/* A continue leaves the lock of this turn held. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int state[16];
};

int foo_count(struct foo *f)
{
	int i, n = 0;

	for (i = 0; i < 16; i++) {
		spin_lock(&f->lock);	/* want "recursion: foo.lock taken again" */
		if (!f->state[i])
			continue;
		n++;
		spin_unlock(&f->lock);
	}
	return n;			/* want "imbalance: foo.lock still held on return" */
}
