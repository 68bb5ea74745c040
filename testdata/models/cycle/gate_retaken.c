// SPDX-License-Identifier: GPL-2.0
/*
 * A callee drops the gate and takes it again before it goes on, which is a fault of
 * its own; then both sides wait for the other lock with the gate held.
 */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex gate;
	struct mutex a;
	struct mutex b;
};

static void foo_take(struct foo *f)
{
	mutex_lock(&f->a);
	mutex_unlock(&f->a);
}

/* called with the gate held, which it lets others through in between */
static void foo_copy(struct foo *f)
{
	mutex_unlock(&f->gate);
	mutex_lock(&f->gate);		/* want "cycle: foo.b and foo.gate are taken in both orders" */
	foo_take(f);
}

void foo_first(struct foo *f)
{
	mutex_lock(&f->gate);
	mutex_lock(&f->a);
	mutex_lock(&f->b);
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
