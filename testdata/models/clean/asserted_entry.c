// SPDX-License-Identifier: GPL-2.0
/* Legal: what a function asserts is held on entry, and passed on. */

struct mutex { int x; };

void lockdep_assert_held(void *lock);

struct foo {
	struct mutex lock;
	int n;
};

static void foo_inc(struct foo *f)
{
	lockdep_assert_held(&f->lock);
	f->n++;
}

void foo_tick(struct foo *f)
{
	lockdep_assert_held(&f->lock);
	foo_inc(f);
}
