// SPDX-License-Identifier: GPL-2.0
/* What blocks without being a lock has its place in the order: the tree tells
 * lockdep by a map that is acquired for as long as it lasts.
 */

/* Lock ordering: foo_journal.j_map -> foo.mutex */

struct mutex { int x; };
struct lockdep_map { const char *name; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void rwsem_acquire_read(struct lockdep_map *map, int subclass, int trylock, unsigned long ip);
void rwsem_release(struct lockdep_map *map, unsigned long ip);

struct foo_journal {
	struct lockdep_map j_map;
};

struct foo {
	struct mutex mutex;
	struct foo_journal *journal;
};

static void foo_start(struct foo_journal *j)
{
	rwsem_acquire_read(&j->j_map, 0, 0, 0);	/* want "order: foo_journal.j_map taken under foo.mutex" */
}

static void foo_stop(struct foo_journal *j)
{
	rwsem_release(&j->j_map, 0);
}

void foo_commit(struct foo *f)
{
	foo_start(f->journal);
	mutex_lock(&f->mutex);
	mutex_unlock(&f->mutex);
	foo_stop(f->journal);
}

void foo_write(struct foo *f)
{
	mutex_lock(&f->mutex);
	foo_start(f->journal);
	foo_stop(f->journal);
	mutex_unlock(&f->mutex);
}
