// SPDX-License-Identifier: GPL-2.0
/* The table that is handed down has the operation that takes the lock. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo {
	struct mutex tree;
	struct mutex page;
};

struct walk_ops {
	int (*entry)(struct foo *f);
	int (*hole)(struct foo *f);
};

struct walk {
	const struct walk_ops *ops;
	struct foo *foo;
};

static int clean_entry(struct foo *f)
{
	return 0;
}

static int fault_hole(struct foo *f)
{
	mutex_lock(&f->page);
	mutex_unlock(&f->page);
	return 1;
}

static const struct walk_ops clean_ops = {
	.entry = clean_entry,
};

static const struct walk_ops fault_ops = {
	.entry = clean_entry,
	.hole = fault_hole,
};

static int foo_walk_range(struct walk *walk)
{
	const struct walk_ops *ops = walk->ops;

	if (ops->hole)
		return ops->hole(walk->foo);
	return ops->entry(walk->foo);
}

static int foo_walk(struct foo *f, const struct walk_ops *ops)
{
	struct walk walk = {
		.ops = ops,
		.foo = f,
	};

	return foo_walk_range(&walk);
}

void foo_clean(struct foo *f)
{
	mutex_lock(&f->tree);
	foo_walk(f, &fault_ops);
	mutex_unlock(&f->tree);
}

void foo_fault(struct foo *f)
{
	foo_walk(f, &fault_ops);
}

void foo_insert(struct foo *f)
{
	mutex_lock(&f->page);
	mutex_lock(&f->tree);	/* want "cycle: foo.page and foo.tree are taken in both orders" */
	mutex_unlock(&f->tree);
	mutex_unlock(&f->page);
}
