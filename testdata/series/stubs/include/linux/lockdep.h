#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

struct lock_class_key {
	int dummy;
};

#define SINGLE_DEPTH_NESTING	1

void lockdep_assert_held(void *lock);
void lockdep_assert_held_write(void *lock);
void lockdep_assert_held_read(void *lock);
void lockdep_set_class(void *lock, struct lock_class_key *key);

#endif
