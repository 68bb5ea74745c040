// SPDX-License-Identifier: GPL-2.0
/*
 * Reverse mapping: from a page to the page table entries that map it.
 */

/*
 * Lock ordering in mm:
 *
 * inode->i_rwsem	(write and truncate; neither read nor fault)
 *   mm->mmap_lock
 *   hugetlbfs_inode_info->hinode_rwsem (hugetlbfs: page table sharing)
 *     page->flags PG_locked (lock_page)
 *       hugetlbfs_i_mmap_rwsem_key (in huge_pmd_share)
 *         mapping->i_mmap_rwsem
 *           hugetlb_fault_mutex (hugetlbfs: one fault at a time on a page)
 *           anon_vma->rwsem
 *             mm->page_table_lock or pte_lock
 *               mapping->i_pages lock (migration)
 *               inode->i_lock
 *
 * anon_vma->rwsem,mapping->i_mmap_rwsem	(memory_failure, collect_procs)
 *   ->tasklist_lock
 *     pte map lock
 */

#include <linux/hugetlb.h>
#include <linux/mmu_notifier.h>
#include <linux/rmap.h>

int __anon_vma_prepare(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct anon_vma *anon_vma, *allocated;

	allocated = anon_vma = anon_vma_alloc();
	if (!anon_vma)
		return -ENOMEM;

	anon_vma_lock_write(anon_vma);
	/* two faults of one mm may race to get here */
	spin_lock(&mm->page_table_lock);
	if (likely(!vma->anon_vma)) {
		vma->anon_vma = anon_vma;
		allocated = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	anon_vma_unlock_write(anon_vma);

	if (unlikely(allocated))
		put_anon_vma(allocated);
	return 0;
}

/* keeps the anon_vma of a page that is about to be unmapped */
struct anon_vma *page_get_anon_vma(struct page *page)
{
	struct anon_vma *anon_vma = NULL;

	rcu_read_lock();
	if (!PageAnon(page) || !page_mapped(page))
		goto out;

	anon_vma = page_anon_vma(page);
	if (!atomic_inc_not_zero(&anon_vma->refcount))
		anon_vma = NULL;
out:
	rcu_read_unlock();
	return anon_vma;
}

/* NULL, or the page's anon_vma with its root locked for read */
struct anon_vma *page_lock_anon_vma_read(struct page *page)
{
	struct anon_vma *anon_vma = NULL;
	struct anon_vma *root;

	rcu_read_lock();
	if (!PageAnon(page) || !page_mapped(page))
		goto out;

	anon_vma = page_anon_vma(page);
	root = READ_ONCE(anon_vma->root);
	if (down_read_trylock(&root->rwsem)) {
		/* mapped under the lock: then it is the right one */
		if (!page_mapped(page)) {
			up_read(&root->rwsem);
			anon_vma = NULL;
		}
		goto out;
	}

	/* to sleep for the lock takes a reference first */
	if (!atomic_inc_not_zero(&anon_vma->refcount)) {
		anon_vma = NULL;
		goto out;
	}
	if (!page_mapped(page)) {
		rcu_read_unlock();
		put_anon_vma(anon_vma);
		return NULL;
	}
	rcu_read_unlock();

	anon_vma_lock_read(anon_vma);
	if (atomic_dec_and_test(&anon_vma->refcount)) {
		/* ours was the last one, and the lock goes with it */
		anon_vma_unlock_read(anon_vma);
		put_anon_vma(anon_vma);
		anon_vma = NULL;
	}
	return anon_vma;

out:
	rcu_read_unlock();
	return anon_vma;
}

void page_unlock_anon_vma_read(struct anon_vma *anon_vma)
{
	anon_vma_unlock_read(anon_vma);
}

int page_mapped_in_vma(struct page *page, struct vm_area_struct *vma)
{
	struct page_vma_mapped_walk pvmw = {
		.page = page,
		.vma = vma,
		.address = vma_address(page, vma),
	};

	if (!page_vma_mapped_walk(&pvmw))
		return 0;
	page_vma_mapped_walk_done(&pvmw);
	return 1;
}

static bool page_mkclean_one(struct page *page, struct vm_area_struct *vma,
			     unsigned long address, void *arg)
{
	struct page_vma_mapped_walk pvmw = {
		.page = page,
		.vma = vma,
		.address = address,
	};
	int *cleaned = arg;

	while (page_vma_mapped_walk(&pvmw)) {
		pte_t pte = *pvmw.pte;

		if (!pte_dirty(pte) && !pte_write(pte))
			continue;
		pte = ptep_clear_flush(vma, pvmw.address, pvmw.pte);
		set_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte_wrprotect(pte));
		(*cleaned)++;
	}
	return true;
}

int page_mkclean(struct page *page)
{
	int cleaned = 0;
	struct rmap_walk_control rwc = {
		.arg = &cleaned,
		.rmap_one = page_mkclean_one,
	};

	BUG_ON(!PageLocked(page));
	if (!page_mapped(page) || !page_mapping(page))
		return 0;

	rmap_walk(page, &rwc);
	return cleaned;
}

