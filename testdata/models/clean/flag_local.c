// SPDX-License-Identifier: GPL-2.0
/* Legal: the flag is set in the branch that takes the lock. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

#define TTU_SYNC	0x1
#define TTU_LOCKED	0x8

struct foo {
	struct rw_semaphore sem;
	int anon;
	int n;
};

void foo_unmap(struct foo *f)
{
	unsigned int ttu = TTU_SYNC;

	if (!f->anon) {
		down_write(&f->sem);
		ttu |= TTU_LOCKED;
	}

	f->n--;

	if (ttu & TTU_LOCKED)
		up_write(&f->sem);
}
