// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages of hugetlbfs: the pool, reservations, page tables and faults.
 *
 * Model of the state as posted.  hinode_rwsem guards shared page tables: read
 * while a pte of a file is looked up and used, write where a shared table may
 * be let go of.  It is skipped where nothing can be shared; what stands for
 * "it was taken" is handed down as a bool.
 */

#include <linux/hugetlb.h>
#include <linux/mmu_notifier.h>
#include <linux/rmap.h>
#include <linux/userfaultfd_k.h>

/* hstate counts and both lists of every hstate */
DEFINE_SPINLOCK(hugetlb_lock);

/* one fault at a time on an index of a file; hashed */
struct mutex *hugetlb_fault_mutex_table;

struct hugepage_subpool hugetlb_default_subpool;

static struct hugepage_subpool *subpool_vma(struct vm_area_struct *vma)
{
	struct inode *inode = file_inode(vma->vm_file);
	struct hugetlbfs_sb_info *sbinfo = inode->i_sb->s_fs_info;

	return sbinfo->spool;
}

static int hugepage_subpool_get_pages(struct hugepage_subpool *spool, long delta)
{
	int ret = 0;

	if (!spool)
		return 0;

	spin_lock(&spool->lock);
	if (spool->used_hpages + delta <= spool->max_hpages)
		spool->used_hpages += delta;
	else
		ret = -ENOMEM;
	spin_unlock(&spool->lock);
	return ret;
}

static void hugepage_subpool_put_pages(struct hugepage_subpool *spool, long delta)
{
	if (!spool)
		return;

	spin_lock(&spool->lock);
	spool->used_hpages -= delta;
	spin_unlock(&spool->lock);
}

static int allocate_file_region_entries(struct resv_map *resv, long regions)
{
	struct list_head *entry;

	/* the caller's lock: an allocation may sleep */
	spin_unlock(&resv->lock);
	entry = (struct list_head *)alloc_page(GFP_KERNEL);
	spin_lock(&resv->lock);
	if (!entry)
		return -ENOMEM;
	list_add_tail(entry, &resv->regions);
	return 0;
}

static long region_chg(struct resv_map *resv, long start, long end)
{
	long chg = end - start;

	spin_lock(&resv->lock);
	if (resv->adds_in_progress && allocate_file_region_entries(resv, 1)) {
		spin_unlock(&resv->lock);
		return -ENOMEM;
	}
	resv->adds_in_progress++;
	spin_unlock(&resv->lock);
	return chg;
}

static void region_abort(struct resv_map *resv, long start, long end)
{
	spin_lock(&resv->lock);
	resv->adds_in_progress--;
	spin_unlock(&resv->lock);
}

long region_del(struct resv_map *resv, long start, long end)
{
	long del = end - start;

	spin_lock(&resv->lock);
	if (!list_empty(&resv->regions) &&
	    allocate_file_region_entries(resv, 1))
		del = -ENOMEM;
	spin_unlock(&resv->lock);
	return del;
}

static long vma_needs_reservation(struct hstate *h, struct vm_area_struct *vma,
				  unsigned long addr)
{
	struct resv_map *resv = vma_resv_map(vma);
	pgoff_t idx = vma_hugecache_offset(h, vma, addr);

	if (!resv)
		return 1;
	return region_chg(resv, idx, idx + 1);
}

static void vma_end_reservation(struct hstate *h, struct vm_area_struct *vma,
				unsigned long addr)
{
	struct resv_map *resv = vma_resv_map(vma);
	pgoff_t idx = vma_hugecache_offset(h, vma, addr);

	if (resv)
		region_abort(resv, idx, idx + 1);
}

static struct page *dequeue_huge_page(struct hstate *h)
{
	struct page *page;

	lockdep_assert_held(&hugetlb_lock);
	if (list_empty(&h->hugepage_freelist))
		return NULL;

	page = list_entry(h->hugepage_freelist.next, struct page, lru);
	list_move_tail(&page->lru, &h->hugepage_activelist);
	h->free_huge_pages--;
	return page;
}

