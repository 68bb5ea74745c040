// SPDX-License-Identifier: GPL-2.0
/* Both locks hide behind wrappers, the outer one three deep. */

/*
 * Lock ordering:
 *
 * foo_mm->sem
 *   foo_vma->sem
 */

struct rw_semaphore { int x; };

void down_read(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo_mm {
	struct rw_semaphore sem;
};

struct foo_vma {
	struct rw_semaphore sem;
	struct foo_mm *mm;
};

static inline void __foo_mm_lock(struct rw_semaphore *sem)
{
	down_write(sem);	/* want "order: foo_mm.sem taken under foo_vma.sem" */
}

static inline void foo_mm_lock(struct foo_mm *mm)
{
	__foo_mm_lock(&mm->sem);
}

static inline void foo_mm_begin(struct foo_vma *vma)
{
	foo_mm_lock(vma->mm);
}

static inline void foo_mm_end(struct foo_vma *vma)
{
	up_write(&vma->mm->sem);
}

static inline void foo_vma_lock(struct foo_vma *vma)
{
	down_read(&vma->sem);
}

static inline void foo_vma_unlock(struct foo_vma *vma)
{
	up_read(&vma->sem);
}

void foo_grow(struct foo_vma *vma)
{
	foo_vma_lock(vma);
	foo_mm_begin(vma);
	foo_mm_end(vma);
	foo_vma_unlock(vma);
}
