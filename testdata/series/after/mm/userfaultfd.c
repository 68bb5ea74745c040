// SPDX-License-Identifier: GPL-2.0
/*
 * userfaultfd: user space fills the pages that a fault asked for.
 */

#include <linux/hugetlb.h>
#include <linux/rmap.h>
#include <linux/userfaultfd_k.h>

static struct vm_area_struct *find_dst_vma(struct mm_struct *dst_mm,
					   unsigned long dst_start,
					   unsigned long len)
{
	struct vm_area_struct *dst_vma = find_vma(dst_mm, dst_start);

	if (!dst_vma || dst_start < dst_vma->vm_start ||
	    dst_start + len > dst_vma->vm_end)
		return NULL;
	return dst_vma;
}

static int mcopy_atomic_pte(struct mm_struct *dst_mm, pmd_t *dst_pmd,
			    struct vm_area_struct *dst_vma,
			    unsigned long dst_addr, unsigned long src_addr)
{
	struct page *page = alloc_page(GFP_KERNEL);
	pte_t *dst_pte;
	spinlock_t *ptl;
	int ret = -EEXIST;

	if (!page)
		return -ENOMEM;
	__SetPageUptodate(page);

	dst_pte = pte_offset_map_lock(dst_mm, dst_pmd, dst_addr, &ptl);
	if (!pte_none(*dst_pte))
		goto out_unlock;
	page_add_anon_rmap(page, dst_vma, dst_addr);
	set_pte_at(dst_mm, dst_addr, dst_pte,
		   mk_pte(page, dst_vma->vm_page_prot));
	pte_unmap_unlock(dst_pte, ptl);
	return 0;

out_unlock:
	pte_unmap_unlock(dst_pte, ptl);
	put_page(page);
	return ret;
}

/* Entered with mmap_lock for read; drops it on every way out. */
static ssize_t __mcopy_atomic_hugetlb(struct mm_struct *dst_mm,
				      struct vm_area_struct *dst_vma,
				      unsigned long dst_start,
				      unsigned long src_start,
				      unsigned long len, bool *mmap_changing)
{
	unsigned long hpagesize = vma_kernel_pagesize(dst_vma);
	bool vm_shared = dst_vma->vm_flags & VM_SHARED;
	unsigned long src_addr = src_start;
	unsigned long dst_addr = dst_start;
	struct address_space *mapping;
	struct page *page = NULL;
	struct inode *inode;
	bool hinode_locked;
	ssize_t copied = 0;
	pte_t *dst_pte;
	ssize_t err;
	pgoff_t idx;
	u32 hash;

	err = -EINVAL;
	if (dst_start & (hpagesize - 1) || len & (hpagesize - 1))
		goto out_unlock;

retry:
	/* after a drop of mmap_lock the vma may be another one */
	if (!dst_vma) {
		err = -ENOENT;
		dst_vma = find_dst_vma(dst_mm, dst_start, len);
		if (!dst_vma || !is_vm_hugetlb_page(dst_vma))
			goto out_unlock;

		err = -EINVAL;
		if (hpagesize != vma_kernel_pagesize(dst_vma))
			goto out_unlock;

		vm_shared = dst_vma->vm_flags & VM_SHARED;
	}

	err = -ENOMEM;
	if (!vm_shared && unlikely(anon_vma_prepare(dst_vma)))
		goto out_unlock;

	while (src_addr < src_start + len) {
		/*
		 * hinode_rwsem keeps dst_pte, if it lies in a shared table; the
		 * fault mutex keeps faults on the page away.
		 */
		mapping = dst_vma->vm_file->f_mapping;
		inode = mapping->host;
		hinode_locked = hinode_lock_read(inode, dst_vma, dst_addr);
		err = -ENOMEM;
		dst_pte = huge_pte_alloc(dst_mm, dst_vma, dst_addr, hpagesize,
					 hinode_locked);
		if (!dst_pte) {
			if (hinode_locked)
				hinode_unlock_read(inode);
			goto out_unlock;
		}

		idx = linear_page_index(dst_vma, dst_addr);
		hash = hugetlb_fault_mutex_hash(mapping, idx);
		mutex_lock(&hugetlb_fault_mutex_table[hash]);

		err = -EEXIST;
		if (!huge_pte_none(huge_ptep_get(dst_pte))) {
			mutex_unlock(&hugetlb_fault_mutex_table[hash]);
			if (hinode_locked)
				hinode_unlock_read(inode);
			goto out_unlock;
		}

		err = hugetlb_mcopy_atomic_pte(dst_mm, dst_pte, dst_vma,
					       dst_addr, src_addr, &page);

		mutex_unlock(&hugetlb_fault_mutex_table[hash]);
		if (hinode_locked)
			hinode_unlock_read(inode);

		cond_resched();

		if (unlikely(err == -ENOENT)) {
			mmap_read_unlock(dst_mm);
			BUG_ON(!page);

			/* this may fault, and wait as long as it likes */
			if (copy_huge_page_from_user(page,
					(const void __user *)src_addr)) {
				err = -EFAULT;
				goto out;
			}
			mmap_read_lock(dst_mm);
			if (mmap_changing && READ_ONCE(*mmap_changing)) {
				err = -EAGAIN;
				break;
			}

			dst_vma = NULL;
			goto retry;
		}
		BUG_ON(page);

		if (err)
			break;

		dst_addr += hpagesize;
		src_addr += hpagesize;
		copied += hpagesize;

		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
	}

out_unlock:
	mmap_read_unlock(dst_mm);
out:
	if (page) {
		/* its reserve was used up, in the map of a shared mapping only */
		if (vm_shared)
			SetPagePrivate(page);
		else
			ClearPagePrivate(page);
		put_page(page);
	}
	return copied ? copied : err;
}

static ssize_t __mcopy_atomic(struct mm_struct *dst_mm, unsigned long dst_start,
			      unsigned long src_start, unsigned long len,
			      bool *mmap_changing)
{
	struct vm_area_struct *dst_vma;
	ssize_t copied = 0;
	ssize_t err;

	mmap_read_lock(dst_mm);

	err = -EAGAIN;
	if (mmap_changing && READ_ONCE(*mmap_changing))
		goto out_unlock;

	err = -ENOENT;
	dst_vma = find_dst_vma(dst_mm, dst_start, len);
	if (!dst_vma)
		goto out_unlock;

	/* drops mmap_lock */
	if (is_vm_hugetlb_page(dst_vma))
		return __mcopy_atomic_hugetlb(dst_mm, dst_vma, dst_start,
					      src_start, len, mmap_changing);

	err = -ENOMEM;
	if (unlikely(anon_vma_prepare(dst_vma)))
		goto out_unlock;

	while (copied < len) {
		unsigned long dst_addr = dst_start + copied;
		pmd_t *dst_pmd;
		pud_t *pud;

		err = -ENOMEM;
		pud = pud_alloc(dst_mm, dst_addr);
		if (!pud)
			break;
		dst_pmd = pmd_alloc(dst_mm, pud, dst_addr);
		if (!dst_pmd)
			break;

		err = mcopy_atomic_pte(dst_mm, dst_pmd, dst_vma, dst_addr,
				       src_start + copied);
		if (err)
			break;
		copied += PAGE_SIZE;
	}

out_unlock:
	mmap_read_unlock(dst_mm);
	return copied ? copied : err;
}

ssize_t mcopy_atomic(struct mm_struct *dst_mm, unsigned long dst_start,
		     unsigned long src_start, unsigned long len,
		     bool *mmap_changing)
{
	return __mcopy_atomic(dst_mm, dst_start, src_start, len, mmap_changing);
}
