// SPDX-License-Identifier: GPL-2.0
/* Arms in a chain of conditions, below others, and that need a number or two options. */

struct mutex { int x; };
#define EINVAL 22

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex mutex;
	int users;
};

int foo_chain(struct foo *f)
{
	mutex_lock(&f->mutex);
#if defined(CONFIG_FOO)
	mutex_unlock(&f->mutex);
#elif defined(CONFIG_BAR)
	if (f->users < 0)
		return -EINVAL;	/* want "imbalance: foo.mutex still held on return" */
	mutex_unlock(&f->mutex);
#endif
	return 0;
}

int foo_both(struct foo *f)
{
	mutex_lock(&f->mutex);
#ifdef CONFIG_FOO
	mutex_unlock(&f->mutex);
#elif defined CONFIG_BAR
	mutex_unlock(&f->mutex);
#else
	if (f->users < 0)
		return -EINVAL;	/* want "imbalance: foo.mutex still held on return" */
	mutex_unlock(&f->mutex);
#endif
	return 0;
}

#ifndef CONFIG_FOO
#define FOO_SIZE 3

#if FOO_SIZE > 2
int foo_below(struct foo *f)
{
	mutex_lock(&f->mutex);
	if (f->users < 0)
		return -EINVAL;	/* want "imbalance: foo.mutex still held on return" */
	mutex_unlock(&f->mutex);
	return 0;
}
#endif
#endif

#if FOO_LEVEL == 5
int foo_number(struct foo *f)
{
	mutex_lock(&f->mutex);
	if (f->users < 0)
		return -EINVAL;	/* want "imbalance: foo.mutex still held on return" */
	mutex_unlock(&f->mutex);
	return 0;
}
#endif
