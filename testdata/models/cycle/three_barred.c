// SPDX-License-Identifier: GPL-2.0
/* Two functions disagree. The three together close no further loop, since one
 * holds the plug for writing while it does its part, and another for reading. */

struct mutex { int x; };
struct rw_semaphore { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

static struct rw_semaphore plug;
static struct mutex batch;
static struct mutex cpus;

void online(void)
{
	mutex_lock(&cpus);
	down_write(&plug);
	up_write(&plug);
	mutex_unlock(&cpus);
}

void offline(void)
{
	down_write(&plug);
	mutex_lock(&batch);
	mutex_lock(&cpus);		/* want "cycle: (cpus|plug) and (cpus|plug) are taken in both orders" */
	mutex_unlock(&cpus);
	mutex_unlock(&batch);
	up_write(&plug);
}

void poison(void)
{
	down_read(&plug);
	mutex_lock(&batch);
	mutex_unlock(&batch);
	up_read(&plug);
}
