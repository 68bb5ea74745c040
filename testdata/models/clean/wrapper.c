// SPDX-License-Identifier: GPL-2.0
/* Legal: three wrappers deep, taken and released by the same set. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

struct foo {
	struct rw_semaphore sem;
	int n;
};

static inline void __foo_lock(struct rw_semaphore *sem)
{
	down_write(sem);
}

static inline void _foo_lock(struct foo *f)
{
	__foo_lock(&f->sem);
}

static inline void foo_lock(struct foo *f)
{
	_foo_lock(f);
}

static inline void foo_unlock(struct foo *f)
{
	up_write(&f->sem);
}

void foo_inc(struct foo *f)
{
	foo_lock(f);
	f->n++;
	foo_unlock(f);
}
