// SPDX-License-Identifier: GPL-2.0
/* One case has its own way out. */

typedef struct { int x; } spinlock_t;
#define EINVAL 22

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int mode;
};

int foo_ioctl(struct foo *f, int cmd)
{
	int ret;

	spin_lock(&f->lock);
	switch (cmd) {
	case 0:
		ret = f->mode;
		break;
	case 1:
		f->mode = 1;
		ret = 0;
		break;
	default:
		return -EINVAL;		/* want "imbalance: foo.lock still held on return" */
	}
	spin_unlock(&f->lock);
	return ret;
}
