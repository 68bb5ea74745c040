// SPDX-License-Identifier: GPL-2.0
/* A gate that both sides only read keeps nobody out. */

struct mutex { int x; };
struct rw_semaphore { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore gate;
	struct mutex a;
	struct mutex b;
};

void foo_first(struct foo *f)
{
	down_read(&f->gate);
	mutex_lock(&f->a);
	mutex_lock(&f->b);
	mutex_unlock(&f->b);
	mutex_unlock(&f->a);
	up_read(&f->gate);
}

void foo_second(struct foo *f)
{
	down_read(&f->gate);
	mutex_lock(&f->b);
	mutex_lock(&f->a);		/* want "cycle: foo.[ab] and foo.[ab] are taken in both orders" */
	mutex_unlock(&f->a);
	mutex_unlock(&f->b);
	up_read(&f->gate);
}
