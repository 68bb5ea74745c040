#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/mm_types.h>
#include <linux/list.h>

struct task_struct {
	struct task_struct *next_task;
	struct mm_struct *mm;
	unsigned int flags;
	int pid;
};

extern struct task_struct init_task;
extern rwlock_t tasklist_lock;
struct task_struct *get_current(void);

#define current	get_current()

#define for_each_process(p) \
	for (p = &init_task; (p = p->next_task) != &init_task; )

bool signal_pending(struct task_struct *p);
bool fatal_signal_pending(struct task_struct *p);
void force_sig_mceerr(struct task_struct *t, unsigned long addr);

#endif
