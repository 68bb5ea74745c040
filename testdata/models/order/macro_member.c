// SPDX-License-Identifier: GPL-2.0
/* A macro names a member within a member: whoever points to the object, the
 * lock's class is the object's.
 */

/* Lock ordering: foo_ref.lock -> foo_tree.lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_ref {
	spinlock_t lock;
	int count;
};

struct foo_node {
	struct foo_node *up;
	struct foo_ref n_ref;
};

#define n_lock	n_ref.lock

struct foo_tree {
	spinlock_t lock;
	struct foo_node *root;
};

void foo_prune(struct foo_tree *tree)
{
	spin_lock(&tree->lock);
	spin_lock(&tree->root->up->n_lock);	/* want "order: foo_ref.lock taken under foo_tree.lock" */
	spin_unlock(&tree->root->up->n_lock);
	spin_unlock(&tree->lock);
}
