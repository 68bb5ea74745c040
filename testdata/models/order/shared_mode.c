// SPDX-License-Identifier: GPL-2.0
/* The order binds readers too. */

/* Lock ordering: foo_file.sem -> foo_page.mutex */

struct mutex { int x; };
struct rw_semaphore { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo_file {
	struct rw_semaphore sem;
};

struct foo_page {
	struct mutex mutex;
	struct foo_file *file;
};

void foo_collect(struct foo_page *page)
{
	mutex_lock(&page->mutex);
	down_read(&page->file->sem);	/* want "order: foo_file.sem taken under foo_page.mutex" */
	up_read(&page->file->sem);
	mutex_unlock(&page->mutex);
}
