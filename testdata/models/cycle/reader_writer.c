// SPDX-License-Identifier: GPL-2.0
/* One side only reads, but the other writes. */

struct mutex { int x; };
struct rw_semaphore { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore data;
	struct mutex mutex;
};

void foo_show(struct foo *f)
{
	down_read(&f->data);
	mutex_lock(&f->mutex);
	mutex_unlock(&f->mutex);
	up_read(&f->data);
}

void foo_store(struct foo *f)
{
	mutex_lock(&f->mutex);
	down_write(&f->data);		/* want "cycle: foo.(data|mutex) and foo.(data|mutex) are taken in both orders" */
	up_write(&f->data);
	mutex_unlock(&f->mutex);
}
