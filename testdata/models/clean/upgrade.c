// SPDX-License-Identifier: GPL-2.0
/* Legal: the reader lets go before it becomes the writer, and looks again. */

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
	if (!f->dirty) {
		up_read(&f->sem);
		return;
	}
	up_read(&f->sem);

	down_write(&f->sem);
	if (f->dirty)
		f->dirty = 0;
	up_write(&f->sem);
}
