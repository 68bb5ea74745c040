// SPDX-License-Identifier: GPL-2.0
/*
 * Legal: an area without a file is not locked, and has no mapping whose lock could be
 * asked for.
 */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lockdep_assert_held_write(struct rw_semaphore *sem);

struct mapping {
	struct rw_semaphore sem;
	int shared;
};

struct file {
	struct mapping *mapping;
};

struct area {
	struct file *file;
	unsigned long start;
	int huge;
};

struct prep {
	struct area *area;
	struct file *file;
	struct mapping *mapping;
};

static void mapping_unshare(struct mapping *m)
{
	lockdep_assert_held_write(&m->sem);
	m->shared = 0;
}

static void prep_init(struct prep *p, struct area *a)
{
	p->area = a;
	p->file = a->file;
	p->mapping = p->file ? a->file->mapping : 0;
}

static void prep_lock(struct prep *p)
{
	if (p->file)
		down_write(&p->mapping->sem);
}

static void prep_unlock(struct prep *p)
{
	if (p->file)
		up_write(&p->mapping->sem);
}

static void area_unshare(struct area *a)
{
	mapping_unshare(a->file->mapping);
}

int area_split(struct area *a, unsigned long addr)
{
	struct prep p;

	prep_init(&p, a);
	prep_lock(&p);
	if (a->huge)
		area_unshare(a);
	a->start = addr;
	prep_unlock(&p);
	return 0;
}

int area_release(struct area *a)
{
	down_write(&a->file->mapping->sem);
	area_unshare(a);
	up_write(&a->file->mapping->sem);
	return 0;
}