struct page *alloc_huge_page(struct vm_area_struct *vma, unsigned long addr,
			     int avoid_reserve)
{
	struct hugepage_subpool *spool = subpool_vma(vma);
	struct hstate *h = hstate_vma(vma);
	struct page *page;

	if (vma_needs_reservation(h, vma, addr) < 0)
		return ERR_PTR(-ENOMEM);

	if (hugepage_subpool_get_pages(spool, 1)) {
		vma_end_reservation(h, vma, addr);
		return ERR_PTR(-ENOSPC);
	}

	spin_lock(&hugetlb_lock);
	page = dequeue_huge_page(h);
	if (!page) {
		/* not under a spinlock */
		spin_unlock(&hugetlb_lock);
		page = alloc_page(GFP_KERNEL);
		if (!page)
			goto out_subpool;
		spin_lock(&hugetlb_lock);
		h->nr_huge_pages++;
		list_add_tail(&page->lru, &h->hugepage_activelist);
	}
	if (!avoid_reserve && h->resv_huge_pages) {
		SetPagePrivate(page);
		h->resv_huge_pages--;
	}
	spin_unlock(&hugetlb_lock);
	vma_end_reservation(h, vma, addr);
	return page;

out_subpool:
	hugepage_subpool_put_pages(spool, 1);
	vma_end_reservation(h, vma, addr);
	return ERR_PTR(-ENOSPC);
}

/* the destructor: runs when the last reference goes */
void free_huge_page(struct page *page)
{
	struct hstate *h = page_hstate(page);

	hugepage_subpool_put_pages(&hugetlb_default_subpool, 1);
	spin_lock(&hugetlb_lock);
	if (PagePrivate(page))
		h->resv_huge_pages++;
	ClearPagePrivate(page);
	list_move_tail(&page->lru, &h->hugepage_freelist);
	h->free_huge_pages++;
	spin_unlock(&hugetlb_lock);
}

int dissolve_free_huge_page(struct page *page)
{
	struct hstate *h = page_hstate(page);
	int rc = -EBUSY;

	spin_lock(&hugetlb_lock);
	if (!page_count(page) && h->free_huge_pages > h->resv_huge_pages) {
		list_del(&page->lru);
		h->free_huge_pages--;
		h->nr_huge_pages--;
		rc = 0;
	}
	spin_unlock(&hugetlb_lock);
	return rc;
}

void putback_active_hugepage(struct page *page)
{
	spin_lock(&hugetlb_lock);
	list_move_tail(&page->lru, &page_hstate(page)->hugepage_activelist);
	spin_unlock(&hugetlb_lock);
	put_page(page);
}

void restore_reserve_on_error(struct hstate *h, struct vm_area_struct *vma,
			      unsigned long address, struct page *page)
{
	if (!PagePrivate(page))
		return;

	if (vma_needs_reservation(h, vma, address) < 0)
		ClearPagePrivate(page);
	else
		vma_end_reservation(h, vma, address);
}

long hugetlb_unreserve_pages(struct inode *inode, long start, long end,
			     long freed)
{
	struct resv_map *resv = inode_resv_map(inode);
	struct hugetlbfs_sb_info *sbinfo = inode->i_sb->s_fs_info;
	long chg = 0;

	if (resv) {
		chg = region_del(resv, start, end);
		if (chg < 0)
			return chg;
	}

	spin_lock(&inode->i_lock);
	inode->i_blocks -= freed;
	spin_unlock(&inode->i_lock);

	hugepage_subpool_put_pages(sbinfo->spool, chg - freed);
	return 0;
}

void hugetlb_fix_reserve_counts(struct inode *inode)
{
	struct hugetlbfs_sb_info *sbinfo = inode->i_sb->s_fs_info;

	if (!hugepage_subpool_get_pages(sbinfo->spool, 1)) {
		spin_lock(&hugetlb_lock);
		sbinfo->hstate->resv_huge_pages++;
		spin_unlock(&hugetlb_lock);
	}
}

/* 0: @page is in the cache, and locked */
int huge_add_to_page_cache(struct page *page, struct address_space *mapping,
			   pgoff_t idx)
{
	struct inode *inode = mapping->host;
	int err = add_to_page_cache(page, mapping, idx);

	if (err)
		return err;

	ClearPagePrivate(page);
	spin_lock(&inode->i_lock);
	inode->i_blocks++;
	spin_unlock(&inode->i_lock);
	return 0;
}

