// SPDX-License-Identifier: GPL-2.0
/* A flag decides whether the first lock is taken at all. */

typedef _Bool bool;
#define true 1
#define false 0
struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex a;
	struct mutex b;
};

void foo_sync(struct foo *f, bool wait)
{
	if (wait)
		mutex_lock(&f->a);
	mutex_lock(&f->b);
	mutex_unlock(&f->b);
	if (wait)
		mutex_unlock(&f->a);
}

void foo_stop(struct foo *f)
{
	mutex_lock(&f->b);
	mutex_lock(&f->a);		/* want "cycle: foo.[ab] and foo.[ab] are taken in both orders" */
	mutex_unlock(&f->a);
	mutex_unlock(&f->b);
}
