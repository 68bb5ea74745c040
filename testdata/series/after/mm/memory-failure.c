// SPDX-License-Identifier: GPL-2.0
/*
 * The hardware found memory that is bad: take it from those who map it.
 */

#include <linux/hugetlb.h>
#include <linux/rmap.h>

#define MF_ACTION_REQUIRED	0x2
#define MF_MUST_KILL		0x4

enum mf_result {
	MF_IGNORED,
	MF_FAILED,
	MF_DELAYED,
	MF_RECOVERED,
};

struct to_kill {
	struct list_head nd;
	struct task_struct *tsk;
	unsigned long addr;
};

struct to_kill *alloc_to_kill(void);
void free_to_kill(struct to_kill *tk);
int PROCESS_EARLY_KILL(struct task_struct *tsk);

static void add_to_kill(struct task_struct *tsk, struct page *p,
			struct vm_area_struct *vma, struct list_head *to_kill)
{
	struct to_kill *tk = alloc_to_kill();

	if (!tk)
		return;
	tk->tsk = tsk;
	tk->addr = vma_address(p, vma);
	list_add_tail(&tk->nd, to_kill);
}

static void kill_procs(struct list_head *to_kill, bool forcekill, bool fail)
{
	struct to_kill *tk, *next;

	list_for_each_entry_safe(tk, next, to_kill, nd) {
		if (forcekill || fail)
			force_sig_mceerr(tk->tsk, tk->addr);
		free_to_kill(tk);
	}
}

/* the thread to tell early, or NULL */
static struct task_struct *task_early_kill(struct task_struct *tsk,
					   int force_early)
{
	if (!tsk->mm)
		return NULL;
	if (force_early || PROCESS_EARLY_KILL(tsk))
		return tsk;
	return NULL;
}

static void collect_procs_anon(struct page *page, struct list_head *to_kill,
			       int force_early)
{
	pgoff_t pgoff = page_to_pgoff(page);
	struct task_struct *tsk;
	struct anon_vma *av;

	av = page_lock_anon_vma_read(page);
	if (av == NULL)
		return;

	read_lock(&tasklist_lock);
	for_each_process(tsk) {
		struct task_struct *t = task_early_kill(tsk, force_early);
		struct anon_vma_chain *vmac;

		if (!t)
			continue;
		anon_vma_interval_tree_foreach(vmac, &av->rb_root, pgoff, pgoff) {
			struct vm_area_struct *vma = vmac->vma;

			if (!page_mapped_in_vma(page, vma))
				continue;
			if (vma->vm_mm == t->mm)
				add_to_kill(t, page, vma, to_kill);
		}
	}
	read_unlock(&tasklist_lock);
	page_unlock_anon_vma_read(av);
}

static void collect_procs_file(struct page *page, struct list_head *to_kill,
			       int force_early)
{
	struct address_space *mapping = page->mapping;
	pgoff_t pgoff = page_to_pgoff(page);
	struct task_struct *tsk;

	i_mmap_lock_read(mapping);
	read_lock(&tasklist_lock);
	for_each_process(tsk) {
		struct task_struct *t = task_early_kill(tsk, force_early);
		struct vm_area_struct *vma;

		if (!t)
			continue;
		/* all who may reach the page, whether or not they have */
		vma_interval_tree_foreach(vma, &mapping->i_mmap, pgoff, pgoff) {
			if (vma->vm_mm == t->mm)
				add_to_kill(t, page, vma, to_kill);
		}
	}
	read_unlock(&tasklist_lock);
	i_mmap_unlock_read(mapping);
}

static void collect_procs(struct page *page, struct list_head *tokill,
			  int force_early)
{
	if (!page->mapping)
		return;

	if (PageAnon(page))
		collect_procs_anon(page, tokill, force_early);
	else
		collect_procs_file(page, tokill, force_early);
}

/* what to do with a page once nobody maps it; it is locked */
struct page_state {
	bool (*match)(struct page *p);
	int (*action)(struct page *p, unsigned long pfn);
};

static bool match_huge(struct page *p)
{
	return PageHuge(p);
}

static bool match_any(struct page *p)
{
	return true;
}

