// SPDX-License-Identifier: GPL-2.0
/* The declared order, broken in one function. */

/*
 * Lock ordering:
 *
 * foo_dev->mutex
 *   foo_queue->mutex
 */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_queue {
	struct mutex mutex;
};

struct foo_dev {
	struct mutex mutex;
	struct foo_queue queue;
};

void foo_start(struct foo_dev *fd)
{
	mutex_lock(&fd->mutex);
	mutex_lock(&fd->queue.mutex);
	mutex_unlock(&fd->queue.mutex);
	mutex_unlock(&fd->mutex);
}

void foo_timeout(struct foo_dev *fd)
{
	mutex_lock(&fd->queue.mutex);
	mutex_lock(&fd->mutex);		/* want "order: foo_dev.mutex taken under foo_queue.mutex" */
	mutex_unlock(&fd->mutex);
	mutex_unlock(&fd->queue.mutex);
}
