// SPDX-License-Identifier: GPL-2.0
/* Only the way out after an error takes the outer lock too late. */

/*
 * Lock ordering:
 *
 * foo_list_mutex
 *   foo->mutex
 */

struct mutex { int x; };
#define EBUSY 16

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
#define DEFINE_MUTEX(x)	struct mutex x = { 0 }

struct foo {
	struct mutex mutex;
	int users;
};

static DEFINE_MUTEX(foo_list_mutex);

int foo_hw_open(struct foo *f);
void foo_list_del(struct foo *f);

int foo_open(struct foo *f)
{
	int err;

	mutex_lock(&f->mutex);
	if (f->users) {
		err = -EBUSY;
		goto out;
	}

	err = foo_hw_open(f);
	if (err)
		goto out_del;

	f->users++;
out:
	mutex_unlock(&f->mutex);
	return err;

out_del:
	mutex_lock(&foo_list_mutex);	/* want "order: foo_list_mutex taken under foo.mutex" */
	foo_list_del(f);
	mutex_unlock(&foo_list_mutex);
	goto out;
}
