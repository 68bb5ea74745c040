// SPDX-License-Identifier: GPL-2.0
/* Wrappers that are told the subclass: one subclass, and data, in both orders. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_lock_nested(struct mutex *lock, unsigned int subclass);
void mutex_unlock(struct mutex *lock);

enum { NODE_NORMAL, NODE_PARENT, NODE_CHILD };

struct node {
	struct mutex lock;
	struct mutex data;
	struct node *parent;
};

static inline void node_lock_nested(struct node *n, unsigned int subclass)
{
	mutex_lock_nested(&n->lock, subclass);
}

void child_then_data(struct node *n)
{
	node_lock_nested(n, NODE_CHILD);
	mutex_lock(&n->data);		/* want "cycle: node.lock/2 and node.data are taken in both orders" */
	mutex_unlock(&n->data);
	mutex_unlock(&n->lock);
}

void data_then_child(struct node *n)
{
	mutex_lock(&n->data);
	node_lock_nested(n, NODE_CHILD);
	mutex_unlock(&n->lock);
	mutex_unlock(&n->data);
}

void data_then_parent(struct node *n)
{
	mutex_lock(&n->data);
	node_lock_nested(n->parent, NODE_PARENT);
	mutex_unlock(&n->parent->lock);
	mutex_unlock(&n->data);
}