int copy_hugetlb_page_range(struct mm_struct *dst, struct mm_struct *src,
			    struct vm_area_struct *vma)
{
	bool cow = (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
	struct inode *inode = file_inode(vma->vm_file);
	struct hstate *h = hstate_vma(vma);
	unsigned long sz = huge_page_size(h);
	struct mmu_notifier_range range;
	unsigned long addr;
	bool hinode_locked;
	int ret = 0;

	hinode_locked = hinode_lock_read(inode, vma, 0);

	if (cow) {
		mmu_notifier_range_init(&range, vma, vma->vm_start, vma->vm_end);
		mmu_notifier_invalidate_range_start(&range);
	}

	for (addr = vma->vm_start; addr < vma->vm_end; addr += sz) {
		spinlock_t *src_ptl, *dst_ptl;
		pte_t *src_pte, *dst_pte, entry;
		struct page *page;

		src_pte = huge_pte_offset(src, addr, sz);
		if (!src_pte)
			continue;
		dst_pte = huge_pte_alloc(dst, vma, addr, sz, hinode_locked);
		if (!dst_pte) {
			ret = -ENOMEM;
			break;
		}

		/* one table for both: it needs no copy */
		if (dst_pte == src_pte)
			continue;

		dst_ptl = huge_pte_lock(h, dst, dst_pte);
		src_ptl = huge_pte_lockptr(h, src, src_pte);
		spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
		entry = huge_ptep_get(src_pte);
		if (!huge_pte_none(entry)) {
			if (cow) {
				entry = pte_wrprotect(entry);
				set_huge_pte_at(src, addr, src_pte, entry);
			}
			if (pte_present(entry)) {
				page = pte_page(entry);
				get_page(page);
				page_add_file_rmap(page);
			}
			set_huge_pte_at(dst, addr, dst_pte, entry);
		}
		spin_unlock(src_ptl);
		spin_unlock(dst_ptl);
	}

	if (cow)
		mmu_notifier_invalidate_range_end(&range);
	if (hinode_locked)
		hinode_unlock_read(inode);

	return ret;
}

/* @unshare: the caller has hinode_rwsem for write, tables may be let go of */
static void __unmap_hugepage_range(struct mmu_gather *tlb,
				   struct vm_area_struct *vma,
				   unsigned long start, unsigned long end,
				   struct page *ref_page, bool unshare)
{
	struct mm_struct *mm = vma->vm_mm;
	struct hstate *h = hstate_vma(vma);
	unsigned long sz = huge_page_size(h);
	struct mmu_notifier_range range;
	unsigned long address;

	BUG_ON(start & ~huge_page_mask(h));
	BUG_ON(end & ~huge_page_mask(h));

	mmu_notifier_range_init(&range, vma, start, end);
	adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
	mmu_notifier_invalidate_range_start(&range);

	for (address = start; address < end; address += sz) {
		spinlock_t *ptl;
		struct page *page;
		pte_t *ptep, pte;

		ptep = huge_pte_offset(mm, address, sz);
		if (!ptep)
			continue;

		ptl = huge_pte_lock(h, mm, ptep);
		if (unshare && huge_pmd_unshare(mm, vma, &address, ptep)) {
			spin_unlock(ptl);
			continue;
		}

		pte = huge_ptep_get(ptep);
		if (huge_pte_none(pte)) {
			spin_unlock(ptl);
			continue;
		}

		/* a migration or poison entry refers to no page */
		if (unlikely(!pte_present(pte))) {
			huge_ptep_get_and_clear(mm, address, ptep);
			spin_unlock(ptl);
			continue;
		}

		page = pte_page(pte);
		if (ref_page) {
			if (page != ref_page) {
				spin_unlock(ptl);
				continue;
			}
			/* a later fault here must fail, not read zeroes */
			set_vma_resv_flags(vma, HPAGE_RESV_UNMAPPED);
		}

		pte = huge_ptep_get_and_clear(mm, address, ptep);
		if (pte_dirty(pte))
			SetPageDirty(page);
		page_remove_rmap(page);
		spin_unlock(ptl);
		tlb_remove_page(tlb, page);

		if (ref_page)
			break;
	}

	mmu_notifier_invalidate_range_end(&range);
}

void __unmap_hugepage_range_final(struct mmu_gather *tlb,
				  struct vm_area_struct *vma,
				  unsigned long start, unsigned long end,
				  struct page *ref_page, bool unshare)
{
	__unmap_hugepage_range(tlb, vma, start, end, ref_page, unshare);

	/* the vma is going: nobody is to find its tables and share them */
	vma->vm_flags &= ~VM_MAYSHARE;
}

void unmap_hugepage_range(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, struct page *ref_page, bool unshare)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, vma->vm_mm, start, end);
	__unmap_hugepage_range(&tlb, vma, start, end, ref_page, unshare);
	tlb_finish_mmu(&tlb, start, end);
}

/*
 * The owner of a private mapping could not copy @page: take it away from the
 * children that still map it, so that the owner gets it without a copy.
 */
