// SPDX-License-Identifier: GPL-2.0
/* The retry starts over with the lock still held. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int busy;
};

int foo_wait(struct foo *f);

void foo_claim(struct foo *f)
{
retry:
	mutex_lock(&f->lock);		/* want "recursion: foo.lock taken again" */
	if (f->busy) {
		foo_wait(f);
		goto retry;
	}
	f->busy = 1;
	mutex_unlock(&f->lock);
}
