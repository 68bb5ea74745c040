// SPDX-License-Identifier: GPL-2.0
/*
 * Migration: a page's content and its place in the page tables move to
 * another page.
 */

#include <linux/hugetlb.h>
#include <linux/migrate.h>
#include <linux/rmap.h>

/* rmap_one: the migration entry of @old becomes a pte of @page */
static bool remove_migration_pte(struct page *page, struct vm_area_struct *vma,
				 unsigned long addr, void *old)
{
	struct page_vma_mapped_walk pvmw = {
		.page = old,
		.vma = vma,
		.address = addr,
	};

	while (page_vma_mapped_walk(&pvmw)) {
		pte_t pte = mk_pte(page, vma->vm_page_prot);

		get_page(page);
		if (PageHuge(page))
			set_huge_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte);
		else
			set_pte_at(vma->vm_mm, pvmw.address, pvmw.pte, pte);

		if (PageAnon(page))
			page_add_anon_rmap(page, vma, pvmw.address);
		else
			page_add_file_rmap(page);
		update_mmu_cache(vma, pvmw.address, pvmw.pte);
	}
	return true;
}

/* @locked: the caller has the rmap lock already */
void remove_migration_ptes(struct page *old, struct page *new, bool locked)
{
	struct rmap_walk_control rwc = {
		.rmap_one = remove_migration_pte,
		.arg = old,
	};

	if (locked)
		rmap_walk_locked(new, &rwc);
	else
		rmap_walk(new, &rwc);
}

/* the cache points at @newpage from here on; both are locked */
int migrate_huge_page_move_mapping(struct address_space *mapping,
				   struct page *newpage, struct page *page)
{
	xa_lock_irq(&mapping->i_pages);
	if (page_count(page) != 2 || page->mapping != mapping) {
		xa_unlock_irq(&mapping->i_pages);
		return -EAGAIN;
	}

	newpage->index = page->index;
	newpage->mapping = page->mapping;
	get_page(newpage);
	xa_unlock_irq(&mapping->i_pages);

	put_page(page);
	return MIGRATEPAGE_SUCCESS;
}

static int move_to_new_page(struct page *newpage, struct page *page,
			    enum migrate_mode mode)
{
	struct address_space *mapping = page_mapping(page);
	int rc = MIGRATEPAGE_SUCCESS;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	VM_BUG_ON_PAGE(!PageLocked(newpage), newpage);

	if (mapping && mapping->a_ops->migratepage)
		rc = mapping->a_ops->migratepage(mapping, newpage, page, mode);
	else
		migrate_page_states(newpage, page);

	if (rc == MIGRATEPAGE_SUCCESS)
		page->mapping = NULL;
	return rc;
}

static int __unmap_and_move(struct page *page, struct page *newpage, int force,
			    enum migrate_mode mode)
{
	bool page_was_mapped = false;
	int rc = -EAGAIN;

	if (!trylock_page(page)) {
		if (!force || mode == MIGRATE_ASYNC)
			return rc;
		lock_page(page);
	}

	/* ours alone so far: this cannot fail for long */
	if (unlikely(!trylock_page(newpage)))
		goto out_unlock;

	if (page_mapped(page)) {
		try_to_unmap(page, TTU_MIGRATION | TTU_IGNORE_MLOCK);
		page_was_mapped = true;
	}

	if (!page_mapped(page))
		rc = move_to_new_page(newpage, page, mode);

	if (page_was_mapped)
		remove_migration_ptes(page,
			rc == MIGRATEPAGE_SUCCESS ? newpage : page, false);

	unlock_page(newpage);
out_unlock:
	unlock_page(page);
	return rc;
}

static int unmap_and_move(new_page_t get_new_page, free_page_t put_new_page,
			  unsigned long private, struct page *page, int force,
			  enum migrate_mode mode)
{
	struct page *newpage = get_new_page(page, private);
	int rc;

	if (!newpage)
		return -ENOMEM;

