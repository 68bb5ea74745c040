// SPDX-License-Identifier: GPL-2.0
/* Legal: the return in the loop unlocks first. */

typedef struct { int x; } spinlock_t;
#define ENOENT 2

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int id[8];
};

int foo_find(struct foo *f, int id)
{
	int i;

	spin_lock(&f->lock);
	for (i = 0; i < 8; i++) {
		if (f->id[i] == id) {
			spin_unlock(&f->lock);
			return i;
		}
	}
	spin_unlock(&f->lock);
	return -ENOENT;
}
