#ifndef _LINUX_LIST_H
#define _LINUX_LIST_H

#include <linux/kernel.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

#define list_entry(ptr, type, member)	container_of(ptr, type, member)

#define list_for_each_entry_safe(pos, n, head, member)			\
	for (pos = list_entry((head)->next, __typeof__(*pos), member),	\
	     n = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head);					\
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

void list_add_tail(struct list_head *entry, struct list_head *head);
void list_del(struct list_head *entry);
void list_move_tail(struct list_head *entry, struct list_head *head);

static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

#endif
