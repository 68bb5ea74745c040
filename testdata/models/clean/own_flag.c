// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the lock is taken where the flag says that it is not held, and who
 * passes no flag holds it.
 */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int n;
};

static int __foo_get(struct foo *f, int *locked)
{
	int n;

	if (!*locked) {
		mutex_lock(&f->lock);
		n = f->n;
		mutex_unlock(&f->lock);
		return n;
	}
	return f->n;
}

static int foo_get(struct foo *f, int *locked)
{
	int own = 1;

	return __foo_get(f, locked ? locked : &own);
}

int foo_sum(struct foo *f, struct foo *g)
{
	int locked = 0;
	int n;

	mutex_lock(&f->lock);
	n = foo_get(f, 0);
	mutex_unlock(&f->lock);
	return n + foo_get(g, &locked);
}
