// SPDX-License-Identifier: GPL-2.0
/*
 * hugetlbfs: files of huge pages.
 *
 * Model of the state as posted: hinode_rwsem guards shared page tables.
 */

#include <linux/hugetlb.h>
#include <linux/migrate.h>

static const struct address_space_operations hugetlbfs_aops;
static const struct file_operations hugetlbfs_file_operations;
static const struct inode_operations hugetlbfs_inode_operations;

static inline struct hugetlbfs_sb_info *HUGETLBFS_SB(struct super_block *sb)
{
	return sb->s_fs_info;
}

static ssize_t hugetlbfs_read(struct file *file, char __user *buf, size_t len,
			      loff_t *ppos)
{
	struct inode *inode = file_inode(file);
	struct address_space *mapping = file->f_mapping;
	struct hstate *h = hstate_inode(inode);
	struct page *page;
	ssize_t ret = 0;

	while (len) {
		pgoff_t index = *ppos >> huge_page_shift(h);
		size_t nr = min(len, huge_page_size(h));

		if (*ppos >= i_size_read(inode))
			break;

		page = find_lock_page(mapping, index);
		if (page) {
			/* a reference is enough to copy from it */
			unlock_page(page);
			if (copy_page_to_user(buf, page, nr)) {
				put_page(page);
				return ret ? ret : -EFAULT;
			}
			put_page(page);
		}
		buf += nr;
		*ppos += nr;
		ret += nr;
		len -= nr;
	}
	return ret;
}

/*
 * Unmaps [start, end) of the file, in huge pages, from every vma of @root.
 * Shared page tables are let go of: hinode_rwsem is held for write.
 */
static void hugetlb_vmdelete_list(struct rb_root_cached *root, pgoff_t start,
				  pgoff_t end)
{
	struct vm_area_struct *vma;

	/* end of 0 stands for the end of the file */
	vma_interval_tree_foreach(vma, root, start, end ? end - 1 : ULONG_MAX) {
		unsigned long v_offset = 0;
		unsigned long v_end = vma->vm_end;

		if (vma->vm_pgoff < start)
			v_offset = (start - vma->vm_pgoff) << PAGE_SHIFT;
		if (end) {
			v_end = vma->vm_start +
				((end - vma->vm_pgoff) << PAGE_SHIFT);
			if (v_end > vma->vm_end)
				v_end = vma->vm_end;
		}

		unmap_hugepage_range(vma, vma->vm_start + v_offset, v_end,
				     NULL, true);
	}
}

static void remove_huge_page(struct page *page)
{
	delete_from_page_cache(page);
}

/*
 * Takes the pages of [lstart, lend) out of the page cache.  A lend of
 * LLONG_MAX says that the file is being truncated: i_size went down before,
 * and a fault backs out when it sees that.  Otherwise it is a hole punch, and
 * faults do race with it: a page that is mapped again has to be unmapped here,
 * with faults on it kept out by the fault mutex.
 */
static void remove_inode_hugepages(struct inode *inode, loff_t lstart,
				   loff_t lend)
{
	struct hstate *h = hstate_inode(inode);
	struct address_space *mapping = &inode->i_data;
	const pgoff_t start = lstart >> huge_page_shift(h);
	const pgoff_t end = lend >> huge_page_shift(h);
	const bool truncate_op = (lend == LLONG_MAX);
	pgoff_t next = start;
	struct page *page;
	long freed = 0;

	while ((page = find_get_next_page(mapping, &next, end))) {
		pgoff_t index = page->index;
		u32 hash = hugetlb_fault_mutex_hash(mapping, index);

		mutex_lock(&hugetlb_fault_mutex_table[hash]);

		if (unlikely(page_mapped(page))) {
			BUG_ON(truncate_op);

			hinode_lock_write(inode, NULL, 0);
			i_mmap_lock_write(mapping);
			hugetlb_vmdelete_list(&mapping->i_mmap,
					      index * pages_per_huge_page(h),
					      (index + 1) * pages_per_huge_page(h));
			i_mmap_unlock_write(mapping);
			hinode_unlock_write(inode);
		}

		lock_page(page);
		/* a fault that backed out may have removed it */
		if (page_mapping(page) == mapping) {
			/* cache first, reserve map second: only the latter can fail */
			remove_huge_page(page);
			freed++;
			if (!truncate_op &&
			    hugetlb_unreserve_pages(inode, index, index + 1, 1))
				hugetlb_fix_reserve_counts(inode);
		}
		unlock_page(page);
		mutex_unlock(&hugetlb_fault_mutex_table[hash]);
		put_page(page);
		cond_resched();
	}

	if (truncate_op)
		hugetlb_unreserve_pages(inode, start, LONG_MAX, freed);
}

