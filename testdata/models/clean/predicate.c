// SPDX-License-Identifier: GPL-2.0
/* Legal: the callee looks at the same property of the same page as the caller. */

/*
 * Lock ordering:
 *
 * foo_file->sem
 *   page lock
 */

struct rw_semaphore { int x; };
struct address_space;
struct page { unsigned long flags; struct address_space *mapping; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void lock_page(struct page *page);
void unlock_page(struct page *page);
static inline int PageAnon(struct page *page)
{
	return ((unsigned long)page->mapping & 1) != 0;
}

struct foo_file {
	struct rw_semaphore sem;
	int n;
};

static void foo_walk(struct foo_file *file, struct page *page)
{
	if (PageAnon(page))
		return;
	down_read(&file->sem);
	file->n++;
	up_read(&file->sem);
}

void foo_unmap(struct foo_file *file, struct page *page)
{
	if (!PageAnon(page))
		return;
	lock_page(page);
	foo_walk(file, page);
	unlock_page(page);
}