static void unmap_ref_private(struct mm_struct *mm, struct vm_area_struct *vma,
			      struct page *page, unsigned long address)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct hstate *h = hstate_vma(vma);
	struct vm_area_struct *iter_vma;
	pgoff_t pgoff;

	address &= huge_page_mask(h);
	pgoff = linear_page_index(vma, address);

	/* private mappings share no table: hinode_rwsem is not needed */
	i_mmap_lock_write(mapping);
	vma_interval_tree_foreach(iter_vma, &mapping->i_mmap, pgoff, pgoff) {
		if (iter_vma == vma)
			continue;

		/* shared mappings have reserves of their own */
		if (iter_vma->vm_flags & VM_MAYSHARE)
			continue;

		if (!is_vma_resv_set(iter_vma, HPAGE_RESV_OWNER))
			unmap_hugepage_range(iter_vma, address,
					     address + huge_page_size(h), page,
					     false);
	}
	i_mmap_unlock_write(mapping);
}

/*
 * Called with @ptl, the fault mutex and the locks of the mapped page and of
 * @pagecache_page; returns with them.  @ptl may have been dropped in between.
 */
static vm_fault_t hugetlb_cow(struct mm_struct *mm, struct vm_area_struct *vma,
			      unsigned long address, pte_t *ptep,
			      struct page *pagecache_page, spinlock_t *ptl)
{
	struct hstate *h = hstate_vma(vma);
	unsigned long haddr = address & huge_page_mask(h);
	struct mmu_notifier_range range;
	struct page *old_page, *new_page;
	int outside_reserve = 0;
	vm_fault_t ret = 0;
	pte_t pte;

	pte = huge_ptep_get(ptep);
	old_page = pte_page(pte);

retry_avoidcopy:
	/* nobody else has it: no need to copy */
	if (page_mapcount(old_page) == 1 && PageAnon(old_page)) {
		page_move_anon_rmap(old_page, vma);
		set_huge_pte_at(mm, haddr, ptep,
				make_huge_pte(vma, old_page, 1));
		return 0;
	}

	/* the reserve of the range was used by the fault of the page cache */
	if (is_vma_resv_set(vma, HPAGE_RESV_OWNER) &&
	    old_page != pagecache_page)
		outside_reserve = 1;

	get_page(old_page);

	/* the allocator may sleep */
	spin_unlock(ptl);
	new_page = alloc_huge_page(vma, haddr, outside_reserve);

	if (IS_ERR(new_page)) {
		if (outside_reserve) {
			put_page(old_page);
			unmap_ref_private(mm, vma, old_page, haddr);

			spin_lock(ptl);
			ptep = huge_pte_offset(mm, haddr, huge_page_size(h));
			if (likely(ptep &&
				   pte_same(huge_ptep_get(ptep), pte)))
				goto retry_avoidcopy;
			/* somebody else did the work meanwhile */
			return 0;
		}

		ret = VM_FAULT_OOM;
		goto out_release_old;
	}

	if (unlikely(anon_vma_prepare(vma))) {
		ret = VM_FAULT_OOM;
		goto out_release_all;
	}

	copy_user_huge_page(new_page, old_page, address);
	__SetPageUptodate(new_page);

	mmu_notifier_range_init(&range, vma, haddr, haddr + huge_page_size(h));
	mmu_notifier_invalidate_range_start(&range);

	spin_lock(ptl);
	ptep = huge_pte_offset(mm, haddr, huge_page_size(h));
	if (likely(ptep && pte_same(huge_ptep_get(ptep), pte))) {
		ClearPagePrivate(new_page);
		huge_ptep_get_and_clear(mm, haddr, ptep);
		set_huge_pte_at(mm, haddr, ptep,
				make_huge_pte(vma, new_page, 1));
		page_remove_rmap(old_page);
		page_add_anon_rmap(new_page, vma, haddr);
		/* now it is the old one that has to go */
		new_page = old_page;
	}
	spin_unlock(ptl);
	mmu_notifier_invalidate_range_end(&range);
out_release_all:
	restore_reserve_on_error(h, vma, haddr, new_page);
	put_page(new_page);
out_release_old:
	put_page(old_page);

	/* as the caller left it */
	spin_lock(ptl);
	return ret;
}

/* NULL, or the page of the cache with its lock held */
static struct page *hugetlbfs_pagecache_page(struct hstate *h,
					     struct vm_area_struct *vma,
					     unsigned long address)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t idx = vma_hugecache_offset(h, vma, address);

	return find_lock_page(mapping, idx);
}

