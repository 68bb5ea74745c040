// SPDX-License-Identifier: GPL-2.0
/* One case falls into the next with a lock held. */

/* Lock ordering: foo.outer -> foo.inner */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t outer;
	spinlock_t inner;
	int level;
};

void foo_set(struct foo *f, int level)
{
	switch (level) {
	case 2:
		spin_lock(&f->inner);
		f->level = 2;
		/* fall through */
	case 1:
		spin_lock(&f->outer);	/* want "order: foo.outer taken under foo.inner" */
		f->level++;
		spin_unlock(&f->outer);
		if (level == 2)
			spin_unlock(&f->inner);
		break;
	default:
		break;
	}
}