	rc = __unmap_and_move(page, newpage, force, mode);
	if (rc != -EAGAIN)
		putback_lru_page(page);
	if (rc == MIGRATEPAGE_SUCCESS)
		putback_lru_page(newpage);
	else if (put_new_page)
		put_new_page(newpage, private);
	else
		put_page(newpage);
	return rc;
}

static int unmap_and_move_huge_page(new_page_t get_new_page,
				    free_page_t put_new_page,
				    unsigned long private, struct page *hpage,
				    int force, enum migrate_mode mode)
{
	enum ttu_flags ttu = TTU_MIGRATION | TTU_IGNORE_MLOCK;
	struct address_space *mapping = NULL;
	struct anon_vma *anon_vma = NULL;
	bool page_was_mapped = false;
	struct page *new_hpage;
	int rc = -EAGAIN;

	new_hpage = get_new_page(hpage, private);
	if (!new_hpage)
		return -ENOMEM;

	if (!trylock_page(hpage)) {
		if (!force || mode != MIGRATE_SYNC)
			goto out;
		lock_page(hpage);
	}

	/* a page of a subpool without a mapping is about to be freed */
	if (page_private(hpage) && !page_mapping(hpage)) {
		rc = -EBUSY;
		goto out_unlock;
	}

	if (PageAnon(hpage))
		anon_vma = page_get_anon_vma(hpage);

	if (unlikely(!trylock_page(new_hpage)))
		goto put_anon;

	if (page_mapped(hpage)) {
		if (!PageAnon(hpage)) {
			/*
			 * try_to_unmap may come to huge_pmd_unshare, which
			 * asks for the semaphore in write mode.  The flag
			 * tells the rmap walk not to take it.
			 */
			mapping = hugetlb_page_mapping_lock_write(hpage);
			if (unlikely(!mapping))
				goto unlock_put_anon;

			ttu |= TTU_RMAP_LOCKED;
		}

		try_to_unmap(hpage, ttu);
		page_was_mapped = true;
	}

	if (!page_mapped(hpage))
		rc = move_to_new_page(new_hpage, hpage, mode);

	/* under the semaphore still: hole punch must not see a hole here */
	if (page_was_mapped)
		remove_migration_ptes(hpage,
			rc == MIGRATEPAGE_SUCCESS ? new_hpage : hpage,
			ttu & TTU_RMAP_LOCKED);

	if (ttu & TTU_RMAP_LOCKED)
		i_mmap_unlock_write(mapping);

unlock_put_anon:
	unlock_page(new_hpage);
put_anon:
	if (anon_vma)
		put_anon_vma(anon_vma);

	if (rc == MIGRATEPAGE_SUCCESS)
		put_new_page = NULL;
out_unlock:
	unlock_page(hpage);
out:
	if (rc != -EAGAIN)
		putback_active_hugepage(hpage);

	if (put_new_page)
		put_new_page(new_hpage, private);
	else
		putback_active_hugepage(new_hpage);

	return rc;
}

int migrate_pages(struct list_head *from, new_page_t get_new_page,
		  free_page_t put_new_page, unsigned long private,
		  enum migrate_mode mode)
{
	struct page *page, *next;
	int nr_failed = 0;
	int retry = 1;
	int pass, rc;

	/* what was busy is tried again; by force from the fourth time on */
	for (pass = 0; pass < 10 && retry; pass++) {
		retry = 0;

		list_for_each_entry_safe(page, next, from, lru) {
			cond_resched();

			if (PageHuge(page))
				rc = unmap_and_move_huge_page(get_new_page,
						put_new_page, private, page,
						pass > 2, mode);
			else
				rc = unmap_and_move(get_new_page, put_new_page,
						    private, page, pass > 2,
						    mode);

			switch (rc) {
			case -ENOMEM:
				nr_failed++;
				goto out;
			case -EAGAIN:
				retry++;
				break;
			case MIGRATEPAGE_SUCCESS:
				break;
			default:
				nr_failed++;
				break;
			}
		}
	}
out:
	return nr_failed + retry;
}
