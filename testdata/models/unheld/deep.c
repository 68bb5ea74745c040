// SPDX-License-Identifier: GPL-2.0
/* The assertion lies two calls further down. */

struct rw_semaphore { int x; };

void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void lockdep_assert_held_write(void *lock);

struct foo_file {
	struct rw_semaphore sem;
};

struct foo_map {
	struct foo_file *file;
	int shared;
};

static void foo_unshare(struct foo_map *map)
{
	lockdep_assert_held_write(&map->file->sem);
	map->shared = 0;
}

static void foo_unmap(struct foo_map *map)
{
	foo_unshare(map);
}

void foo_truncate(struct foo_map *map)
{
	down_write(&map->file->sem);
	foo_unmap(map);
	up_write(&map->file->sem);
}

void foo_punch(struct foo_map *map)
{
	foo_unmap(map);			/* want "unheld: foo_file.sem not held" */
}
