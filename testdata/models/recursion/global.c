// SPDX-License-Identifier: GPL-2.0
/* A global lock, across an ops table. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
#define DEFINE_MUTEX(x)	struct mutex x = { 0 }

struct foo_ops {
	void (*notify)(int event);
};

static DEFINE_MUTEX(foo_mutex);

static void foo_default_notify(int event)
{
	mutex_lock(&foo_mutex);		/* want "recursion: foo_mutex taken again" */
	mutex_unlock(&foo_mutex);
}

static const struct foo_ops foo_default_ops = {
	.notify = foo_default_notify,
};

void foo_event(const struct foo_ops *ops, int event)
{
	mutex_lock(&foo_mutex);
	ops->notify(event);
	mutex_unlock(&foo_mutex);
}
