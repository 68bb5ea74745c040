// SPDX-License-Identifier: GPL-2.0
/* The trylock does not wait, but what follows it does. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex a;
	struct mutex b;
};

void foo_poll(struct foo *f)
{
	if (!mutex_trylock(&f->a))
		return;
	mutex_lock(&f->b);
	mutex_unlock(&f->b);
	mutex_unlock(&f->a);
}

void foo_reset(struct foo *f)
{
	mutex_lock(&f->b);
	mutex_lock(&f->a);		/* want "cycle: foo.[ab] and foo.[ab] are taken in both orders" */
	mutex_unlock(&f->a);
	mutex_unlock(&f->b);
}
