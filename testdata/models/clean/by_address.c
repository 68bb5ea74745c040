// SPDX-License-Identifier: GPL-2.0
/* Legal: of two instances the one at the lower address comes first. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_lock_nested(spinlock_t *lock, int subclass);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t lock;
	int n;
};

static void foo_double_lock(struct foo *a, struct foo *b)
{
	if (a < b) {
		spin_lock(&a->lock);
		spin_lock_nested(&b->lock, 1);
	} else {
		spin_lock(&b->lock);
		spin_lock_nested(&a->lock, 1);
	}
}

static void foo_double_unlock(struct foo *a, struct foo *b)
{
	spin_unlock(&a->lock);
	spin_unlock(&b->lock);
}

void foo_move(struct foo *from, struct foo *to, int n)
{
	if (from == to)
		return;
	foo_double_lock(from, to);
	from->n -= n;
	to->n += n;
	foo_double_unlock(from, to);
}