static void hugetlbfs_evict_inode(struct inode *inode)
{
	struct resv_map *resv_map;

	remove_inode_hugepages(inode, 0, LLONG_MAX);

	resv_map = inode->i_data.private_data;
	if (resv_map)
		resv_map_release(resv_map);
	clear_inode(inode);
}

static int hugetlb_vmtruncate(struct inode *inode, loff_t offset)
{
	struct address_space *mapping = inode->i_mapping;
	struct hstate *h = hstate_inode(inode);
	pgoff_t pgoff;

	BUG_ON(offset & ~huge_page_mask(h));
	pgoff = offset >> PAGE_SHIFT;

	hinode_lock_write(inode, NULL, 0);
	i_size_write(inode, offset);
	i_mmap_lock_write(mapping);
	hugetlb_vmdelete_list(&mapping->i_mmap, pgoff, 0);
	i_mmap_unlock_write(mapping);
	hinode_unlock_write(inode);
	remove_inode_hugepages(inode, offset, LLONG_MAX);
	return 0;
}

static long hugetlbfs_punch_hole(struct inode *inode, loff_t offset, loff_t len)
{
	struct hstate *h = hstate_inode(inode);
	loff_t hpage_size = huge_page_size(h);
	loff_t hole_start, hole_end;

	/* only whole pages inside the range go */
	hole_start = round_up(offset, hpage_size);
	hole_end = round_down(offset + len, hpage_size);

	if (hole_end > hole_start) {
		struct address_space *mapping = inode->i_mapping;
		struct hugetlbfs_inode_info *info = HUGETLBFS_I(inode);

		inode_lock(inode);

		if (info->seals & F_SEAL_WRITE) {
			inode_unlock(inode);
			return -EPERM;
		}

		i_mmap_lock_write(mapping);
		hugetlb_vmdelete_list(&mapping->i_mmap,
				      hole_start >> PAGE_SHIFT,
				      hole_end >> PAGE_SHIFT);
		i_mmap_unlock_write(mapping);
		remove_inode_hugepages(inode, hole_start, hole_end);
		inode_unlock(inode);
	}

	return 0;
}

static long hugetlbfs_fallocate(struct file *file, int mode, loff_t offset,
				loff_t len)
{
	struct inode *inode = file_inode(file);
	struct hugetlbfs_inode_info *info = HUGETLBFS_I(inode);
	struct address_space *mapping = inode->i_mapping;
	struct hstate *h = hstate_inode(inode);
	struct vm_area_struct pseudo_vma;
	pgoff_t start, index, end;
	int error;
	u32 hash;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;

	if (mode & FALLOC_FL_PUNCH_HOLE)
		return hugetlbfs_punch_hole(inode, offset, len);

	start = offset >> huge_page_shift(h);
	end = (offset + len + huge_page_size(h) - 1) >> huge_page_shift(h);

	inode_lock(inode);

	error = inode_newsize_ok(inode, offset + len);
	if (error)
		goto out;

	if ((info->seals & F_SEAL_GROW) && offset + len > inode->i_size) {
		error = -EPERM;
		goto out;
	}

	/* the allocator wants a vma */
	vma_init(&pseudo_vma, current->mm);
	pseudo_vma.vm_flags = VM_HUGETLB | VM_MAYSHARE | VM_SHARED;
	pseudo_vma.vm_file = file;

	for (index = start; index < end; index++) {
		unsigned long addr = index << huge_page_shift(h);
		struct page *page;

		cond_resched();

		if (signal_pending(current)) {
			error = -EINTR;
			break;
		}

		/* keeps faults and hole punch out; truncation waits for i_rwsem */
		hash = hugetlb_fault_mutex_hash(mapping, index);
		mutex_lock(&hugetlb_fault_mutex_table[hash]);

		page = find_get_page(mapping, index);
		if (page) {
			put_page(page);
			mutex_unlock(&hugetlb_fault_mutex_table[hash]);
			continue;
		}

		page = alloc_huge_page(&pseudo_vma, addr, 0);
		if (IS_ERR(page)) {
			mutex_unlock(&hugetlb_fault_mutex_table[hash]);
			error = PTR_ERR(page);
			goto out;
		}
		clear_huge_page(page, addr);
		__SetPageUptodate(page);
		error = huge_add_to_page_cache(page, mapping, index);
		if (unlikely(error)) {
			put_page(page);
			mutex_unlock(&hugetlb_fault_mutex_table[hash]);
			goto out;
		}

		mutex_unlock(&hugetlb_fault_mutex_table[hash]);

		/* locked since it went into the cache */
		unlock_page(page);
		put_page(page);
	}

	if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + len > inode->i_size)
		i_size_write(inode, offset + len);
