// SPDX-License-Identifier: GPL-2.0
/* Legal: each label gives back what was taken before the jump to it. */

struct mutex { int x; };
typedef struct { int x; } spinlock_t;
#define EBUSY 16
#define EIO 5

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	struct mutex a;
	struct mutex b;
	spinlock_t c;
	int state;
};

int foo_probe(struct foo *f);

int foo_open(struct foo *f)
{
	int err;

	mutex_lock(&f->a);
	err = foo_probe(f);
	if (err)
		goto out_a;

	mutex_lock(&f->b);
	if (f->state == 1) {
		err = -EBUSY;
		goto out_b;
	}

	spin_lock(&f->c);
	if (f->state == 2) {
		err = -EIO;
		goto out_c;
	}
	f->state = 3;
out_c:
	spin_unlock(&f->c);
out_b:
	mutex_unlock(&f->b);
out_a:
	mutex_unlock(&f->a);
	return err;
}
