// SPDX-License-Identifier: GPL-2.0
/* A function that the configuration has without the lock that it takes elsewhere. */

typedef struct { int x; } spinlock_t;
struct mutex { int x; };

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/*
 * Lock ordering:
 *
 *  foo.mutex
 *    foo.lock
 */
struct foo {
	spinlock_t lock;
	struct mutex mutex;
};

void foo_good(struct foo *f)
{
	mutex_lock(&f->mutex);
	spin_lock(&f->lock);
	spin_unlock(&f->lock);
	mutex_unlock(&f->mutex);
}

#ifdef CONFIG_FOO
static void foo_update(struct foo *f)
{
}
#else
static void foo_update(struct foo *f)
{
	mutex_lock(&f->mutex);	/* want "order: foo.mutex taken under foo.lock" */
	mutex_unlock(&f->mutex);
}
#endif

void foo_bad(struct foo *f)
{
	spin_lock(&f->lock);
	foo_update(f);
	spin_unlock(&f->lock);
}