out:
	inode_unlock(inode);
	return error;
}

static int hugetlbfs_setattr(struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct hstate *h = hstate_inode(inode);
	struct hugetlbfs_inode_info *info = HUGETLBFS_I(inode);
	int error;

	lockdep_assert_held_write(&inode->i_rwsem);

	error = setattr_prepare(dentry, attr);
	if (error)
		return error;

	if (attr->ia_valid & ATTR_SIZE) {
		loff_t oldsize = inode->i_size;
		loff_t newsize = attr->ia_size;

		if (newsize & ~huge_page_mask(h))
			return -EINVAL;
		if ((newsize < oldsize && (info->seals & F_SEAL_SHRINK)) ||
		    (newsize > oldsize && (info->seals & F_SEAL_GROW)))
			return -EPERM;
		error = hugetlb_vmtruncate(inode, newsize);
		if (error)
			return error;
	}

	setattr_copy(inode, attr);
	mark_inode_dirty(inode);
	return 0;
}

/*
 * huge_pmd_share allocates a page table under the i_mmap_rwsem of a hugetlbfs
 * file.  Reclaim never comes here, so that is no deadlock; its own class says
 * so to lockdep.
 */
static struct lock_class_key hugetlbfs_i_mmap_rwsem_key;

struct inode *hugetlbfs_get_inode(struct super_block *sb, umode_t mode)
{
	struct resv_map *resv_map = NULL;
	struct inode *inode;

	if (S_ISREG(mode)) {
		resv_map = resv_map_alloc();
		if (!resv_map)
			return NULL;
	}

	inode = new_inode(sb);
	if (inode) {
		struct hugetlbfs_inode_info *info = HUGETLBFS_I(inode);

		inode->i_mode = mode;
		lockdep_set_class(&inode->i_mapping->i_mmap_rwsem,
				  &hugetlbfs_i_mmap_rwsem_key);
		inode->i_mapping->a_ops = &hugetlbfs_aops;
		inode->i_mapping->private_data = resv_map;
		info->seals = 0;
		init_hinode_rwsem(info);
		inode->i_op = &hugetlbfs_inode_operations;
		inode->i_fop = &hugetlbfs_file_operations;
	} else if (resv_map) {
		resv_map_release(resv_map);
	}

	return inode;
}

/* both pages are locked */
static int hugetlbfs_migrate_page(struct address_space *mapping,
				  struct page *newpage, struct page *page,
				  enum migrate_mode mode)
{
	int rc;

	rc = migrate_huge_page_move_mapping(mapping, newpage, page);
	if (rc != MIGRATEPAGE_SUCCESS)
		return rc;

	migrate_page_states(newpage, page);
	return MIGRATEPAGE_SUCCESS;
}

static int hugetlbfs_error_remove_page(struct address_space *mapping,
				       struct page *page)
{
	struct inode *inode = mapping->host;
	pgoff_t index = page->index;

	remove_huge_page(page);
	if (unlikely(hugetlb_unreserve_pages(inode, index, index + 1, 1)))
		hugetlb_fix_reserve_counts(inode);

	return 0;
}

struct hstate *hstate_inode(struct inode *inode)
{
	return HUGETLBFS_SB(inode->i_sb)->hstate;
}

static const struct address_space_operations hugetlbfs_aops = {
	.migratepage		= hugetlbfs_migrate_page,
	.error_remove_page	= hugetlbfs_error_remove_page,
};

static const struct file_operations hugetlbfs_file_operations = {
	.read			= hugetlbfs_read,
	.fallocate		= hugetlbfs_fallocate,
};

static const struct inode_operations hugetlbfs_inode_operations = {
	.setattr		= hugetlbfs_setattr,
};

const struct super_operations hugetlbfs_ops = {
	.evict_inode		= hugetlbfs_evict_inode,
};
