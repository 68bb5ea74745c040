// SPDX-License-Identifier: GPL-2.0
/*
 * What the first round has locked, the second goes by: a page that was not large
 * is not large when all is tried again.
 */

#define NULL ((void *)0)

struct page { unsigned long flags; };
struct mutex { int x; };

void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lock_page(struct page *page);
void unlock_page(struct page *page);
int PageTransHuge(struct page *page);

struct foo {
	struct mutex lock;
};

struct page *foo_find(struct foo *f);
int foo_split(struct page *page);
int foo_stale(struct foo *f, struct page *page);
void foo_move(struct foo *f, struct page *page);

int foo_remap(struct foo *f)
{
	struct page *page = NULL;
	struct foo *locked = NULL;
	int err = 0;

retry:
	if (page && foo_stale(f, page)) {
		err = -11;
		goto out;
	}
	if (!page) {
		page = foo_find(f);
		if (!page)
			return -2;
		lock_page(page);
	}
	if (PageTransHuge(page)) {
		err = foo_split(page);
		if (err)
			goto out;
		unlock_page(page);
		page = NULL;
		goto retry;
	}
	if (!locked) {
		locked = f;
		if (!mutex_trylock(&locked->lock)) {
			mutex_lock(&locked->lock);
			goto retry;
		}
	}
	foo_move(f, page);
out:
	if (locked)
		mutex_unlock(&locked->lock);
	if (page)
		unlock_page(page);
	return err;
}