static int me_huge_page(struct page *p, unsigned long pfn)
{
	struct page *hpage = compound_head(p);
	struct address_space *mapping = page_mapping(hpage);
	int res = MF_FAILED;

	if (mapping)
		return mapping->a_ops->error_remove_page(mapping, hpage) ?
			MF_FAILED : MF_RECOVERED;

	/* the pool takes back only what is free, and not locked */
	unlock_page(hpage);
	if (PageAnon(hpage))
		put_page(hpage);
	if (!dissolve_free_huge_page(p))
		res = MF_RECOVERED;
	lock_page(hpage);
	return res;
}

static int me_unknown(struct page *p, unsigned long pfn)
{
	pr_err("Memory failure: %#lx: unknown page state\n", pfn);
	return MF_FAILED;
}

static struct page_state error_states[] = {
	{ match_huge,	me_huge_page },
	{ match_any,	me_unknown },
};

static int identify_page_state(unsigned long pfn, struct page *p)
{
	struct page_state *ps;

	for (ps = error_states; !ps->match(p); ps++)
		;
	return ps->action(p, pfn) == MF_RECOVERED ? 0 : -EBUSY;
}

/* The page is locked.  True: nobody maps it any more. */
static bool hwpoison_user_mappings(struct page *p, unsigned long pfn, int flags,
				   struct page *hpage)
{
	enum ttu_flags ttu = TTU_IGNORE_MLOCK;
	struct address_space *mapping;
	bool unmap_success = true;
	struct inode *inode;
	bool kill = true;
	LIST_HEAD(tokill);

	if (PageReserved(p) || !(PageLRU(hpage) || PageHuge(p)))
		return true;

	if (!page_mapped(hpage))
		return true;

	if (PageKsm(p))
		return false;

	/* a clean page can be read again: nobody has to die for it */
	mapping = page_mapping(hpage);
	if (!(flags & MF_MUST_KILL) && !PageDirty(hpage) && mapping &&
	    !PageHuge(hpage)) {
		if (page_mkclean(hpage)) {
			SetPageDirty(hpage);
		} else {
			kill = false;
			ttu |= TTU_IGNORE_HWPOISON;
		}
	}

	/* try_to_unmap tears down what this needs to find the tasks */
	if (kill)
		collect_procs(hpage, &tokill, flags & MF_ACTION_REQUIRED);

	if (!PageHuge(hpage)) {
		unmap_success = try_to_unmap(hpage, ttu);
	} else if (PageAnon(hpage)) {
		unmap_success = try_to_unmap(hpage, ttu);
	} else {
		/* try_to_unmap may come to huge_pmd_unshare */
		inode = hugetlb_page_lock_hinode(hpage);
		if (inode) {
			unmap_success = try_to_unmap(hpage, ttu);
			hugetlb_page_unlock_hinode(inode);
		} else {
			pr_info("Memory failure: %#lx: page left its file\n", pfn);
			unmap_success = false;
		}
	}

	kill_procs(&tokill, PageDirty(hpage) || (flags & MF_MUST_KILL),
		   !unmap_success);

	return unmap_success;
}

static int memory_failure_hugetlb(unsigned long pfn, int flags)
{
	struct page *p = pfn_to_page(pfn);
	struct page *head = compound_head(p);
	int res;

	if (TestSetPageHWPoison(head))
		return 0;

	/* free, and in the pool */
	if (!page_count(head)) {
		lock_page(head);
		if (!PageHWPoison(head)) {
			unlock_page(head);
			return 0;
		}
		unlock_page(head);
		return dissolve_free_huge_page(p);
	}

	get_page(head);
	lock_page(head);

	if (!PageHWPoison(head)) {
		/* taken back meanwhile */
		unlock_page(head);
		put_page(head);
		return 0;
	}

	if (!hwpoison_user_mappings(p, pfn, flags, head)) {
		pr_err("Memory failure: %#lx: still mapped\n", pfn);
		res = -EBUSY;
		goto out;
	}

	res = identify_page_state(pfn, p);
out:
	unlock_page(head);
	return res;
}

int memory_failure(unsigned long pfn, int flags)
{
	struct page *p = pfn_to_page(pfn);
	int res = -EBUSY;

	if (PageHuge(p))
		return memory_failure_hugetlb(pfn, flags);

	if (TestSetPageHWPoison(p))
		return 0;

	get_page(p);
	lock_page(p);
	if (PageHuge(p))
		/* it has changed hands: whoever made it huge will see the bit */
		goto out;
	if (hwpoison_user_mappings(p, pfn, flags, p))
		res = identify_page_state(pfn, p);
out:
	unlock_page(p);
	return res;
}
