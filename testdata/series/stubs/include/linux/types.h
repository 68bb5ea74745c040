#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#include <linux/compiler.h>

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long ssize_t;
typedef unsigned long size_t;
typedef long long loff_t;
typedef unsigned int gfp_t;
typedef unsigned short umode_t;
typedef unsigned int dev_t;
typedef unsigned long pgoff_t;
typedef int vm_fault_t;
typedef _Bool bool;

#define true	1
#define false	0
#define NULL	((void *)0)

#define LONG_MAX	((long)(~0UL >> 1))
#define LLONG_MAX	((long long)(~0ULL >> 1))
#define ULONG_MAX	(~0UL)

typedef struct {
	int counter;
} atomic_t;

struct list_head {
	struct list_head *next, *prev;
};

struct rb_root_cached {
	void *rb_root;
};

#endif
