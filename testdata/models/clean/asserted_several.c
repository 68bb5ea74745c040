// SPDX-License-Identifier: GPL-2.0
/* Legal: the function takes the lock or says that its caller has, behind conditions of another kind. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lockdep_assert_held_write(struct rw_semaphore *sem);

#define FOO_SHARED	0x8

struct foo {
	struct rw_semaphore sem;
	int flags;
	int n;
};

static void foo_unshare(struct foo *f, int start, int end, int take_locks)
{
	if (!(f->flags & FOO_SHARED))
		return;
	if (start >= end)
		return;
	if (take_locks)
		down_write(&f->sem);
	else
		lockdep_assert_held_write(&f->sem);
	f->n = start;
	if (take_locks)
		up_write(&f->sem);
}

void foo_split(struct foo *f)
{
	down_write(&f->sem);
	foo_unshare(f, 1, f->n, 0);
	up_write(&f->sem);
}

void foo_unshare_all(struct foo *f)
{
	foo_unshare(f, 0, f->n, 1);
}
