// SPDX-License-Identifier: GPL-2.0
/* Where the mapping is known to be shmem's, its operations are. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct address_space;

struct address_space_operations {
	int (*dirty)(struct address_space *mapping);
};

struct address_space {
	struct mutex tree;
	struct mutex private;
	const struct address_space_operations *a_ops;
};

struct folio { struct address_space *mapping; };

int shmem_mapping(struct address_space *mapping);
struct address_space *folio_mapping(struct folio *folio);

static int shmem_dirty(struct address_space *mapping)
{
	return 0;
}

static int foo_dirty(struct address_space *mapping)
{
	mutex_lock(&mapping->private);
	mutex_unlock(&mapping->private);
	return 1;
}

const struct address_space_operations shmem_aops = {
	.dirty = shmem_dirty,
};

const struct address_space_operations foo_aops = {
	.dirty = foo_dirty,
};

static int foo_mark(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	return mapping->a_ops->dirty(mapping);
}

void foo_collapse(struct address_space *mapping, struct folio *folio)
{
	int is_shmem = shmem_mapping(mapping);

	mutex_lock(&mapping->tree);
	if (is_shmem)
		foo_mark(folio);
	mutex_unlock(&mapping->tree);
}

void foo_attach(struct address_space *mapping)
{
	mutex_lock(&mapping->private);
	mutex_lock(&mapping->tree);
	mutex_unlock(&mapping->tree);
	mutex_unlock(&mapping->private);
}