static bool hugetlbfs_pagecache_present(struct hstate *h,
					struct vm_area_struct *vma,
					unsigned long address)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t idx = vma_hugecache_offset(h, vma, address);
	struct page *page;

	page = find_get_page(mapping, idx);
	if (page)
		put_page(page);
	return page != NULL;
}

/*
 * Nothing is mapped at @address yet.  Called with the fault mutex, and with
 * hinode_rwsem for read if @hinode_locked; returns with them.
 */
static vm_fault_t hugetlb_no_page(struct mm_struct *mm,
				  struct vm_area_struct *vma,
				  struct address_space *mapping, pgoff_t idx,
				  unsigned long address, pte_t *ptep,
				  unsigned int flags, bool hinode_locked)
{
	struct hstate *h = hstate_vma(vma);
	unsigned long haddr = address & huge_page_mask(h);
	vm_fault_t ret = VM_FAULT_SIGBUS;
	bool reserve_alloc = false;
	bool beyond_i_size = false;
	bool page_cache = false;
	bool anon_rmap = false;
	struct page *page;
	spinlock_t *ptl;

	/* a child whose page went to the owner, see unmap_ref_private */
	if (is_vma_resv_set(vma, HPAGE_RESV_UNMAPPED))
		goto out;

retry:
	page = find_lock_page(mapping, idx);
	if (!page) {
		if (idx >= i_size_read(mapping->host) >> huge_page_shift(h))
			goto out;

		if (userfaultfd_missing(vma)) {
			u32 hash = hugetlb_fault_mutex_hash(mapping, idx);
			struct vm_fault vmf = {
				.vma = vma,
				.address = haddr,
				.flags = flags,
			};

			/* the handler sleeps until user space has acted */
			mutex_unlock(&hugetlb_fault_mutex_table[hash]);
			if (hinode_locked)
				hinode_unlock_read(mapping->host);
			ret = handle_userfault(&vmf, VM_UFFD_MISSING);
			if (hinode_locked)
				hinode_lock_read(mapping->host, NULL, 0);
			mutex_lock(&hugetlb_fault_mutex_table[hash]);
			goto out;
		}

		page = alloc_huge_page(vma, haddr, 0);
		if (IS_ERR(page)) {
			/* migration clears a pte for a while under the ptl */
			ret = VM_FAULT_OOM;
			ptl = huge_pte_lock(h, mm, ptep);
			if (!huge_pte_none(huge_ptep_get(ptep)))
				ret = 0;
			spin_unlock(ptl);
			goto out;
		}
		reserve_alloc = PagePrivate(page);
		clear_huge_page(page, address);
		__SetPageUptodate(page);

		if (vma->vm_flags & VM_MAYSHARE) {
			int err = huge_add_to_page_cache(page, mapping, idx);

			if (err) {
				put_page(page);
				if (err == -EEXIST)
					goto retry;
				goto out;
			}
			page_cache = true;
		} else {
			lock_page(page);
			if (unlikely(anon_vma_prepare(vma))) {
				ret = VM_FAULT_OOM;
				goto backout_unlocked;
			}
			anon_rmap = true;
		}
	} else if (unlikely(PageHWPoison(page))) {
		ret = VM_FAULT_HWPOISON_LARGE;
		goto backout_unlocked;
	}

	/* what a copy below needs must be allocated outside the spinlock */
	if ((flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED)) {
		if (vma_needs_reservation(h, vma, haddr) < 0) {
			ret = VM_FAULT_OOM;
			goto backout_unlocked;
		}
		vma_end_reservation(h, vma, haddr);
	}

	ptl = huge_pte_lock(h, mm, ptep);
	/* truncation moves i_size, then unmaps under this lock */
	if (idx >= i_size_read(mapping->host) >> huge_page_shift(h)) {
		beyond_i_size = true;
		goto backout;
	}

	ret = 0;
	if (!huge_pte_none(huge_ptep_get(ptep)))
		goto backout;

	if (anon_rmap) {
		ClearPagePrivate(page);
		page_add_anon_rmap(page, vma, haddr);
	} else {
		page_add_file_rmap(page);
	}
	set_huge_pte_at(mm, haddr, ptep,
			make_huge_pte(vma, page, vma->vm_flags & VM_SHARED));

	/* spares a second fault */
	if ((flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED))
		ret = hugetlb_cow(mm, vma, address, ptep, page, ptl);

	spin_unlock(ptl);
	unlock_page(page);
out:
	return ret;

backout:
	spin_unlock(ptl);
backout_unlocked:
	if (page_cache && beyond_i_size) {
		/* truncation may be past this index already */
		delete_from_page_cache(page);
		if (reserve_alloc)
			SetPagePrivate(page);
	}
	unlock_page(page);
	if (!beyond_i_size)
		restore_reserve_on_error(h, vma, haddr, page);
	put_page(page);
	goto out;
}

