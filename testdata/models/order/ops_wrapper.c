// SPDX-License-Identifier: GPL-2.0
/* The inner lock is taken through a table of operations, by a wrapper. */

/* Lock ordering: foo_bus.mutex -> foo_dev.mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_dev;

struct foo_ops {
	void (*suspend)(struct foo_dev *fd);
};

struct foo_bus {
	struct mutex mutex;
};

struct foo_dev {
	struct mutex mutex;
	struct foo_bus *bus;
	const struct foo_ops *ops;
};

static void foo_bus_suspend(struct foo_dev *fd)
{
	mutex_lock(&fd->bus->mutex);	/* want "order: foo_bus.mutex taken under foo_dev.mutex" */
	mutex_unlock(&fd->bus->mutex);
}

const struct foo_ops foo_bus_ops = {
	.suspend = foo_bus_suspend,
};

static void foo_call(struct foo_dev *fd)
{
	fd->ops->suspend(fd);
}

void foo_suspend(struct foo_dev *fd)
{
	mutex_lock(&fd->mutex);
	foo_call(fd);
	mutex_unlock(&fd->mutex);
}
