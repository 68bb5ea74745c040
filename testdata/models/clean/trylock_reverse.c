// SPDX-License-Identifier: GPL-2.0
/* Legal: against the order it only tries, and backs off. */

/* Lock ordering: foo_dev.mutex -> foo_queue.mutex */

struct mutex { int x; };
#define EAGAIN 11

void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_queue {
	struct mutex mutex;
	struct foo_dev *dev;
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

int foo_timeout(struct foo_queue *q)
{
	int ret = 0;

	mutex_lock(&q->mutex);
	if (!mutex_trylock(&q->dev->mutex)) {
		ret = -EAGAIN;
		goto out;
	}
	mutex_unlock(&q->dev->mutex);
out:
	mutex_unlock(&q->mutex);
	return ret;
}
