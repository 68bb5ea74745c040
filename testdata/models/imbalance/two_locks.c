// SPDX-License-Identifier: GPL-2.0
/* The ladder gives back one lock of two. */

struct mutex { int x; };
#define ENODEV 19

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex a;
	struct mutex b;
	int n;
};

int foo_move(struct foo *f)
{
	int err = 0;

	mutex_lock(&f->a);
	mutex_lock(&f->b);
	if (!f->n) {
		err = -ENODEV;
		goto out_a;
	}
	f->n--;
	mutex_unlock(&f->b);
out_a:
	mutex_unlock(&f->a);
	return err;			/* want "imbalance: foo.b still held on return" */
}
