// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: the mapping of a file of any sort is locked, and below it only those of
 * hugetlb have a vma lock; nobody says that this mapping is one of them.
 */

/*
 * hugetlb pages take locks in this order:
 *
 * hugetlb_vma_lock->rw_sema
 *   address_space->i_mmap_rwsem
 *     foo_dev->mutex
 *
 * Lock ordering:
 *
 * foo_dev->mutex
 *   address_space->i_mmap_rwsem
 */

struct mutex { int x; };
struct rw_semaphore { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct address_space { struct rw_semaphore i_mmap_rwsem; };
struct hugetlb_vma_lock { struct rw_semaphore rw_sema; };
struct foo_dev { struct mutex mutex; };
struct vm_area_struct { struct hugetlb_vma_lock *lock; int n; };

static void foo_zap(struct vm_area_struct *vma)
{
	if (vma->lock)
		down_write(&vma->lock->rw_sema);
	vma->n = 0;
	if (vma->lock)
		up_write(&vma->lock->rw_sema);
}

void foo_unmap(struct address_space *mapping, struct vm_area_struct *vma)
{
	down_read(&mapping->i_mmap_rwsem);
	foo_zap(vma);
	up_read(&mapping->i_mmap_rwsem);
}

void foo_attach(struct foo_dev *dev, struct address_space *mapping)
{
	mutex_lock(&dev->mutex);
	down_read(&mapping->i_mmap_rwsem);
	up_read(&mapping->i_mmap_rwsem);
	mutex_unlock(&dev->mutex);
}
