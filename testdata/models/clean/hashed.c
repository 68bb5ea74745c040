// SPDX-License-Identifier: GPL-2.0
/* Legal: one slot of the hashed table at a time, always before the page. */

/* Lock ordering: foo_fault_table -> foo_page.lock */

struct mutex { int x; };
typedef struct { int x; } spinlock_t;

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct foo_page {
	spinlock_t lock;
	unsigned int index;
	int n;
};

static struct mutex foo_fault_table[64];

static unsigned int foo_hash(unsigned int index)
{
	return index * 2654435761u % ARRAY_SIZE(foo_fault_table);
}

int foo_fault(struct foo_page *page)
{
	unsigned int hash = foo_hash(page->index);
	int n;

	mutex_lock(&foo_fault_table[hash]);
	spin_lock(&page->lock);
	n = ++page->n;
	spin_unlock(&page->lock);
	mutex_unlock(&foo_fault_table[hash]);
	return n;
}

void foo_remove(struct foo_page *page)
{
	struct mutex *slot = &foo_fault_table[foo_hash(page->index)];

	mutex_lock(slot);
	spin_lock(&page->lock);
	page->n = 0;
	spin_unlock(&page->lock);
	mutex_unlock(slot);
}
