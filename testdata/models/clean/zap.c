// SPDX-License-Identifier: GPL-2.0
/* Legal: a helper takes locks, or not, for several reasons; another one gives them back for the same. */
struct mutex { int count; };
void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/*
 * Lock ordering:
 *
 * mm.mutex
 *   priv.mutex
 *     file.mutex
 */
struct file { struct mutex mutex; int count; };
struct priv { struct mutex mutex; int count; };
struct mm { struct mutex mutex; };
struct area {
	struct area *next;
	struct file *file;
	struct priv *priv;
	unsigned long flags;
};

#define HUGE 0x4
#define SHARED 0x8

static inline int is_huge(struct area *a) { return !!(a->flags & HUGE); }

static int shareable(struct area *a)
{
	return (a->flags & SHARED) && a->priv;
}

static void priv_lock(struct area *a)
{
	if (shareable(a)) {
		struct priv *p = a->priv;

		mutex_lock(&p->mutex);
	}
}

static void priv_unlock(struct area *a)
{
	if (shareable(a)) {
		struct priv *p = a->priv;

		mutex_unlock(&p->mutex);
	}
}

void __zap_begin(struct area *a)
{
	if (!a->file)
		return;
	priv_lock(a);
	if (a->file)
		mutex_lock(&a->file->mutex);
}

void __zap_end(struct area *a, int final)
{
	if (!a->file)
		return;
	if (final) {
		mutex_unlock(&a->file->mutex);
		priv_unlock(a);
	} else {
		priv_unlock(a);
		mutex_unlock(&a->file->mutex);
	}
}

static inline void zap_begin(struct area *a)
{
	if (is_huge(a))
		__zap_begin(a);
}

static inline void zap_end(struct area *a, int final)
{
	if (is_huge(a))
		__zap_end(a, final);
}

void zap(struct area *a);

void unmap_all(struct area *a)
{
	do {
		zap_begin(a);
		zap(a);
		zap_end(a, 1);
	} while ((a = a->next) != 0);
}

void exit_mm(struct mm *mm, struct area *a)
{
	unmap_all(a);
	mutex_lock(&mm->mutex);
	mutex_unlock(&mm->mutex);
}
