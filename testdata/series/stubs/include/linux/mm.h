#ifndef _LINUX_MM_H
#define _LINUX_MM_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/fs.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PMD_SHIFT	21
#define PMD_SIZE	(1UL << PMD_SHIFT)
#define PMD_MASK	(~(PMD_SIZE - 1))
#define PUD_SHIFT	30
#define PUD_SIZE	(1UL << PUD_SHIFT)
#define PUD_MASK	(~(PUD_SIZE - 1))

#define VM_WRITE	0x00000002UL
#define VM_SHARED	0x00000008UL
#define VM_MAYWRITE	0x00000020UL
#define VM_MAYSHARE	0x00000080UL
#define VM_LOCKED	0x00002000UL
#define VM_HUGETLB	0x00400000UL

#define FAULT_FLAG_WRITE	0x01
#define FAULT_FLAG_REMOTE	0x80

#define VM_FAULT_OOM		0x0001
#define VM_FAULT_SIGBUS		0x0002
#define VM_FAULT_HWPOISON_LARGE	0x0020
#define VM_FAULT_RETRY		0x0400
#define VM_FAULT_ERROR		(VM_FAULT_OOM | VM_FAULT_SIGBUS | \
				 VM_FAULT_HWPOISON_LARGE)

#define GFP_KERNEL	0xcc0u

#define PAGE_MAPPING_ANON	0x1UL

/* the page lock */
void lock_page(struct page *page);
int trylock_page(struct page *page);
void unlock_page(struct page *page);
void wait_on_page_locked(struct page *page);
int PageLocked(struct page *page);
void __SetPageLocked(struct page *page);
void __ClearPageLocked(struct page *page);

int PageHuge(struct page *page);
static inline int PageAnon(struct page *page)
{
	return ((unsigned long)page->mapping & PAGE_MAPPING_ANON) != 0;
}
int PageKsm(struct page *page);
int PageDirty(struct page *page);
int PageReserved(struct page *page);
int PageLRU(struct page *page);
int PageHWPoison(struct page *page);
int TestSetPageHWPoison(struct page *page);
int TestClearPageHWPoison(struct page *page);
void SetPageDirty(struct page *page);
void __SetPageUptodate(struct page *page);
void SetPagePrivate(struct page *page);
void ClearPagePrivate(struct page *page);
int PagePrivate(struct page *page);

void get_page(struct page *page);
void put_page(struct page *page);
int page_count(struct page *page);
int page_mapcount(struct page *page);
bool page_mapped(struct page *page);
unsigned long page_private(struct page *page);
pgoff_t page_to_pgoff(struct page *page);
unsigned long page_to_pfn(struct page *page);
struct page *pfn_to_page(unsigned long pfn);
struct page *compound_head(struct page *page);
struct page *virt_to_page(const void *addr);
struct address_space *page_mapping(struct page *page);
struct page *alloc_page(gfp_t gfp);

bool pte_present(pte_t pte);
bool pte_none(pte_t pte);
bool pte_same(pte_t a, pte_t b);
bool pte_write(pte_t pte);
bool pte_dirty(pte_t pte);
pte_t pte_mkyoung(pte_t pte);
pte_t pte_wrprotect(pte_t pte);
struct page *pte_page(pte_t pte);
unsigned long pte_pfn(pte_t pte);
pte_t mk_pte(struct page *page, pgprot_t prot);
void set_pte_at(struct mm_struct *mm, unsigned long addr, pte_t *ptep, pte_t pte);
pte_t ptep_clear_flush(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep);

bool pud_none(pud_t pud);
bool pmd_none(pmd_t pmd);
void pud_populate(struct mm_struct *mm, pud_t *pud, pmd_t *pmd);
void pud_clear(pud_t *pud);
pud_t *pud_alloc(struct mm_struct *mm, unsigned long addr);
pud_t *pud_offset(struct mm_struct *mm, unsigned long addr);
pmd_t *pmd_offset(pud_t *pud, unsigned long addr);
pte_t *pte_offset(pmd_t *pmd, unsigned long addr);
pmd_t *pmd_alloc_one(struct mm_struct *mm, unsigned long addr);
void pmd_free(struct mm_struct *mm, pmd_t *pmd);
int __pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long addr);

static inline pmd_t *pmd_alloc(struct mm_struct *mm, pud_t *pud,
			       unsigned long addr)
{
	if (unlikely(pud_none(*pud)) && __pmd_alloc(mm, pud, addr))
		return NULL;
	return pmd_offset(pud, addr);
}

/* split page table locks: the spinlock in the page of the table */
static inline spinlock_t *ptlock_ptr(struct page *page)
{
	return &page->ptl;
}

static inline spinlock_t *pte_lockptr(struct mm_struct *mm, pmd_t *pmd)
{
	return ptlock_ptr(virt_to_page(pmd));
}

static inline pte_t *__pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd,
					   unsigned long addr,
					   spinlock_t **ptlp)
{
	spinlock_t *ptl = pte_lockptr(mm, pmd);
	pte_t *pte = pte_offset(pmd, addr);

	spin_lock(ptl);
	*ptlp = ptl;
	return pte;
}

#define pte_offset_map_lock(mm, pmd, address, ptlp)	\
	__pte_offset_map_lock(mm, pmd, address, ptlp)

#define pte_unmap_unlock(pte, ptl)	do {	\
	spin_unlock(ptl);			\
	(void)(pte);				\
} while (0)

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
void vma_init(struct vm_area_struct *vma, struct mm_struct *mm);
pgoff_t linear_page_index(struct vm_area_struct *vma, unsigned long addr);
unsigned long vma_address(struct page *page, struct vm_area_struct *vma);
unsigned long vma_kernel_pagesize(struct vm_area_struct *vma);
void update_mmu_cache(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep);
void flush_cache_range(struct vm_area_struct *vma, unsigned long start,
		       unsigned long end);

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm,
		    unsigned long start, unsigned long end);
void tlb_finish_mmu(struct mmu_gather *tlb, unsigned long start,
		    unsigned long end);
void tlb_remove_page(struct mmu_gather *tlb, struct page *page);

struct vm_area_struct *vma_interval_tree_iter_first(struct rb_root_cached *root,
				unsigned long start, unsigned long last);
struct vm_area_struct *vma_interval_tree_iter_next(struct vm_area_struct *vma,
				unsigned long start, unsigned long last);

#define vma_interval_tree_foreach(vma, root, start, last)		\
	for (vma = vma_interval_tree_iter_first(root, start, last);	\
	     vma; vma = vma_interval_tree_iter_next(vma, start, last))

bool is_migration_entry(pte_t pte);
bool is_hwpoison_entry(pte_t pte);
pte_t make_migration_pte(struct page *page, bool write);
pte_t make_hwpoison_pte(struct page *page);

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
			   unsigned int flags);
int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma);
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma,
		unsigned long start, unsigned long end);
void zap_page_range(struct vm_area_struct *vma, unsigned long start,
		    unsigned long size);
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr);
int access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf,
		     int len, unsigned int gup_flags);
int memory_failure(unsigned long pfn, int flags);
void copy_user_huge_page(struct page *dst, struct page *src, unsigned long addr);
void clear_huge_page(struct page *page, unsigned long addr);
long copy_huge_page_from_user(struct page *page, const void __user *src);
bool userfaultfd_missing(struct vm_area_struct *vma);
vm_fault_t handle_userfault(struct vm_fault *vmf, unsigned long reason);

#endif
