// SPDX-License-Identifier: GPL-2.0
/* Legal: a guard that keeps its lock in a record, which its constructor returns by
 * value, gives back that lock, also where it was dropped and retaken meanwhile. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

typedef struct {
	spinlock_t *lock;
	unsigned long flags;
} class_spin_t;

static inline class_spin_t class_spin_begin(spinlock_t *l)
{
	class_spin_t made = { .lock = l }, *p = &made;

	spin_lock(p->lock);
	return made;
}

static inline void class_spin_end(class_spin_t *p)
{
	if (p->lock)
		spin_unlock(p->lock);
}

#define spin_guard(var, l)						\
	class_spin_t var __attribute__((cleanup(class_spin_end))) = class_spin_begin(l)

struct item {
	struct item *next;
	int dying;
};

static spinlock_t items_lock;
static spinlock_t other_lock;
static struct item *items;

void visit(void (*f)(struct item *item), int flags)
{
	struct item *i;

	spin_guard(hold, &items_lock);

	for (i = items; i; i = i->next) {
		if (i->dying)
			continue;
		spin_unlock(&items_lock);
		f(i);
		spin_lock(&items_lock);
	}
}

void visit_twice(void (*f)(struct item *item))
{
	visit(f, 0);
	visit(f, 1);
}

void visit_under_other(void (*f)(struct item *item))
{
	spin_guard(hold, &other_lock);
	visit(f, 0);
}

void other_alone(void)
{
	spin_guard(hold, &other_lock);
	items->dying = 1;
}

void items_then_nothing(struct item *i)
{
	{
		spin_guard(hold, &items_lock);
		i->dying = 1;
	}
	spin_lock(&other_lock);
	i->next = 0;
	spin_unlock(&other_lock);
}
