// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: a callee lets go of a lock that it finds by the inode, and it is taken again
 * for the caller. Nothing here names it twice in the same way.
 */

struct rw_semaphore { int x; };
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct inode;
struct foo_inode {
	struct rw_semaphore sem;
};

struct foo_inode *foo_i(struct inode *inode);
int foo_check(struct inode *inode);
int foo_more(struct inode *inode);

static int foo_let_go(struct inode *inode)
{
	int err = foo_check(inode);

	if (err)
		return err;
	up_write(&foo_i(inode)->sem);
	return 0;
}

int foo_ensure(struct inode *inode)
{
	int dropped = 0;

	if (foo_check(inode) > 0) {
		if (foo_let_go(inode))
			return -5;
		dropped = 1;
	}
	if (dropped)
		down_write(&foo_i(inode)->sem);
	if (foo_more(inode)) {
		up_write(&foo_i(inode)->sem);
		return -12;
	}
	return 0;
}
