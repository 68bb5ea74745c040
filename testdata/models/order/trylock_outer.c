// SPDX-License-Identifier: GPL-2.0
/* A lock that was got by trying is held like any other. */

/* Lock ordering: foo_sb.mutex -> foo_inode.mutex */

struct mutex { int x; };
#define EAGAIN 11

void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_sb {
	struct mutex mutex;
};

struct foo_inode {
	struct mutex mutex;
	struct foo_sb *sb;
};

int foo_writeback(struct foo_inode *inode)
{
	if (!mutex_trylock(&inode->mutex))
		return -EAGAIN;

	mutex_lock(&inode->sb->mutex);	/* want "order: foo_sb.mutex taken under foo_inode.mutex" */
	mutex_unlock(&inode->sb->mutex);
	mutex_unlock(&inode->mutex);
	return 0;
}
