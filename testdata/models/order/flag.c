// SPDX-License-Identifier: GPL-2.0
/* A flag says that the caller has the lock; this caller lies. */

/* Lock ordering: foo_file.mutex -> foo_page.mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void cond_resched(void);

#define FOO_LOCKED	0x1

struct foo_file {
	struct mutex mutex;
};

struct foo_page {
	struct mutex mutex;
	struct foo_file *file;
};

static void foo_unmap(struct foo_page *page, unsigned int flags)
{
	if (!(flags & FOO_LOCKED))
		mutex_lock(&page->file->mutex);	/* want "order: foo_file.mutex taken under foo_page.mutex" */
	cond_resched();
	if (!(flags & FOO_LOCKED))
		mutex_unlock(&page->file->mutex);
}

void foo_truncate(struct foo_file *file, struct foo_page *page)
{
	mutex_lock(&file->mutex);
	mutex_lock(&page->mutex);
	foo_unmap(page, FOO_LOCKED);
	mutex_unlock(&page->mutex);
	mutex_unlock(&file->mutex);
}

void foo_migrate(struct foo_page *page)
{
	mutex_lock(&page->mutex);
	foo_unmap(page, 0);
	mutex_unlock(&page->mutex);
}
