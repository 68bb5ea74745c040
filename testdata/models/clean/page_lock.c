// SPDX-License-Identifier: GPL-2.0
/* Legal: the page lock comes first, as declared; the reverse is only tried. */

/*
 * Lock ordering:
 *
 * page lock
 *   foo_file->sem
 */

struct rw_semaphore { int x; };
struct address_space;
struct page { unsigned long flags; struct address_space *mapping; };
#define EAGAIN 11

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lock_page(struct page *page);
int trylock_page(struct page *page);
void unlock_page(struct page *page);

struct foo_file {
	struct rw_semaphore sem;
	int n;
};

void foo_unmap(struct foo_file *file, struct page *page)
{
	lock_page(page);
	down_write(&file->sem);
	file->n--;
	up_write(&file->sem);
	unlock_page(page);
}

int foo_scan(struct foo_file *file, struct page *page)
{
	down_read(&file->sem);
	if (!trylock_page(page)) {
		up_read(&file->sem);
		return -EAGAIN;
	}
	file->n++;
	unlock_page(page);
	up_read(&file->sem);
	return 0;
}
