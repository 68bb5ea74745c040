// SPDX-License-Identifier: GPL-2.0
/* The lock of another object is no substitute. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_assert_held(void *lock);

struct foo {
	struct mutex lock;
	int n;
};

static void foo_update(struct foo *f)
{
	lockdep_assert_held(&f->lock);
	f->n++;
}

void foo_move(struct foo *from, struct foo *to)
{
	mutex_lock(&from->lock);
	from->n--;
	foo_update(to);			/* want "unheld: foo.lock not held" */
	mutex_unlock(&from->lock);
}
