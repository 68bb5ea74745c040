// SPDX-License-Identifier: GPL-2.0
/* Legal: the two drivers have an order each, and never meet. */

struct mutex { int x; };
typedef struct { int x; } spinlock_t;
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_dev {
	const struct foo_ops *ops;
	struct mutex mutex;
};

struct foo_ops {
	void (*start)(struct foo_dev *fd);
};

struct foo_a {
	struct foo_dev dev;
	spinlock_t lock;
};

struct foo_b {
	struct foo_dev dev;
	spinlock_t lock;
};

static void foo_a_start(struct foo_dev *fd)
{
	struct foo_a *a = container_of(fd, struct foo_a, dev);

	spin_lock(&a->lock);
	spin_unlock(&a->lock);
}

static void foo_b_start(struct foo_dev *fd)
{
	struct foo_b *b = container_of(fd, struct foo_b, dev);

	spin_lock(&b->lock);
	spin_unlock(&b->lock);
}

const struct foo_ops foo_a_ops = { .start = foo_a_start };
const struct foo_ops foo_b_ops = { .start = foo_b_start };

void foo_start(struct foo_dev *fd)
{
	mutex_lock(&fd->mutex);
	fd->ops->start(fd);
	mutex_unlock(&fd->mutex);
}
