// SPDX-License-Identifier: GPL-2.0
/* Arms of one condition belong together; what is locked in one is unlocked in another. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#define IS_ENABLED(option) (option)

struct foo {
	struct mutex mutex;
	struct mutex other;
};

#ifdef CONFIG_FOO
static void foo_lock(struct foo *f)
{
}

static void foo_unlock(struct foo *f)
{
}
#else
static void foo_lock(struct foo *f)
{
	mutex_lock(&f->mutex);
}

static void foo_unlock(struct foo *f)
{
	mutex_unlock(&f->mutex);
}
#endif

int foo_run(struct foo *f, int x)
{
	foo_lock(f);
	if (x < 0) {
		foo_unlock(f);
		return x;
	}
	foo_unlock(f);
	return 0;
}

int foo_inside(struct foo *f, int x)
{
#if IS_ENABLED(CONFIG_FOO) && defined(CONFIG_BAR)
	mutex_lock(&f->other);
#else
	mutex_lock(&f->mutex);
#endif
	x++;
#if IS_ENABLED(CONFIG_FOO) && defined(CONFIG_BAR)
	mutex_unlock(&f->other);
#else
	mutex_unlock(&f->mutex);
#endif
	return x;
}

#if 0
int foo_gone(struct foo *f, int x)
{
	mutex_lock(&f->mutex);
	if (x < 0)
		return x;
	mutex_unlock(&f->mutex);
	return 0;
}
#endif
