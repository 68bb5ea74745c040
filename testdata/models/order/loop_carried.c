// SPDX-License-Identifier: GPL-2.0
/* What one turn of the loop leaves held is held in the next. */

/* Lock ordering: foo_parent.mutex -> foo_child.mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_parent {
	struct mutex mutex;
	int n;
};

struct foo_child {
	struct mutex mutex;
	struct foo_child *next;
};

void foo_scan(struct foo_parent *parent, struct foo_child *child)
{
	int held = 0;

	while (parent->n > 0) {
		mutex_lock(&parent->mutex);	/* want "order: foo_parent.mutex taken under foo_child.mutex" */
		parent->n--;
		mutex_unlock(&parent->mutex);
		if (!held) {
			mutex_lock(&child->mutex);
			held = 1;
		}
	}
	if (held)
		mutex_unlock(&child->mutex);
}
