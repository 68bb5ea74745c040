// SPDX-License-Identifier: GPL-2.0
/*
 * Legal, for all that this file says: the function runs as a notifier, and who
 * notifies holds the lock.
 */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void lockdep_assert_held(void *lock);

struct notifier {
	int (*call)(struct notifier *n, unsigned long what);
};

int register_notifier(struct notifier *n);

struct mutex bus_mutex;
struct mutex foo_mutex;
int bus_users, foo_users;

static void bus_use(void)
{
	lockdep_assert_held(&bus_mutex);
	bus_users++;
}

void bus_attach(void)
{
	mutex_lock(&bus_mutex);
	bus_use();
	mutex_unlock(&bus_mutex);
}

static void foo_online(void)
{
	mutex_lock(&foo_mutex);
	foo_users++;
	bus_use();
	mutex_unlock(&foo_mutex);
}

static int foo_call(struct notifier *n, unsigned long what)
{
	if (what == 1)
		foo_online();
	return 0;
}

static struct notifier foo_notifier = {
	.call = foo_call,
};

int foo_init(void)
{
	return register_notifier(&foo_notifier);
}
