// SPDX-License-Identifier: GPL-2.0
/* A variable that can only hold one value more is that value, with all that is known of it. */

#define NULL ((void *)0)

struct page { unsigned long flags; };
struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lock_page(struct page *page);
void unlock_page(struct page *page);
int PageTransHuge(struct page *page);

struct foo {
	struct mutex lock;
};

struct page *foo_find(struct foo *f);
int foo_wanted(struct foo *f);

int foo_split(struct foo *f)
{
	struct page *first = foo_find(f), *page = NULL;

	if (!first || PageTransHuge(first))
		return -16;
	if (foo_wanted(f))
		page = first;
	if (!page)
		return -2;
	mutex_lock(&f->lock);
	if (PageTransHuge(page)) {
		lock_page(page);
		unlock_page(page);
	}
	mutex_unlock(&f->lock);
	return 0;
}

void foo_map(struct foo *f, struct page *page)
{
	lock_page(page);
	mutex_lock(&f->lock);
	mutex_unlock(&f->lock);
	unlock_page(page);
}
