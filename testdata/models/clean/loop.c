// SPDX-License-Identifier: GPL-2.0
/* Legal: locked and unlocked in each turn, on continue and break too. */

typedef struct { int x; } spinlock_t;
#define ENOENT 2

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int state;
};

int foo_scan(struct foo *f, int n)
{
	int i, found = -ENOENT;

	for (i = 0; i < n; i++) {
		spin_lock(&f[i].lock);
		if (!f[i].state) {
			spin_unlock(&f[i].lock);
			continue;
		}
		if (f[i].state == 2) {
			found = i;
			spin_unlock(&f[i].lock);
			break;
		}
		f[i].state--;
		spin_unlock(&f[i].lock);
	}
	return found;
}
