// SPDX-License-Identifier: GPL-2.0
/* Legal: locks may be given back in any order. */

/* Lock ordering: foo.a -> foo.b */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex a;
	struct mutex b;
	int n;
};

void foo_pass(struct foo *f)
{
	mutex_lock(&f->a);
	mutex_lock(&f->b);
	mutex_unlock(&f->a);
	f->n++;
	mutex_unlock(&f->b);
}
