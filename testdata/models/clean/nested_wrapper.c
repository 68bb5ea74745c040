// SPDX-License-Identifier: GPL-2.0
/* Legal: wrappers that are told the subclass. The child and its attributes are locked
 * below the parent by two subclasses, each after the other in one order only. */

struct mutex { int x; };

void mutex_lock_nested(struct mutex *lock, unsigned int subclass);
void mutex_unlock(struct mutex *lock);

enum { NODE_NORMAL, NODE_PARENT, NODE_CHILD, NODE_ATTR };

struct node {
	struct mutex lock;
	struct mutex data;
	struct node *parent;
	struct node *attr;
};

static inline void node_lock_nested(struct node *n, unsigned int subclass)
{
	mutex_lock_nested(&n->lock, subclass);
}

static inline void any_lock_nested(struct mutex *lock, int which)
{
	mutex_lock_nested(lock, which);
}

static inline void node_unlock(struct node *n)
{
	mutex_unlock(&n->lock);
}

void parent_then_data(struct node *n)
{
	node_lock_nested(n->parent, NODE_PARENT);
	any_lock_nested(&n->data, NODE_NORMAL);
	mutex_unlock(&n->data);
	node_unlock(n->parent);
}

void data_then_attr(struct node *n)
{
	any_lock_nested(&n->data, NODE_NORMAL);
	node_lock_nested(n->attr, NODE_ATTR);
	node_unlock(n->attr);
	mutex_unlock(&n->data);
}

void attr_data_then_child(struct node *n, struct node *m)
{
	any_lock_nested(&n->attr->data, NODE_ATTR);
	any_lock_nested(&m->data, NODE_CHILD);
	mutex_unlock(&m->data);
	mutex_unlock(&n->attr->data);
}

void child_data_then_normal(struct node *n, struct node *m)
{
	any_lock_nested(&n->data, NODE_CHILD);
	any_lock_nested(&m->data, NODE_NORMAL);
	mutex_unlock(&m->data);
	mutex_unlock(&n->data);
}
