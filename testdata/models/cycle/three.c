// SPDX-License-Identifier: GPL-2.0
/* Three functions, no two of which disagree, close a loop. */

typedef struct { int x; } spinlock_t;

void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

struct foo {
	spinlock_t a, b, c;
};

void foo_first(struct foo *f)
{
	spin_lock(&f->a);
	spin_lock(&f->b);
	spin_unlock(&f->b);
	spin_unlock(&f->a);
}

void foo_second(struct foo *f)
{
	spin_lock(&f->b);
	spin_lock(&f->c);
	spin_unlock(&f->c);
	spin_unlock(&f->b);
}

void foo_third(struct foo *f)
{
	spin_lock(&f->c);
	spin_lock(&f->a);		/* want "cycle: .*foo.a.*foo.b" */
	spin_unlock(&f->a);
	spin_unlock(&f->c);
}
