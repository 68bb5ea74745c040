// SPDX-License-Identifier: GPL-2.0
/* The return lies in the loop, the unlock behind it. */

typedef struct { int x; } spinlock_t;
#define EEXIST 17

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int id[8];
};

int foo_check(struct foo *f, int id)
{
	int i;

	spin_lock(&f->lock);
	for (i = 0; i < 8; i++) {
		if (f->id[i] == id)
			return -EEXIST;	/* want "imbalance: foo.lock still held on return" */
	}
	spin_unlock(&f->lock);
	return 0;
}