/* mmap_lock is held for read */
vm_fault_t hugetlb_fault(struct mm_struct *mm, struct vm_area_struct *vma,
			 unsigned long address, unsigned int flags)
{
	struct hstate *h = hstate_vma(vma);
	unsigned long haddr = address & huge_page_mask(h);
	struct page *page = NULL, *pagecache_page = NULL;
	struct address_space *mapping;
	bool need_wait_lock = false;
	bool hinode_locked;
	pte_t *ptep, entry;
	struct inode *inode;
	spinlock_t *ptl;
	vm_fault_t ret;
	pgoff_t idx;
	u32 hash;

	/* nothing is locked: this value can only be a hint */
	ptep = huge_pte_offset(mm, haddr, huge_page_size(h));
	if (ptep && is_hwpoison_entry(huge_ptep_get(ptep)))
		return VM_FAULT_HWPOISON_LARGE;

	/*
	 * Held until ptep is done with: keeps huge_pmd_unshare away from the
	 * table that ptep points into.
	 */
	mapping = vma->vm_file->f_mapping;
	inode = mapping->host;
	hinode_locked = hinode_lock_read(inode, vma, address);
	ptep = huge_pte_alloc(mm, vma, haddr, huge_page_size(h), hinode_locked);
	if (!ptep) {
		ret = VM_FAULT_OOM;
		goto out_mutex;
	}

	/* two faults for one page would allocate twice, and one fail */
	idx = vma_hugecache_offset(h, vma, haddr);
	hash = hugetlb_fault_mutex_hash(mapping, idx);
	mutex_lock(&hugetlb_fault_mutex_table[hash]);

	entry = huge_ptep_get(ptep);
	if (huge_pte_none(entry)) {
		ret = hugetlb_no_page(mm, vma, mapping, idx, address, ptep,
				      flags, hinode_locked);
		goto out_mutex;
	}

	ret = 0;

	/* migration or poison: the next fault sees to it */
	if (!pte_present(entry))
		goto out_mutex;

	if ((flags & FAULT_FLAG_WRITE) && !pte_write(entry)) {
		if (vma_needs_reservation(h, vma, haddr) < 0) {
			ret = VM_FAULT_OOM;
			goto out_mutex;
		}
		vma_end_reservation(h, vma, haddr);

		if (!(vma->vm_flags & VM_MAYSHARE))
			pagecache_page = hugetlbfs_pagecache_page(h, vma,
								  haddr);
	}

	ptl = huge_pte_lock(h, mm, ptep);

	if (unlikely(!pte_same(entry, huge_ptep_get(ptep))))
		goto out_ptl;

	/* hugetlb_cow wants the locks of both pages, which may be one */
	page = pte_page(entry);
	if (page != pagecache_page)
		if (!trylock_page(page)) {
			need_wait_lock = true;
			goto out_ptl;
		}

	get_page(page);

	if (flags & FAULT_FLAG_WRITE) {
		if (!pte_write(entry)) {
			ret = hugetlb_cow(mm, vma, address, ptep,
					  pagecache_page, ptl);
			goto out_put_page;
		}
	}
	set_huge_pte_at(mm, haddr, ptep, pte_mkyoung(entry));
	update_mmu_cache(vma, haddr, ptep);
out_put_page:
	if (page != pagecache_page)
		unlock_page(page);
	put_page(page);
out_ptl:
	spin_unlock(ptl);

	if (pagecache_page) {
		unlock_page(pagecache_page);
		put_page(pagecache_page);
	}
out_mutex:
	mutex_unlock(&hugetlb_fault_mutex_table[hash]);
	if (hinode_locked)
		hinode_unlock_read(inode);

	/* not a wait for the page, but a pause before the next try */
	if (need_wait_lock)
		wait_on_page_locked(page);
	return ret;
}

