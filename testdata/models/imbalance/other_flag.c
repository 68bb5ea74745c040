// SPDX-License-Identifier: GPL-2.0
/* Taken on one condition, released on another. */

typedef _Bool bool;
#define true 1
#define false 0
struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

void foo_apply(struct foo *f, bool sync, bool force)
{
	if (sync)
		mutex_lock(&f->lock);
	f->n++;
	if (force)
		mutex_unlock(&f->lock);	/* want "imbalance: foo.lock released but not held" */
}					/* want "imbalance: foo.lock still held on return" */
