// SPDX-License-Identifier: GPL-2.0
/* Legal: the parent first, then the child as the nested one. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_lock_nested(struct mutex *lock, unsigned int subclass);
void mutex_unlock(struct mutex *lock);

struct foo_dir {
	struct mutex mutex;
	struct foo_dir *parent;
	int entries;
};

void foo_remove(struct foo_dir *dir)
{
	struct foo_dir *parent = dir->parent;

	mutex_lock(&parent->mutex);
	mutex_lock_nested(&dir->mutex, 1);
	parent->entries--;
	mutex_unlock(&dir->mutex);
	mutex_unlock(&parent->mutex);
}
