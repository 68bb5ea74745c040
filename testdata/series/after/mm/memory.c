// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables: copied at fork, emptied at unmap, filled by faults.
 */

#include <linux/hugetlb.h>
#include <linux/rmap.h>

int __pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long addr)
{
	pmd_t *new = pmd_alloc_one(mm, addr);

	if (!new)
		return -ENOMEM;

	spin_lock(&mm->page_table_lock);
	if (pud_none(*pud))
		pud_populate(mm, pud, new);
	else
		pmd_free(mm, new);
	spin_unlock(&mm->page_table_lock);
	return 0;
}

static int copy_pte_range(struct vm_area_struct *dst_vma,
			  struct vm_area_struct *src_vma, pmd_t *dst_pmd,
			  pmd_t *src_pmd, unsigned long addr, unsigned long end)
{
	struct mm_struct *dst_mm = dst_vma->vm_mm;
	struct mm_struct *src_mm = src_vma->vm_mm;
	spinlock_t *src_ptl, *dst_ptl;
	pte_t *src_pte, *dst_pte;

	dst_pte = pte_offset_map_lock(dst_mm, dst_pmd, addr, &dst_ptl);
	src_pte = pte_offset(src_pmd, addr);
	src_ptl = pte_lockptr(src_mm, src_pmd);
	spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);

	for (; addr != end; addr += PAGE_SIZE, src_pte++, dst_pte++) {
		if (pte_none(*src_pte))
			continue;
		if (pte_present(*src_pte))
			get_page(pte_page(*src_pte));
		set_pte_at(dst_mm, addr, dst_pte, pte_wrprotect(*src_pte));
	}

	spin_unlock(src_ptl);
	pte_unmap_unlock(dst_pte, dst_ptl);
	return 0;
}

/* fork: both mmap_locks are held for write, the child's as the nested one */
int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	struct mm_struct *dst_mm = dst_vma->vm_mm;
	struct mm_struct *src_mm = src_vma->vm_mm;
	unsigned long addr;

	mmap_assert_write_locked(src_mm);

	if (is_vm_hugetlb_page(src_vma))
		return copy_hugetlb_page_range(dst_mm, src_mm, src_vma);

	for (addr = src_vma->vm_start; addr < src_vma->vm_end; addr += PMD_SIZE) {
		pud_t *src_pud = pud_offset(src_mm, addr);
		pud_t *dst_pud;
		pmd_t *dst_pmd;

		if (pud_none(*src_pud))
			continue;
		dst_pud = pud_alloc(dst_mm, addr);
		if (!dst_pud)
			return -ENOMEM;
		dst_pmd = pmd_alloc(dst_mm, dst_pud, addr);
		if (!dst_pmd)
			return -ENOMEM;
		copy_pte_range(dst_vma, src_vma, dst_pmd,
			       pmd_offset(src_pud, addr), addr,
			       min(addr + PMD_SIZE, src_vma->vm_end));
	}
	return 0;
}

static void zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
			  pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *pte;

	pte = pte_offset_map_lock(tlb->mm, pmd, addr, &ptl);
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		struct page *page;

		if (!pte_present(*pte))
			continue;
		page = pte_page(*pte);
		ptep_clear_flush(vma, addr, pte);
		page_remove_rmap(page);
		tlb_remove_page(tlb, page);
	}
	pte_unmap_unlock(pte, ptl);
}

static void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
			     unsigned long addr, unsigned long end)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);

		next = min((addr + PMD_SIZE) & PMD_MASK, end);
		if (pmd && !pmd_none(*pmd))
			zap_pte_range(tlb, vma, pmd, addr, next);
	}
}

static void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma,
			     unsigned long start_addr, unsigned long end_addr)
{
	unsigned long start = max(vma->vm_start, start_addr);
	unsigned long end = min(vma->vm_end, end_addr);

	if (start >= end)
		return;

	if (!is_vm_hugetlb_page(vma)) {
		unmap_page_range(tlb, vma, start, end);
		return;
	}

	/* no file: its ->mmap failed, and nothing was ever mapped */
	if (vma->vm_file) {
		struct address_space *mapping = vma->vm_file->f_mapping;
		bool hinode_locked;

		hinode_locked = hinode_lock_write(mapping->host, vma, 0);
		i_mmap_lock_write(mapping);
		__unmap_hugepage_range_final(tlb, vma, start, end, NULL,
					     hinode_locked);
		i_mmap_unlock_write(mapping);
		if (hinode_locked)
			hinode_unlock_write(mapping->host);
	}
}

/* munmap, under mmap_lock for write, and exit, when nobody else is left */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma,
		unsigned long start, unsigned long end)
{
	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		unmap_single_vma(tlb, vma, start, end);
}

/* madvise and the like: mmap_lock is held in either mode */
void zap_page_range(struct vm_area_struct *vma, unsigned long start,
		    unsigned long size)
{
	struct mm_struct *mm = vma->vm_mm;
	struct mmu_gather tlb;

	mmap_assert_locked(mm);
	tlb_gather_mmu(&tlb, mm, start, start + size);
	for (; vma && vma->vm_start < start + size; vma = vma->vm_next)
		unmap_single_vma(&tlb, vma, start, start + size);
	tlb_finish_mmu(&tlb, start, start + size);
}

/* truncation of an ordinary file: every mapping of the range is emptied */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr)
{
	struct vm_area_struct *vma;
	struct mmu_gather tlb;

	i_mmap_lock_write(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, start, start + nr - 1) {
		if (is_vm_hugetlb_page(vma))
			continue;
		tlb_gather_mmu(&tlb, vma->vm_mm, vma->vm_start, vma->vm_end);
		unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end);
		tlb_finish_mmu(&tlb, vma->vm_start, vma->vm_end);
	}
	i_mmap_unlock_write(mapping);
}

static vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = 0;
	struct page *page;

	if (unlikely(anon_vma_prepare(vma)))
		return VM_FAULT_OOM;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return VM_FAULT_OOM;
	__SetPageUptodate(page);

	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address,
				       &vmf->ptl);
	if (!pte_none(*vmf->pte))
		goto release;

	page_add_anon_rmap(page, vma, vmf->address);
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte,
		   mk_pte(page, vma->vm_page_prot));
	update_mmu_cache(vma, vmf->address, vmf->pte);
unlock:
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
release:
	put_page(page);
	goto unlock;
}

/* mmap_lock is held for read */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
			   unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	struct vm_fault vmf = {
		.vma = vma,
		.address = address & PAGE_MASK,
		.flags = flags,
		.pgoff = linear_page_index(vma, address),
	};
	pud_t *pud;

	if (unlikely(is_vm_hugetlb_page(vma)))
		return hugetlb_fault(mm, vma, address, flags);

	pud = pud_alloc(mm, address);
	if (!pud)
		return VM_FAULT_OOM;
	vmf.pmd = pmd_alloc(mm, pud, address);
	if (!vmf.pmd)
		return VM_FAULT_OOM;
	return do_anonymous_page(&vmf);
}

/* reads the memory of another task, and faults in what is not there */
int access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf,
		     int len, unsigned int gup_flags)
{
	int done = 0;

	if (mmap_read_lock_killable(mm))
		return 0;

	while (done < len) {
		struct vm_area_struct *vma = find_vma(mm, addr);

		if (!vma || vma->vm_start > addr)
			break;
		if (handle_mm_fault(vma, addr, gup_flags | FAULT_FLAG_REMOTE) &
		    VM_FAULT_ERROR)
			break;
		done += PAGE_SIZE;
		addr += PAGE_SIZE;
	}
	mmap_read_unlock(mm);
	return done;
}
