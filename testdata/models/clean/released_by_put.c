// SPDX-License-Identifier: GPL-2.0
/* Legal: the last put frees the object, and lets its lock go before. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct count { int n; };

struct foo {
	struct mutex lock;
	struct count refs;
	int busy;
};

#define foo_of(r) ((struct foo *)((char *)(r) - __builtin_offsetof(struct foo, refs)))

int count_dec(struct count *c);
void foo_free(struct foo *f);

static int count_put(struct count *c, void (*release)(struct count *c))
{
	if (count_dec(c)) {
		release(c);
		return 1;
	}
	return 0;
}

static void foo_release(struct count *c)
{
	struct foo *f = foo_of(c);

	mutex_unlock(&f->lock);
	foo_free(f);
}

static int foo_put_locked(struct foo *f)
{
	return count_put(&f->refs, foo_release);
}

void foo_putback(struct foo *f)
{
	mutex_lock(&f->lock);
	f->busy = 0;
	if (foo_put_locked(f))
		return;
	mutex_unlock(&f->lock);
}
