/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_HUGETLB_H
#define _LINUX_HUGETLB_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>

struct hstate {
	unsigned int order;
	unsigned long nr_huge_pages;
	unsigned long free_huge_pages;
	unsigned long resv_huge_pages;
	struct list_head hugepage_freelist;
	struct list_head hugepage_activelist;
};

struct hugepage_subpool {
	spinlock_t lock;
	long max_hpages;
	long used_hpages;
};

struct resv_map {
	spinlock_t lock;
	long adds_in_progress;
	struct list_head regions;
};

struct hugetlbfs_sb_info {
	struct hstate *hstate;
	struct hugepage_subpool *spool;
};

struct inode *hugetlbfs_get_inode(struct super_block *sb, umode_t mode);

struct hugetlbfs_inode_info {
	struct inode vfs_inode;
	unsigned int seals;
#ifdef CONFIG_ARCH_WANT_HUGE_PMD_SHARE
	/* read: a pte of the file is in use; write: a shared table may go */
	struct rw_semaphore hinode_rwsem;
	/* who unlocked a page to get hinode_rwsem: eviction waits for them */
	atomic_t pins;
#endif
};

#define F_SEAL_SHRINK	0x0002
#define F_SEAL_GROW	0x0004
#define F_SEAL_WRITE	0x0008

#define HPAGE_RESV_OWNER	(1UL << 0)
#define HPAGE_RESV_UNMAPPED	(1UL << 1)

extern spinlock_t hugetlb_lock;
extern struct mutex *hugetlb_fault_mutex_table;
extern struct hugepage_subpool hugetlb_default_subpool;

static inline struct hugetlbfs_inode_info *HUGETLBFS_I(struct inode *inode)
{
	return container_of(inode, struct hugetlbfs_inode_info, vfs_inode);
}

static inline bool is_vm_hugetlb_page(struct vm_area_struct *vma)
{
	return !!(vma->vm_flags & VM_HUGETLB);
}

#ifdef CONFIG_ARCH_WANT_HUGE_PMD_SHARE
/* can the table of @addr be shared: a whole PUD of a shared mapping? */
static inline bool vma_shareable(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long base = addr & PUD_MASK;

	return (vma->vm_flags & VM_MAYSHARE) && vma->vm_start <= base &&
	       base + PUD_SIZE <= vma->vm_end;
}

static inline void init_hinode_rwsem(struct hugetlbfs_inode_info *info)
{
	init_rwsem(&info->hinode_rwsem);
	info->pins.counter = 0;
}

/*
 * Whoever needs hinode_rwsem whatever is mapped passes no @vma.  With a @vma it
 * is taken only if the table of @addr can be shared; an @addr of 0 stands for
 * the first whole PUD of the vma.  A true result says that it was taken, and
 * has to be released.
 */
static inline bool hinode_needed(struct vm_area_struct *vma, unsigned long addr)
{
	return vma_shareable(vma, addr ? addr : ALIGN(vma->vm_start, PUD_SIZE));
}

static inline bool hinode_lock_read(struct inode *inode,
				    struct vm_area_struct *vma,
				    unsigned long addr)
{
	if (vma && !hinode_needed(vma, addr))
		return false;
	down_read(&HUGETLBFS_I(inode)->hinode_rwsem);
	return true;
}

static inline void hinode_unlock_read(struct inode *inode)
{
	up_read(&HUGETLBFS_I(inode)->hinode_rwsem);
}

static inline bool hinode_lock_write(struct inode *inode,
				     struct vm_area_struct *vma,
				     unsigned long addr)
{
	if (vma && !hinode_needed(vma, addr))
		return false;
	down_write(&HUGETLBFS_I(inode)->hinode_rwsem);
	return true;
}

static inline bool hinode_trylock_write(struct inode *inode)
{
	return down_write_trylock(&HUGETLBFS_I(inode)->hinode_rwsem) != 0;
}

static inline void hinode_unlock_write(struct inode *inode)
{
	up_write(&HUGETLBFS_I(inode)->hinode_rwsem);
}

/* keeps the inode without a page of it locked */
static inline void hinode_pin(struct inode *inode)
{
	atomic_inc(&HUGETLBFS_I(inode)->pins);
}

static inline void hinode_unpin(struct inode *inode)
{
	if (atomic_dec_and_test(&HUGETLBFS_I(inode)->pins))
		wake_up_var(&HUGETLBFS_I(inode)->pins);
}

static inline void hinode_wait_unpinned(struct inode *inode)
{
	wait_var_event(&HUGETLBFS_I(inode)->pins,
		       !atomic_read(&HUGETLBFS_I(inode)->pins));
}

static inline void hinode_assert_locked(struct address_space *mapping)
{
	lockdep_assert_held(&HUGETLBFS_I(mapping->host)->hinode_rwsem);
}

static inline void hinode_assert_write_locked(struct address_space *mapping)
{
	lockdep_assert_held_write(&HUGETLBFS_I(mapping->host)->hinode_rwsem);
}
#else
static inline void init_hinode_rwsem(struct hugetlbfs_inode_info *info)
{
}

static inline bool hinode_lock_read(struct inode *inode,
				    struct vm_area_struct *vma,
				    unsigned long addr)
{
	return false;
}

static inline void hinode_unlock_read(struct inode *inode)
{
}

