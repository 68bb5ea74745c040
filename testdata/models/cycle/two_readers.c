// SPDX-License-Identifier: GPL-2.0
/*
 * Both sides only read, but a writer of either semaphore that comes in between
 * makes the second reader wait.
 */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore a;
	struct rw_semaphore b;
};

void foo_show(struct foo *f)
{
	down_read(&f->a);
	down_read(&f->b);
	up_read(&f->b);
	up_read(&f->a);
}

void foo_list(struct foo *f)
{
	down_read(&f->b);
	down_read(&f->a);		/* want "cycle: foo.[ab] and foo.[ab] are taken in both orders" */
	up_read(&f->a);
	up_read(&f->b);
}

void foo_store(struct foo *f)
{
	down_write(&f->a);
	up_write(&f->a);
	down_write(&f->b);
	up_write(&f->b);
}
