// SPDX-License-Identifier: GPL-2.0
/* A callee opens the gate before it waits for the second lock. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex gate;
	struct mutex a;
	struct mutex b;
};

/* called with the gate held */
static void foo_copy(struct foo *f)
{
	mutex_unlock(&f->gate);
	mutex_lock(&f->a);
	mutex_unlock(&f->a);
	mutex_lock(&f->gate);		/* want "cycle: foo.b and foo.gate are taken in both orders" */
}

void foo_first(struct foo *f)
{
	mutex_lock(&f->gate);
	mutex_lock(&f->a);
	mutex_lock(&f->b);		/* want "cycle: foo.a and foo.b are taken in both orders" */
	mutex_unlock(&f->b);
	mutex_unlock(&f->a);
	mutex_unlock(&f->gate);
}

void foo_second(struct foo *f)
{
	mutex_lock(&f->gate);
	mutex_lock(&f->b);
	foo_copy(f);
	mutex_unlock(&f->b);
	mutex_unlock(&f->gate);
}
