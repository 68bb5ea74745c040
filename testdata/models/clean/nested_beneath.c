// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the order is that of the locks of one object. What is locked below is an
 * object of its own, whose lock is nested.
 */

/* Lock ordering: foo.lock -> foo.data */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_lock_nested(struct mutex *lock, int subclass);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	struct mutex data;
	int size;
};

struct foo *foo_value(struct foo *f);

void foo_truncate(struct foo *f)
{
	struct foo *v;

	mutex_lock(&f->lock);
	mutex_lock(&f->data);
	v = foo_value(f);
	mutex_lock_nested(&v->lock, 3);
	v->size = 0;
	mutex_unlock(&v->lock);
	mutex_unlock(&f->data);
	mutex_unlock(&f->lock);
}
