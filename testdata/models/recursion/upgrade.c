// SPDX-License-Identifier: GPL-2.0
/* A reader cannot become the writer: it would wait for itself. */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int dirty;
};

void foo_sync(struct foo *f)
{
	down_read(&f->sem);
	if (f->dirty) {
		down_write(&f->sem);	/* want "recursion: foo.sem taken again" */
		f->dirty = 0;
		up_write(&f->sem);
	}
	up_read(&f->sem);
}
