// SPDX-License-Identifier: GPL-2.0
/* Legal: two objects of one class, one after the other. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

static void foo_add(struct foo *f, int n)
{
	mutex_lock(&f->lock);
	f->n += n;
	mutex_unlock(&f->lock);
}

void foo_move(struct foo *from, struct foo *to)
{
	foo_add(from, -1);
	foo_add(to, 1);
}
