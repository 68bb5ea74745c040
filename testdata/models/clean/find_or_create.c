// SPDX-License-Identifier: GPL-2.0
/* Legal: flags say whether an entry is found, made, and returned locked. Where both
 * are asked for, whatever is returned and no error is locked. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#define BUG_ON(cond) do { if (cond) __builtin_unreachable(); } while (0)
#define lockdep_assert_held(lock) do { (void)(lock); } while (0)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline int IS_ERR(const void *ptr)
{
	return (unsigned long)ptr >= (unsigned long)-4095;
}

#define FIND_LOCK	0x02
#define FIND_CREATE	0x04
#define FIND_UNLOCKED	0x40
#define FIND_NEW	(FIND_LOCK | FIND_CREATE)

struct entry {
	struct mutex lock;
	int count;
};

struct table;

struct entry *table_lookup(struct table *t, int index);
struct entry *entry_alloc(int index);
int table_add(struct table *t, struct entry *e);
void entry_free(struct entry *e);

struct entry *find_entry(struct table *t, int index, int flags)
{
	struct entry *e = table_lookup(t, index);

	if (!e)
		goto none;
	if (flags & FIND_LOCK)
		mutex_lock(&e->lock);
none:
	if (!e && (flags & FIND_CREATE)) {
		int err;

		if (!(flags & (FIND_LOCK | FIND_UNLOCKED)))
			flags |= FIND_LOCK;
		e = entry_alloc(index);
		if (!e)
			return ERR_PTR(-12);
		mutex_lock(&e->lock);
		err = table_add(t, e);
		if (err) {
			mutex_unlock(&e->lock);
			entry_free(e);
			return ERR_PTR(err);
		}
		if (flags & FIND_UNLOCKED)
			mutex_unlock(&e->lock);
	}
	if (!e)
		return ERR_PTR(-2);
	return e;
}

static void entry_touch(struct entry *e)
{
	lockdep_assert_held(&e->lock);
	e->count++;
}

int touch_or_create(struct table *t, int index)
{
	struct entry *e = find_entry(t, index, FIND_NEW);

	if (IS_ERR(e))
		return -1;
	entry_touch(e);
	mutex_unlock(&e->lock);
	return 0;
}

int count_of(struct table *t, int index)
{
	struct entry *e = find_entry(t, index, 0);
	int n;

	if (IS_ERR(e))
		return -1;
	mutex_lock(&e->lock);
	n = e->count;
	mutex_unlock(&e->lock);
	return n;
}

int create_unlocked(struct table *t, int index)
{
	struct entry *e = find_entry(t, index, FIND_CREATE | FIND_UNLOCKED);
	int n;

	if (IS_ERR(e))
		return -1;
	mutex_lock(&e->lock);
	n = e->count;
	mutex_unlock(&e->lock);
	return n;
}
