// SPDX-License-Identifier: GPL-2.0
/* Legal: the inner lock is dropped to take the outer one, then taken again. */

/* Lock ordering: foo_dev.mutex -> foo_queue.mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_queue {
	struct mutex mutex;
	struct foo_dev *dev;
	int gen;
};

struct foo_dev {
	struct mutex mutex;
};

void foo_kick(struct foo_queue *q)
{
	mutex_lock(&q->mutex);
	if (q->gen) {
		mutex_unlock(&q->mutex);
		mutex_lock(&q->dev->mutex);
		mutex_lock(&q->mutex);
		q->gen++;
		mutex_unlock(&q->dev->mutex);
	}
	mutex_unlock(&q->mutex);
}
