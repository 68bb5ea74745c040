// SPDX-License-Identifier: GPL-2.0
/* Legal: page lock dropped, outer lock waited for, page locked again and looked at. */

/*
 * Lock ordering:
 *
 * foo_inode->sem
 *   page lock
 */

typedef _Bool bool;
#define true 1
#define false 0
struct rw_semaphore { int x; };
struct address_space;
struct page { unsigned long flags; struct address_space *mapping; };
#define EAGAIN 11

void down_write(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lock_page(struct page *page);
void unlock_page(struct page *page);

struct foo_inode {
	struct rw_semaphore sem;
	struct address_space *mapping;
};

/* true: both are held; false: only the page lock, as on entry */
static bool foo_lock_inode(struct foo_inode *inode, struct page *page)
{
	if (down_write_trylock(&inode->sem))
		return true;

	unlock_page(page);
	down_write(&inode->sem);
	lock_page(page);
	if (page->mapping == inode->mapping)
		return true;

	up_write(&inode->sem);
	return false;
}

int foo_migrate(struct foo_inode *inode, struct page *page)
{
	int ret = -EAGAIN;

	lock_page(page);
	if (!foo_lock_inode(inode, page))
		goto out;
	ret = 0;
	up_write(&inode->sem);
out:
	unlock_page(page);
	return ret;
}
