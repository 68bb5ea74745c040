// SPDX-License-Identifier: GPL-2.0
/* Legal: who has the outer lock may take any number of the inner ones. */

struct mutex { int x; };
typedef struct { int x; } spinlock_t;

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void spin_lock_nest_lock(spinlock_t *lock, struct mutex *nest);
void spin_unlock(spinlock_t *lock);
void cond_resched(void);

struct foo_node {
	spinlock_t lock;
	struct foo_node *next;
};

struct foo_tree {
	struct mutex mutex;
	struct foo_node *first;
};

void foo_freeze(struct foo_tree *tree)
{
	struct foo_node *n;

	mutex_lock(&tree->mutex);
	for (n = tree->first; n; n = n->next)
		spin_lock_nest_lock(&n->lock, &tree->mutex);
	cond_resched();
	for (n = tree->first; n; n = n->next)
		spin_unlock(&n->lock);
	mutex_unlock(&tree->mutex);
}