static bool try_to_unmap_one(struct page *page, struct vm_area_struct *vma,
			     unsigned long address, void *arg)
{
	enum ttu_flags flags = (enum ttu_flags)(long)arg;
	struct mm_struct *mm = vma->vm_mm;
	struct page_vma_mapped_walk pvmw = {
		.page = page,
		.vma = vma,
		.address = address,
	};
	struct mmu_notifier_range range;
	bool ret = true;

	mmu_notifier_range_init(&range, vma, address, address + PAGE_SIZE);
	if (PageHuge(page))
		adjust_range_if_pmd_sharing_possible(vma, &range.start,
						     &range.end);
	mmu_notifier_invalidate_range_start(&range);

	while (page_vma_mapped_walk(&pvmw)) {
		pte_t pteval;

		if (!(flags & TTU_IGNORE_MLOCK) && (vma->vm_flags & VM_LOCKED)) {
			ret = false;
			page_vma_mapped_walk_done(&pvmw);
			break;
		}

		if (PageHuge(page) && !PageAnon(page)) {
			/* the caller has hinode_rwsem for write */
			if (huge_pmd_unshare(mm, vma, &address, pvmw.pte)) {
				flush_cache_range(vma, range.start, range.end);
				/* with the table, the page is unmapped */
				page_vma_mapped_walk_done(&pvmw);
				break;
			}
		}

		pteval = ptep_clear_flush(vma, pvmw.address, pvmw.pte);
		if (pte_dirty(pteval))
			SetPageDirty(page);

		if (PageHWPoison(page) && !(flags & TTU_IGNORE_HWPOISON))
			pteval = make_hwpoison_pte(page);
		else if (flags & TTU_MIGRATION)
			pteval = make_migration_pte(page, pte_write(pteval));
		else
			goto discard;

		if (PageHuge(page))
			set_huge_pte_at(mm, pvmw.address, pvmw.pte, pteval);
		else
			set_pte_at(mm, pvmw.address, pvmw.pte, pteval);
discard:
		page_remove_rmap(page);
		put_page(page);
	}

	mmu_notifier_invalidate_range_end(&range);
	return ret;
}

static int page_not_mapped(struct page *page)
{
	return !page_mapped(page);
}

/* The page is locked. */
bool try_to_unmap(struct page *page, enum ttu_flags flags)
{
	struct rmap_walk_control rwc = {
		.rmap_one = try_to_unmap_one,
		.arg = (void *)(long)flags,
		.done = page_not_mapped,
		.anon_lock = page_lock_anon_vma_read,
	};

	if (flags & TTU_RMAP_LOCKED)
		rmap_walk_locked(page, &rwc);
	else
		rmap_walk(page, &rwc);

	return !page_mapcount(page);
}

static struct anon_vma *rmap_walk_anon_lock(struct page *page,
					    struct rmap_walk_control *rwc)
{
	struct anon_vma *anon_vma;

	if (rwc->anon_lock)
		return rwc->anon_lock(page);

	/* migration pinned it: page_lock_anon_vma_read would see no mapping */
	anon_vma = page_anon_vma(page);
	if (anon_vma)
		anon_vma_lock_read(anon_vma);
	return anon_vma;
}

static void rmap_walk_anon(struct page *page, struct rmap_walk_control *rwc,
			   bool locked)
{
	pgoff_t pgoff = page_to_pgoff(page);
	struct anon_vma_chain *avc;
	struct anon_vma *anon_vma;

	if (locked)
		anon_vma = page_anon_vma(page);
	else
		anon_vma = rmap_walk_anon_lock(page, rwc);
	if (!anon_vma)
		return;

	anon_vma_interval_tree_foreach(avc, &anon_vma->rb_root, pgoff, pgoff) {
		struct vm_area_struct *vma = avc->vma;

		cond_resched();
		if (!rwc->rmap_one(page, vma, vma_address(page, vma), rwc->arg))
			break;
		if (rwc->done && rwc->done(page))
			break;
	}

	if (!locked)
		anon_vma_unlock_read(anon_vma);
}

static void rmap_walk_file(struct page *page, struct rmap_walk_control *rwc,
			   bool locked)
{
	struct address_space *mapping = page_mapping(page);
	pgoff_t pgoff = page_to_pgoff(page);
	struct vm_area_struct *vma;

	/* the page lock keeps the mapping */
	VM_BUG_ON_PAGE(!PageLocked(page), page);

	if (!mapping)
		return;

	if (!locked)
		i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, pgoff, pgoff) {
		cond_resched();
		if (!rwc->rmap_one(page, vma, vma_address(page, vma), rwc->arg))
			goto done;
		if (rwc->done && rwc->done(page))
			goto done;
	}
done:
	if (!locked)
		i_mmap_unlock_read(mapping);
}

void rmap_walk(struct page *page, struct rmap_walk_control *rwc)
{
	if (PageAnon(page))
		rmap_walk_anon(page, rwc, false);
	else
		rmap_walk_file(page, rwc, false);
}

/* the caller has the lock that rmap_walk would take */
void rmap_walk_locked(struct page *page, struct rmap_walk_control *rwc)
{
	if (PageAnon(page))
		rmap_walk_anon(page, rwc, true);
	else
		rmap_walk_file(page, rwc, true);
}
