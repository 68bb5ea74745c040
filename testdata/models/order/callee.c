// SPDX-License-Identifier: GPL-2.0
/* Two calls lie between the outer lock and the inner one. */

/* Lock ordering: foo_dev.lock -> foo_queue.lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_dev {
	spinlock_t lock;
	int resets;
};

struct foo_queue {
	spinlock_t lock;
	struct foo_dev *dev;
};

static void foo_count(struct foo_dev *fd)
{
	spin_lock(&fd->lock);		/* want "order: foo_dev.lock taken under foo_queue.lock" */
	fd->resets++;
	spin_unlock(&fd->lock);
}

static void foo_reset(struct foo_queue *q)
{
	foo_count(q->dev);
}

void foo_timeout(struct foo_queue *q)
{
	spin_lock(&q->lock);
	foo_reset(q);
	spin_unlock(&q->lock);
}
