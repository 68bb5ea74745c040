// SPDX-License-Identifier: GPL-2.0
/* Legal: each shape of a try unlocks on just the path where it had success. */

struct mutex { int x; };
typedef struct { int x; } spinlock_t;
struct rw_semaphore { int x; };
struct semaphore { int x; };
#define EBUSY 16

int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
int spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
int down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
int down_trylock(struct semaphore *sem);
void up(struct semaphore *sem);
void cond_resched(void);

struct foo {
	struct mutex lock;
	spinlock_t spin;
	struct rw_semaphore sem;
	struct semaphore count;
	int n;
};

int foo_if_not(struct foo *f)
{
	if (!mutex_trylock(&f->lock))
		return -EBUSY;
	f->n++;
	mutex_unlock(&f->lock);
	return 0;
}

int foo_if(struct foo *f)
{
	if (spin_trylock(&f->spin)) {
		f->n++;
		spin_unlock(&f->spin);
		return 0;
	}
	return -EBUSY;
}

int foo_result(struct foo *f)
{
	int locked = down_read_trylock(&f->sem);

	if (locked == 0)
		return -EBUSY;
	f->n++;
	up_read(&f->sem);
	return 0;
}

int foo_inverted(struct foo *f)
{
	if (down_trylock(&f->count))
		return -EBUSY;
	f->n++;
	up(&f->count);
	return 0;
}

int foo_and(struct foo *f)
{
	if (f->n < 10 && down_write_trylock(&f->sem)) {
		f->n++;
		up_write(&f->sem);
	}
	return 0;
}

void foo_spin(struct foo *f)
{
	while (!spin_trylock(&f->spin))
		cond_resched();
	f->n++;
	spin_unlock(&f->spin);
}
