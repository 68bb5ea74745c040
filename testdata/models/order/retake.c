// SPDX-License-Identifier: GPL-2.0
/* A callee drops its caller's lock, and takes it again too late. */

/* Lock ordering: foo.mutex -> foo.io_mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void cond_resched(void);

struct foo {
	struct mutex mutex;
	struct mutex io_mutex;
	int pending;
};

static void foo_wait_io(struct foo *f)
{
	mutex_unlock(&f->mutex);
	cond_resched();
	mutex_lock(&f->mutex);		/* want "order: foo.mutex taken under foo.io_mutex" */
}

void foo_flush(struct foo *f)
{
	mutex_lock(&f->mutex);
	mutex_lock(&f->io_mutex);
	while (f->pending)
		foo_wait_io(f);
	mutex_unlock(&f->io_mutex);
	mutex_unlock(&f->mutex);
}