static inline bool hinode_lock_write(struct inode *inode,
				     struct vm_area_struct *vma,
				     unsigned long addr)
{
	return false;
}

static inline bool hinode_trylock_write(struct inode *inode)
{
	return true;
}

static inline void hinode_unlock_write(struct inode *inode)
{
}

static inline void hinode_pin(struct inode *inode)
{
}

static inline void hinode_unpin(struct inode *inode)
{
}

static inline void hinode_wait_unpinned(struct inode *inode)
{
}
#endif

struct hstate *hstate_inode(struct inode *inode);
struct hstate *hstate_vma(struct vm_area_struct *vma);
struct hstate *page_hstate(struct page *page);

static inline unsigned int huge_page_shift(struct hstate *h)
{
	return h->order + PAGE_SHIFT;
}

static inline unsigned long huge_page_size(struct hstate *h)
{
	return PAGE_SIZE << h->order;
}

static inline unsigned long huge_page_mask(struct hstate *h)
{
	return ~(huge_page_size(h) - 1);
}

static inline unsigned int pages_per_huge_page(struct hstate *h)
{
	return 1U << h->order;
}

/* the table page's own lock, or the mm's where a huge page is no pmd */
static inline spinlock_t *huge_pte_lockptr(struct hstate *h,
					   struct mm_struct *mm, pte_t *pte)
{
	if (huge_page_size(h) == PMD_SIZE)
		return ptlock_ptr(virt_to_page(pte));
	return &mm->page_table_lock;
}

static inline spinlock_t *huge_pte_lock(struct hstate *h,
					struct mm_struct *mm, pte_t *pte)
{
	spinlock_t *ptl;

	ptl = huge_pte_lockptr(h, mm, pte);
	spin_lock(ptl);
	return ptl;
}

static inline pte_t huge_ptep_get(pte_t *ptep)
{
	return *ptep;
}

static inline bool huge_pte_none(pte_t pte)
{
	return pte_none(pte);
}

pte_t huge_ptep_get_and_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep);
void set_huge_pte_at(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t pte);
pte_t make_huge_pte(struct vm_area_struct *vma, struct page *page, int writable);
pte_t huge_pte_modify(pte_t pte, pgprot_t newprot);

u32 hugetlb_fault_mutex_hash(struct address_space *mapping, pgoff_t idx);
pgoff_t vma_hugecache_offset(struct hstate *h, struct vm_area_struct *vma,
			     unsigned long address);
struct inode *hugetlb_page_lock_hinode(struct page *hpage);
void hugetlb_page_unlock_hinode(struct inode *inode);

int is_vma_resv_set(struct vm_area_struct *vma, unsigned long flag);
void set_vma_resv_flags(struct vm_area_struct *vma, unsigned long flags);
struct resv_map *vma_resv_map(struct vm_area_struct *vma);
struct resv_map *inode_resv_map(struct inode *inode);
struct resv_map *resv_map_alloc(void);
void resv_map_release(struct resv_map *resv);
long region_del(struct resv_map *resv, long start, long end);

struct page *alloc_huge_page(struct vm_area_struct *vma, unsigned long addr,
			     int avoid_reserve);
void free_huge_page(struct page *page);
void restore_reserve_on_error(struct hstate *h, struct vm_area_struct *vma,
			      unsigned long address, struct page *page);
int huge_add_to_page_cache(struct page *page, struct address_space *mapping,
			   pgoff_t idx);
int dissolve_free_huge_page(struct page *page);
long hugetlb_unreserve_pages(struct inode *inode, long start, long end,
			     long freed);
void hugetlb_fix_reserve_counts(struct inode *inode);
void putback_active_hugepage(struct page *page);
void move_hugetlb_state(struct page *oldpage, struct page *newpage);

pte_t *huge_pte_alloc(struct mm_struct *mm, struct vm_area_struct *vma,
		      unsigned long addr, unsigned long sz, bool share);
pte_t *huge_pte_offset(struct mm_struct *mm, unsigned long addr,
		       unsigned long sz);
int huge_pmd_unshare(struct mm_struct *mm, struct vm_area_struct *vma,
		     unsigned long *addr, pte_t *ptep);
void adjust_range_if_pmd_sharing_possible(struct vm_area_struct *vma,
				unsigned long *start, unsigned long *end);

int copy_hugetlb_page_range(struct mm_struct *dst, struct mm_struct *src,
			    struct vm_area_struct *vma);
void unmap_hugepage_range(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, struct page *ref_page, bool unshare);
void __unmap_hugepage_range_final(struct mmu_gather *tlb,
				  struct vm_area_struct *vma,
				  unsigned long start, unsigned long end,
				  struct page *ref_page, bool unshare);
vm_fault_t hugetlb_fault(struct mm_struct *mm, struct vm_area_struct *vma,
			 unsigned long address, unsigned int flags);
int hugetlb_mcopy_atomic_pte(struct mm_struct *dst_mm, pte_t *dst_pte,
			     struct vm_area_struct *dst_vma,
			     unsigned long dst_addr, unsigned long src_addr,
			     struct page **pagep);
unsigned long hugetlb_change_protection(struct vm_area_struct *vma,
					unsigned long address,
					unsigned long end, pgprot_t newprot);

#endif
