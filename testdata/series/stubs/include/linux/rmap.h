#ifndef _LINUX_RMAP_H
#define _LINUX_RMAP_H

#include <linux/mm.h>

struct anon_vma {
	struct anon_vma *root;
	struct rw_semaphore rwsem;
	atomic_t refcount;
	struct rb_root_cached rb_root;
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
};

enum ttu_flags {
	TTU_MIGRATION		= 0x1,
	TTU_IGNORE_MLOCK	= 0x8,
	TTU_IGNORE_HWPOISON	= 0x20,
	TTU_RMAP_LOCKED		= 0x80,	/* do not take the rmap lock: the caller has it */
};

struct rmap_walk_control {
	void *arg;
	bool (*rmap_one)(struct page *page, struct vm_area_struct *vma,
			 unsigned long addr, void *arg);
	int (*done)(struct page *page);
	struct anon_vma *(*anon_lock)(struct page *page);
};

struct page_vma_mapped_walk {
	struct page *page;
	struct vm_area_struct *vma;
	unsigned long address;
	pte_t *pte;
	spinlock_t *ptl;
};

static inline void anon_vma_lock_write(struct anon_vma *anon_vma)
{
	down_write(&anon_vma->root->rwsem);
}

static inline void anon_vma_unlock_write(struct anon_vma *anon_vma)
{
	up_write(&anon_vma->root->rwsem);
}

static inline void anon_vma_lock_read(struct anon_vma *anon_vma)
{
	down_read(&anon_vma->root->rwsem);
}

static inline void anon_vma_unlock_read(struct anon_vma *anon_vma)
{
	up_read(&anon_vma->root->rwsem);
}

struct anon_vma_chain *anon_vma_interval_tree_iter_first(
		struct rb_root_cached *root, unsigned long start, unsigned long last);
struct anon_vma_chain *anon_vma_interval_tree_iter_next(
		struct anon_vma_chain *avc, unsigned long start, unsigned long last);

#define anon_vma_interval_tree_foreach(avc, root, start, last)		\
	for (avc = anon_vma_interval_tree_iter_first(root, start, last);	\
	     avc; avc = anon_vma_interval_tree_iter_next(avc, start, last))

struct anon_vma *anon_vma_alloc(void);
void put_anon_vma(struct anon_vma *anon_vma);
struct anon_vma *page_anon_vma(struct page *page);
struct anon_vma *page_get_anon_vma(struct page *page);
struct anon_vma *page_lock_anon_vma_read(struct page *page);
void page_unlock_anon_vma_read(struct anon_vma *anon_vma);
int __anon_vma_prepare(struct vm_area_struct *vma);

static inline int anon_vma_prepare(struct vm_area_struct *vma)
{
	if (likely(vma->anon_vma))
		return 0;
	return __anon_vma_prepare(vma);
}

void page_add_file_rmap(struct page *page);
void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma,
			unsigned long addr);
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);
void page_remove_rmap(struct page *page);

/* stops a walk: pvmw->ptl is dropped if the walk had found an entry */
static inline void page_vma_mapped_walk_done(struct page_vma_mapped_walk *pvmw)
{
	if (pvmw->ptl) {
		spin_unlock(pvmw->ptl);
		pvmw->ptl = NULL;
	}
}

pmd_t *mm_find_pmd(struct mm_struct *mm, unsigned long address);

/* true: pvmw->pte maps the page and pvmw->ptl is held; the next call drops it */
static inline bool page_vma_mapped_walk(struct page_vma_mapped_walk *pvmw)
{
	struct mm_struct *mm = pvmw->vma->vm_mm;
	pmd_t *pmd;

	if (pvmw->ptl) {
		page_vma_mapped_walk_done(pvmw);
		return false;
	}

	pmd = mm_find_pmd(mm, pvmw->address);
	if (!pmd)
		return false;
	pvmw->pte = pte_offset_map_lock(mm, pmd, pvmw->address, &pvmw->ptl);
	if (pte_page(*pvmw->pte) == pvmw->page)
		return true;
	page_vma_mapped_walk_done(pvmw);
	return false;
}

int page_mapped_in_vma(struct page *page, struct vm_area_struct *vma);
int page_mkclean(struct page *page);
bool try_to_unmap(struct page *page, enum ttu_flags flags);
void rmap_walk(struct page *page, struct rmap_walk_control *rwc);
void rmap_walk_locked(struct page *page, struct rmap_walk_control *rwc);
void remove_migration_ptes(struct page *old, struct page *new, bool locked);

#endif
