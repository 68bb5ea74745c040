// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the objects that hold the values of others have been given a subclass, and
 * nothing is taken under their lock.
 */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_set_subclass(struct mutex *lock, int sub);

struct foo {
	struct mutex lock;
	struct mutex data;
	int size;
};

struct foo *foo_alloc(struct foo *owner);
int foo_fill(struct foo *v);
void foo_free(struct foo *v);

static void foo_set_class(struct foo *v)
{
	lockdep_set_subclass(&v->lock, 1);
}

static struct foo *foo_create(struct foo *f)
{
	struct foo *v = foo_alloc(f);

	if ((unsigned long)v < (unsigned long)-4095) {
		foo_set_class(v);
		if (foo_fill(v)) {
			foo_free(v);
			return (void *)-5L;
		}
		mutex_lock(&v->lock);
		v->size = 0;
		mutex_unlock(&v->lock);
	}
	return v;
}

static void foo_write(struct foo *v, int size)
{
	mutex_lock(&v->lock);
	v->size = size;
	mutex_unlock(&v->lock);
}

int foo_set(struct foo *f, int size)
{
	struct foo *v;

	mutex_lock(&f->data);
	v = foo_create(f);
	if ((unsigned long)v >= (unsigned long)-4095) {
		mutex_unlock(&f->data);
		return -5;
	}
	foo_write(v, size);
	mutex_unlock(&f->data);
	return 0;
}

int foo_truncate(struct foo *f)
{
	mutex_lock(&f->lock);
	mutex_lock(&f->data);
	f->size = 0;
	mutex_unlock(&f->data);
	mutex_unlock(&f->lock);
	return 0;
}
