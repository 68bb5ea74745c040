#ifndef _LINUX_MMU_NOTIFIER_H
#define _LINUX_MMU_NOTIFIER_H

#include <linux/mm.h>

struct mmu_notifier_range {
	struct vm_area_struct *vma;
	unsigned long start;
	unsigned long end;
};

static inline void mmu_notifier_range_init(struct mmu_notifier_range *range,
					   struct vm_area_struct *vma,
					   unsigned long start,
					   unsigned long end)
{
	range->vma = vma;
	range->start = start;
	range->end = end;
}

void mmu_notifier_invalidate_range_start(struct mmu_notifier_range *range);
void mmu_notifier_invalidate_range_end(struct mmu_notifier_range *range);

#endif
