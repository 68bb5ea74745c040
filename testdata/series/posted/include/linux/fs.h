/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/migrate_mode.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

struct address_space;
struct page;
struct file;
struct inode;
struct dentry;
struct super_block;
struct vm_area_struct;

struct address_space_operations {
	int (*migratepage)(struct address_space *mapping, struct page *newpage,
			   struct page *page, enum migrate_mode mode);
	int (*error_remove_page)(struct address_space *mapping,
				 struct page *page);
};

struct address_space {
	struct inode		*host;
	struct xarray		i_pages;
	struct rb_root_cached	i_mmap;
	struct rw_semaphore	i_mmap_rwsem;
	unsigned long		nrpages;
	const struct address_space_operations *a_ops;
	void			*private_data;
};

struct inode {
	umode_t			i_mode;
	unsigned long		i_state;
	const struct inode_operations *i_op;
	const struct file_operations *i_fop;
	struct super_block	*i_sb;
	struct address_space	*i_mapping;
	spinlock_t		i_lock;
	unsigned long		i_blocks;
	loff_t			i_size;
	struct rw_semaphore	i_rwsem;
	struct address_space	i_data;
};

struct file {
	struct inode		*f_inode;
	struct address_space	*f_mapping;
};

struct dentry {
	struct inode		*d_inode;
};

struct super_block {
	void			*s_fs_info;
};

#define ATTR_SIZE		(1 << 3)
#define FALLOC_FL_KEEP_SIZE	0x01
#define FALLOC_FL_PUNCH_HOLE	0x02
#define S_IFMT			0170000
#define S_IFREG			0100000
#define S_ISREG(m)		(((m) & S_IFMT) == S_IFREG)

struct iattr {
	unsigned int		ia_valid;
	umode_t			ia_mode;
	loff_t			ia_size;
};

struct inode_operations {
	int (*setattr)(struct dentry *dentry, struct iattr *attr);
};

struct file_operations {
	ssize_t (*read)(struct file *file, char __user *buf, size_t len,
			loff_t *ppos);
	long (*fallocate)(struct file *file, int mode, loff_t offset,
			  loff_t len);
};

struct super_operations {
	struct inode *(*alloc_inode)(struct super_block *sb);
	void (*evict_inode)(struct inode *inode);
};

static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}

static inline struct inode *d_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

static inline void inode_lock(struct inode *inode)
{
	down_write(&inode->i_rwsem);
}

static inline void inode_unlock(struct inode *inode)
{
	up_write(&inode->i_rwsem);
}

static inline void i_mmap_lock_write(struct address_space *mapping)
{
	down_write(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_unlock_write(struct address_space *mapping)
{
	up_write(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_lock_read(struct address_space *mapping)
{
	down_read(&mapping->i_mmap_rwsem);
}

static inline void i_mmap_unlock_read(struct address_space *mapping)
{
	up_read(&mapping->i_mmap_rwsem);
}

static inline loff_t i_size_read(const struct inode *inode)
{
	return READ_ONCE(inode->i_size);
}

static inline void i_size_write(struct inode *inode, loff_t i_size)
{
	inode->i_size = i_size;
}

struct inode *new_inode(struct super_block *sb);
void clear_inode(struct inode *inode);
int inode_newsize_ok(const struct inode *inode, loff_t offset);
int setattr_prepare(struct dentry *dentry, struct iattr *attr);
void setattr_copy(struct inode *inode, const struct iattr *attr);
void mark_inode_dirty(struct inode *inode);
int copy_page_to_user(char __user *buf, struct page *page, size_t len);

#endif
