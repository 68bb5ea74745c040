// SPDX-License-Identifier: GPL-2.0
/* A late failure leaves by the label behind the unlock. */

typedef struct { int x; } spinlock_t;
#define EBUSY 16

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int state;
};

int foo_step(struct foo *f)
{
	int err = 0;

	spin_lock(&f->lock);
	if (f->state == 3) {
		err = -EBUSY;
		goto out;
	}
	f->state++;
	spin_unlock(&f->lock);
out:
	return err;			/* want "imbalance: foo.lock still held on return" */
}
