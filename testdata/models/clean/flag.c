// SPDX-License-Identifier: GPL-2.0
/* Legal: the flag that decided to lock decides to unlock. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#define FOO_LOCKED	0x4

struct foo {
	struct mutex lock;
	int n;
};

static void foo_update(struct foo *f, unsigned int flags)
{
	if (!(flags & FOO_LOCKED))
		mutex_lock(&f->lock);
	f->n++;
	if (!(flags & FOO_LOCKED))
		mutex_unlock(&f->lock);
}

void foo_first(struct foo *f)
{
	foo_update(f, 0);
}

void foo_second(struct foo *f)
{
	mutex_lock(&f->lock);
	foo_update(f, FOO_LOCKED);
	mutex_unlock(&f->lock);
}
