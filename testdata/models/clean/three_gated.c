// SPDX-License-Identifier: GPL-2.0
/* Legal: three paths that would close a loop, of which two have a gate in common. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex gate, a, b, c;
};

void foo_a_b(struct foo *f)
{
	mutex_lock(&f->gate);
	mutex_lock(&f->a);
	mutex_lock(&f->b);
	mutex_unlock(&f->b);
	mutex_unlock(&f->a);
	mutex_unlock(&f->gate);
}

void foo_b_c(struct foo *f)
{
	mutex_lock(&f->gate);
	mutex_lock(&f->b);
	mutex_lock(&f->c);
	mutex_unlock(&f->c);
	mutex_unlock(&f->b);
	mutex_unlock(&f->gate);
}

void foo_c_a(struct foo *f)
{
	mutex_lock(&f->c);
	mutex_lock(&f->a);
	mutex_unlock(&f->a);
	mutex_unlock(&f->c);
}
