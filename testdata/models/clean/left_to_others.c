// SPDX-License-Identifier: GPL-2.0
/* A page that is being read is unlocked by whoever ends that: its reader cannot name it. */

struct page { unsigned long flags; };
struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lock_page(struct page *page);
void unlock_page(struct page *page);

struct foo {
	struct mutex lock;
};

struct page *foo_new(struct foo *f);
void foo_insert(struct foo *f, struct page *page);
void foo_submit(struct foo *f);

static int foo_add(struct foo *f)
{
	struct page *page = foo_new(f);

	if (!page)
		return -12;
	lock_page(page);
	foo_insert(f, page);
	return 0;
}

int foo_read(struct foo *f)
{
	int err = foo_add(f);

	if (err)
		return err;
	foo_submit(f);
	mutex_lock(&f->lock);
	mutex_unlock(&f->lock);
	return 0;
}

void foo_map(struct foo *f, struct page *page)
{
	mutex_lock(&f->lock);
	lock_page(page);
	unlock_page(page);
	mutex_unlock(&f->lock);
}