/* The caller has the fault mutex of the page. */
int hugetlb_mcopy_atomic_pte(struct mm_struct *dst_mm, pte_t *dst_pte,
			     struct vm_area_struct *dst_vma,
			     unsigned long dst_addr, unsigned long src_addr,
			     struct page **pagep)
{
	struct address_space *mapping = dst_vma->vm_file->f_mapping;
	bool vm_shared = dst_vma->vm_flags & VM_SHARED;
	struct hstate *h = hstate_vma(dst_vma);
	struct page *page;
	spinlock_t *ptl;
	pgoff_t idx;
	int ret;

	idx = vma_hugecache_offset(h, dst_vma, dst_addr);

	if (!*pagep) {
		ret = -EEXIST;
		if (vm_shared &&
		    hugetlbfs_pagecache_present(h, dst_vma, dst_addr))
			goto out;

		ret = -ENOMEM;
		page = alloc_huge_page(dst_vma, dst_addr, 0);
		if (IS_ERR(page))
			goto out;

		/* a source that is not there: the caller copies unlocked */
		if (unlikely(copy_huge_page_from_user(page,
					(const void __user *)src_addr))) {
			*pagep = page;
			ret = -ENOENT;
			goto out;
		}
	} else {
		page = *pagep;
		*pagep = NULL;
	}

	__SetPageUptodate(page);

	if (vm_shared) {
		ret = -EFAULT;
		if (idx >= i_size_read(mapping->host) >> huge_page_shift(h))
			goto out_release_nounlock;

		ret = huge_add_to_page_cache(page, mapping, idx);
		if (ret)
			goto out_release_nounlock;
	}

	ptl = huge_pte_lockptr(h, dst_mm, dst_pte);
	spin_lock(ptl);

	/* truncation may have been here; it takes the page back later */
	ret = -EFAULT;
	if (idx >= i_size_read(mapping->host) >> huge_page_shift(h))
		goto out_release_unlock;

	ret = -EEXIST;
	if (!huge_pte_none(huge_ptep_get(dst_pte)))
		goto out_release_unlock;

	if (vm_shared) {
		page_add_file_rmap(page);
	} else {
		ClearPagePrivate(page);
		page_add_anon_rmap(page, dst_vma, dst_addr);
	}
	set_huge_pte_at(dst_mm, dst_addr, dst_pte,
			make_huge_pte(dst_vma, page, 1));
	update_mmu_cache(dst_vma, dst_addr, dst_pte);

	spin_unlock(ptl);
	if (vm_shared)
		unlock_page(page);
	ret = 0;
out:
	return ret;

out_release_unlock:
	spin_unlock(ptl);
	if (vm_shared)
		unlock_page(page);
out_release_nounlock:
	put_page(page);
	goto out;
}

unsigned long hugetlb_change_protection(struct vm_area_struct *vma,
					unsigned long address,
					unsigned long end, pgprot_t newprot)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct mm_struct *mm = vma->vm_mm;
	struct hstate *h = hstate_vma(vma);
	struct mmu_notifier_range range;
	unsigned long pages = 0;
	bool hinode_locked;

	mmap_assert_write_locked(mm);
	BUG_ON(address >= end);

	/* to let go of a shared table changes all that it maps */
	mmu_notifier_range_init(&range, vma, address, end);
	adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
	flush_cache_range(vma, range.start, range.end);
	mmu_notifier_invalidate_range_start(&range);

	hinode_locked = hinode_lock_write(mapping->host, vma, range.start);
	i_mmap_lock_write(mapping);
	for (; address < end; address += huge_page_size(h)) {
		pte_t *ptep, pte;
		spinlock_t *ptl;

		ptep = huge_pte_offset(mm, address, huge_page_size(h));
		if (!ptep)
			continue;

		ptl = huge_pte_lock(h, mm, ptep);
		if (huge_pmd_unshare(mm, vma, &address, ptep)) {
			pages++;
			spin_unlock(ptl);
			continue;
		}

		pte = huge_ptep_get(ptep);
		if (unlikely(is_hwpoison_entry(pte))) {
			spin_unlock(ptl);
			continue;
		}
		if (!huge_pte_none(pte)) {
			pte = huge_ptep_get_and_clear(mm, address, ptep);
			set_huge_pte_at(mm, address, ptep,
					huge_pte_modify(pte, newprot));
			pages++;
		}
		spin_unlock(ptl);
		cond_resched();
	}
	i_mmap_unlock_write(mapping);
	if (hinode_locked)
		hinode_unlock_write(mapping->host);
	mmu_notifier_invalidate_range_end(&range);

	return pages << h->order;
}

