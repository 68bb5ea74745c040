// SPDX-License-Identifier: GPL-2.0
/* Legal: an interrupted wait holds nothing, and every other way out unlocks. */

struct mutex { int x; };
struct rw_semaphore { int x; };
#define EINTR 4

int mutex_lock_killable(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
int down_write_killable(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct mutex lock;
	struct rw_semaphore sem;
	int n;
};

int foo_wait(struct foo *f)
{
	int err;

	if (mutex_lock_killable(&f->lock))
		return -EINTR;

	err = down_write_killable(&f->sem);
	if (err)
		goto out;

	f->n++;
	up_write(&f->sem);
out:
	mutex_unlock(&f->lock);
	return err;
}
