// SPDX-License-Identifier: GPL-2.0
/* Legal: the two locks are never held together. */

/* Lock ordering: foo.a -> foo.b */

typedef _Bool bool;
#define true 1
#define false 0
struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex a;
	struct mutex b;
	int n;
};

void foo_move(struct foo *f, bool back)
{
	if (back)
		mutex_lock(&f->b);
	else
		mutex_lock(&f->a);
	f->n++;
	if (back)
		mutex_unlock(&f->b);
	else
		mutex_unlock(&f->a);

	mutex_lock(&f->a);
	f->n++;
	mutex_unlock(&f->a);
}