/* the address that maps @idx in @svma, if both may use one table there, or 0 */
static unsigned long page_table_shareable(struct vm_area_struct *svma,
					  struct vm_area_struct *vma,
					  unsigned long addr, pgoff_t idx)
{
	unsigned long saddr = svma->vm_start +
			      ((idx - svma->vm_pgoff) << PAGE_SHIFT);
	unsigned long base = saddr & PUD_MASK;

	if (svma->vm_flags != vma->vm_flags ||
	    (saddr & ~PUD_MASK) != (addr & ~PUD_MASK))
		return 0;
	if (base < svma->vm_start || base + PUD_SIZE > svma->vm_end)
		return 0;
	return saddr;
}

#ifdef CONFIG_ARCH_WANT_HUGE_PMD_SHARE
void adjust_range_if_pmd_sharing_possible(struct vm_area_struct *vma,
				unsigned long *start, unsigned long *end)
{
	if (!(vma->vm_flags & VM_MAYSHARE))
		return;

	if (vma_shareable(vma, *start))
		*start &= PUD_MASK;
	if (vma_shareable(vma, *end))
		*end = ALIGN(*end, PUD_SIZE);
}

/*
 * Finds another mapping of the file that has a table for this part of it, and
 * uses that; else allocates one.  i_mmap_rwsem keeps the other mapping while
 * it is looked at, hinode_rwsem the table that was found.
 */
static pte_t *huge_pmd_share(struct mm_struct *mm, struct vm_area_struct *vma,
			     unsigned long addr, pud_t *pud)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t idx = linear_page_index(vma, addr);
	struct vm_area_struct *svma;
	pte_t *spte = NULL;
	spinlock_t *ptl;
	pte_t *pte;

	if (!vma_shareable(vma, addr))
		return (pte_t *)pmd_alloc(mm, pud, addr);

	hinode_assert_locked(mapping);
	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(svma, &mapping->i_mmap, idx, idx) {
		unsigned long saddr;

		if (svma == vma)
			continue;

		saddr = page_table_shareable(svma, vma, addr, idx);
		if (!saddr)
			continue;

		spte = huge_pte_offset(svma->vm_mm, saddr, PMD_SIZE);
		if (spte) {
			atomic_inc(&virt_to_page(spte)->pt_share_count);
			break;
		}
	}

	if (!spte)
		goto out;

	ptl = huge_pte_lock(hstate_vma(vma), mm, spte);
	if (pud_none(*pud))
		pud_populate(mm, pud,
			     (pmd_t *)((unsigned long)spte & PAGE_MASK));
	else
		atomic_dec(&virt_to_page(spte)->pt_share_count);
	spin_unlock(ptl);
out:
	pte = (pte_t *)pmd_alloc(mm, pud, addr);
	i_mmap_unlock_read(mapping);
	return pte;
}

/* 1: the table of @addr was shared, and is no longer this mm's */
int huge_pmd_unshare(struct mm_struct *mm, struct vm_area_struct *vma,
		     unsigned long *addr, pte_t *ptep)
{
	pud_t *pud = pud_offset(mm, *addr);

	if (!atomic_read(&virt_to_page(ptep)->pt_share_count))
		return 0;

	hinode_assert_write_locked(vma->vm_file->f_mapping);

	pud_clear(pud);
	atomic_dec(&virt_to_page(ptep)->pt_share_count);
	/* the caller goes on behind what the table mapped */
	*addr |= PUD_SIZE - PMD_SIZE;
	return 1;
}
#else
void adjust_range_if_pmd_sharing_possible(struct vm_area_struct *vma,
				unsigned long *start, unsigned long *end)
{
}

static pte_t *huge_pmd_share(struct mm_struct *mm, struct vm_area_struct *vma,
			     unsigned long addr, pud_t *pud)
{
	return (pte_t *)pmd_alloc(mm, pud, addr);
}

int huge_pmd_unshare(struct mm_struct *mm, struct vm_area_struct *vma,
		     unsigned long *addr, pte_t *ptep)
{
	return 0;
}
#endif

/* @share: the caller holds what huge_pmd_share asks for */
pte_t *huge_pte_alloc(struct mm_struct *mm, struct vm_area_struct *vma,
		      unsigned long addr, unsigned long sz, bool share)
{
	pud_t *pud = pud_alloc(mm, addr);

	if (!pud)
		return NULL;
	if (sz == PUD_SIZE)
		return (pte_t *)pud;
	if (share && pud_none(*pud))
		return huge_pmd_share(mm, vma, addr, pud);
	return (pte_t *)pmd_alloc(mm, pud, addr);
}
