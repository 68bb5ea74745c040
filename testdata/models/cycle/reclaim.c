// SPDX-License-Identifier: GPL-2.0
/* An allocation that may enter reclaim, under a lock that reclaim takes. */

typedef unsigned int gfp_t;
struct mutex { int x; };
struct lockdep_map { const char *name; };

#define __GFP_FS		0x80u
#define __GFP_DIRECT_RECLAIM	0x400u
#define GFP_KERNEL		(__GFP_DIRECT_RECLAIM | __GFP_FS)
#define GFP_NOFS		__GFP_DIRECT_RECLAIM

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void *kmalloc(unsigned long size, gfp_t flags);
void fs_reclaim_acquire(gfp_t flags);
void fs_reclaim_release(gfp_t flags);
unsigned int memalloc_nofs_save(void);
void memalloc_nofs_restore(unsigned int flags);

struct foo {
	struct mutex mutex, other, third;
	void *buf;
};

static void foo_shrink(struct foo *f)
{
	mutex_lock(&f->mutex);
	mutex_lock(&f->other);
	mutex_unlock(&f->other);
	mutex_unlock(&f->mutex);
	mutex_lock(&f->third);
	mutex_unlock(&f->third);
}

void foo_reclaim(struct foo *f)
{
	fs_reclaim_acquire(GFP_KERNEL);
	foo_shrink(f);
	fs_reclaim_release(GFP_KERNEL);
}

static void *foo_alloc(gfp_t flags)
{
	fs_reclaim_acquire(flags | 0x100u);	/* want "cycle: foo.mutex and fs_reclaim are taken in both orders" */
	fs_reclaim_release(flags | 0x100u);
	return kmalloc(16, flags | 0x100u);
}

void foo_fill(struct foo *f)
{
	mutex_lock(&f->mutex);
	f->buf = foo_alloc(GFP_KERNEL);
	mutex_unlock(&f->mutex);
}

void foo_fill_nofs(struct foo *f)
{
	mutex_lock(&f->other);
	f->buf = foo_alloc(GFP_NOFS);
	mutex_unlock(&f->other);
}

void foo_fill_scope(struct foo *f)
{
	unsigned int flags = memalloc_nofs_save();

	mutex_lock(&f->third);
	f->buf = foo_alloc(GFP_KERNEL);
	mutex_unlock(&f->third);
	memalloc_nofs_restore(flags);
}
