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
	struct rw_semaphore sem;
	struct mutex mutex;
};

void foo_show(struct foo *f)
{
	down_read(&f->sem);
	mutex_lock(&f->mutex);		/* want "cycle: foo.(mutex|sem) and foo.(mutex|sem) are taken in both orders" */
	mutex_unlock(&f->mutex);
	up_read(&f->sem);
}

void foo_store(struct foo *f)
{
	mutex_lock(&f->mutex);
	down_write(&f->sem);
	up_write(&f->sem);
	mutex_unlock(&f->mutex);
}
