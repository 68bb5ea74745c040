// SPDX-License-Identifier: GPL-2.0
/* An allocation that may wait for reclaim under a spinlock; the flags tell. */

typedef unsigned int gfp_t;
typedef struct { int x; } spinlock_t;

#define __GFP_HIGHMEM		0x02u
#define __GFP_HIGH		0x20u
#define __GFP_COMP		0x40000u
#define __GFP_FS		0x80u
#define __GFP_DIRECT_RECLAIM	0x400u
#define GFP_KERNEL		(__GFP_DIRECT_RECLAIM | __GFP_FS)
#define GFP_ATOMIC		__GFP_HIGH

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void *kmalloc(unsigned long size, gfp_t flags);
gfp_t current_gfp_context(gfp_t flags);
gfp_t kmalloc_fix_flags(gfp_t flags);

struct foo {
	spinlock_t lock;
	void *buf;
};

static void *foo_alloc(gfp_t flags)
{
	return kmalloc(16, flags);	/* want "atomic: fs_reclaim possibly waited for under the spinning foo.lock" */
}

void foo_fill(struct foo *f)
{
	spin_lock(&f->lock);
	f->buf = foo_alloc(GFP_KERNEL);
	spin_unlock(&f->lock);
}

void foo_fill_nofs(struct foo *f)
{
	spin_lock(&f->lock);
	f->buf = kmalloc(16, __GFP_DIRECT_RECLAIM);	/* want "atomic: __mmu_notifier_invalidate_range_start_map possibly waited for" */
	spin_unlock(&f->lock);
}

/* Flags are taken away on the way, none is added that lets it wait. */
static void *foo_alloc_in_context(gfp_t flags)
{
	gfp_t now = current_gfp_context(flags);

	if (now & __GFP_HIGHMEM)
		now = kmalloc_fix_flags(now);
	now |= __GFP_COMP;
	return kmalloc(16, now);
}

void foo_fill_in_context(struct foo *f)
{
	spin_lock(&f->lock);
	f->buf = foo_alloc_in_context(GFP_ATOMIC);
	spin_unlock(&f->lock);
}

void foo_fill_atomic(struct foo *f)
{
	spin_lock(&f->lock);
	f->buf = foo_alloc(GFP_ATOMIC);
	f->buf = kmalloc(16, GFP_ATOMIC | __GFP_FS);
	spin_unlock(&f->lock);
}

/* Who may wait drops the lock first. */
void foo_grow(struct foo *f, gfp_t gfp)
{
	spin_lock(&f->lock);
	if (gfp & __GFP_DIRECT_RECLAIM) {
		spin_unlock(&f->lock);
		f->buf = kmalloc(16, gfp);
		spin_lock(&f->lock);
	} else {
		f->buf = kmalloc(16, gfp);
	}
	spin_unlock(&f->lock);
}
