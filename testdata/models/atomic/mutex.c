// SPDX-License-Identifier: GPL-2.0
/* A mutex under a spinlock; a trylock of it, and the reverse, are no fault. */

typedef struct { int x; } spinlock_t;
struct mutex { int x; };

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	spinlock_t lock;
	struct mutex mutex;
};

static void foo_update(struct foo *f)
{
	mutex_lock(&f->mutex);	/* want "atomic: foo.mutex taken under the spinning foo.lock" */
	mutex_unlock(&f->mutex);
}

void foo_bad(struct foo *f)
{
	spin_lock(&f->lock);
	foo_update(f);
	spin_unlock(&f->lock);
}

void foo_try(struct foo *f)
{
	spin_lock(&f->lock);
	if (mutex_trylock(&f->mutex))
		mutex_unlock(&f->mutex);
	spin_unlock(&f->lock);
}

void foo_good(struct foo *f)
{
	mutex_lock(&f->mutex);
	spin_lock(&f->lock);
	spin_unlock(&f->lock);
	mutex_unlock(&f->mutex);
}

void foo_dropped(struct foo *f)
{
	spin_lock(&f->lock);
	spin_unlock(&f->lock);
	foo_update(f);
}
