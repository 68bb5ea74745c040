// SPDX-License-Identifier: GPL-2.0
/* Two of three paths pass the gate; the third does not. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex gate;
	struct mutex a;
	struct mutex b;
};

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
	mutex_lock(&f->a);		/* want "cycle: foo.[ab] and foo.[ab] are taken in both orders" */
	mutex_unlock(&f->a);
	mutex_unlock(&f->b);
	mutex_unlock(&f->gate);
}

void foo_third(struct foo *f)
{
	mutex_lock(&f->a);
	mutex_lock(&f->b);
	mutex_unlock(&f->b);
	mutex_unlock(&f->a);
}
