// SPDX-License-Identifier: GPL-2.0
/* A mutex of a hashed table is one class, whatever the index. */

/* Lock ordering: foo_fault_table -> foo_page.lock */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo_page {
	spinlock_t lock;
	unsigned int index;
};

static spinlock_t foo_fault_table[64];

void foo_fault(struct foo_page *page)
{
	spinlock_t *slot = &foo_fault_table[page->index % 64];

	spin_lock(slot);
	spin_lock(&page->lock);
	spin_unlock(&page->lock);
	spin_unlock(slot);
}

void foo_remove(struct foo_page *page)
{
	spin_lock(&page->lock);
	spin_lock(&foo_fault_table[page->index % 64]);	/* want "order: foo_fault_table\\[\\] taken under foo_page.lock" */
	spin_unlock(&foo_fault_table[page->index % 64]);
	spin_unlock(&page->lock);
}
