// SPDX-License-Identifier: GPL-2.0
/* Legal: the cases that lock and those that unlock belong together. */

struct mutex { int x; };
#define EINVAL 22

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex lock;
	int mode;
};

int foo_ioctl(struct foo *f, int cmd)
{
	int ret = 0;

	switch (cmd) {
	case 0:
		return f->mode;
	case 1:
		mutex_lock(&f->lock);
		f->mode = 1;
		break;
	case 2:
		mutex_lock(&f->lock);
		if (f->mode == 2)
			goto out;
		f->mode = 2;
		/* fall through */
	case 3:
		if (cmd == 3)
			mutex_lock(&f->lock);
		f->mode++;
		break;
	default:
		return -EINVAL;
	}
out:
	mutex_unlock(&f->lock);
	return ret;
}
