// SPDX-License-Identifier: GPL-2.0
/* Legal: the flags grow in a loop, but only for those who ask for more. */

/* Lock ordering: foo.mutex -> foo_cache.mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#define FOO_LOCK	0x1
#define FOO_CREATE	0x2

struct foo {
	struct mutex mutex;
	int key;
};

struct foo_cache {
	struct mutex mutex;
	struct foo *slot;
};

struct foo *foo_new(int key);
int foo_insert(struct foo_cache *cache, struct foo *f);

struct foo *foo_get(struct foo_cache *cache, int key, unsigned int flags)
{
	struct foo *f;
repeat:
	f = cache->slot;
	if (f && (flags & FOO_LOCK)) {
		mutex_lock(&f->mutex);
		if (f->key != key) {
			mutex_unlock(&f->mutex);
			goto repeat;
		}
	}
	if (!f && (flags & FOO_CREATE)) {
		if (!(flags & FOO_LOCK))
			flags |= FOO_LOCK;
		f = foo_new(key);
		if (foo_insert(cache, f))
			goto repeat;
	}
	return f;
}

int foo_cached(struct foo_cache *cache, int key)
{
	struct foo *f;

	mutex_lock(&cache->mutex);
	f = foo_get(cache, key, 0);
	mutex_unlock(&cache->mutex);
	return f != 0;
}
