// SPDX-License-Identifier: GPL-2.0
/* The page lock is a bit, and a lock like any other. */

/*
 * Lock ordering:
 *
 * foo_file->sem
 *   page lock
 */

struct rw_semaphore { int x; };
struct address_space;
struct page { unsigned long flags; struct address_space *mapping; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lock_page(struct page *page);
void unlock_page(struct page *page);

struct foo_file {
	struct rw_semaphore sem;
};

void foo_unmap(struct foo_file *file, struct page *page)
{
	lock_page(page);
	down_write(&file->sem);		/* want "order: foo_file.sem taken under (page|folio).PG_locked" */
	up_write(&file->sem);
	unlock_page(page);
}
