// SPDX-License-Identifier: GPL-2.0
/* A lock that can fail to be taken waits none the less. */

/* Lock ordering: foo_mm.sem -> foo_file.mutex */

struct mutex { int x; };
struct rw_semaphore { int x; };
#define EINTR 4

int mutex_lock_interruptible(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
int down_read_killable(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo_mm {
	struct rw_semaphore sem;
};

struct foo_file {
	struct mutex mutex;
	struct foo_mm *mm;
};

int foo_ioctl(struct foo_file *file)
{
	int ret = 0;

	if (mutex_lock_interruptible(&file->mutex))
		return -EINTR;

	if (down_read_killable(&file->mm->sem)) {	/* want "order: foo_mm.sem taken under foo_file.mutex" */
		ret = -EINTR;
		goto out;
	}
	up_read(&file->mm->sem);
out:
	mutex_unlock(&file->mutex);
	return ret;
}
