// SPDX-License-Identifier: GPL-2.0
/* A writer that waits between the two reads makes the second one wait. */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
};

static void foo_dump(struct foo *f)
{
	down_read(&f->sem);		/* want "recursion: foo.sem taken again" */
	up_read(&f->sem);
}

void foo_show(struct foo *f)
{
	down_read(&f->sem);
	foo_dump(f);
	up_read(&f->sem);
}

void foo_store(struct foo *f)
{
	down_write(&f->sem);
	up_write(&f->sem);
}
