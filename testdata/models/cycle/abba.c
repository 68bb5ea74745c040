// SPDX-License-Identifier: GPL-2.0
/* Nothing is declared; two functions disagree. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex a;
	struct mutex b;
};

void foo_read(struct foo *f)
{
	mutex_lock(&f->a);
	mutex_lock(&f->b);
	mutex_unlock(&f->b);
	mutex_unlock(&f->a);
}

void foo_write(struct foo *f)
{
	mutex_lock(&f->b);
	mutex_lock(&f->a);		/* want "cycle: foo.[ab] and foo.[ab] are taken in both orders" */
	mutex_unlock(&f->a);
	mutex_unlock(&f->b);
}
