// SPDX-License-Identifier: GPL-2.0
/* Legal: an optional object is locked only if it is there, both times. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void cond_resched(void);

struct foo_group {
	struct mutex mutex;
	int n;
};

void foo_account(struct foo_group *group, int n)
{
	if (group)
		mutex_lock(&group->mutex);
	cond_resched();
	if (group) {
		group->n += n;
		mutex_unlock(&group->mutex);
	}
}
