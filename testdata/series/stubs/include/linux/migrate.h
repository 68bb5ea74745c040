#ifndef _LINUX_MIGRATE_H
#define _LINUX_MIGRATE_H

#include <linux/mm.h>

#define MIGRATEPAGE_SUCCESS	0

typedef struct page *new_page_t(struct page *page, unsigned long private);
typedef void free_page_t(struct page *page, unsigned long private);

int migrate_pages(struct list_head *from, new_page_t get_new_page,
		  free_page_t put_new_page, unsigned long private,
		  enum migrate_mode mode);
int migrate_huge_page_move_mapping(struct address_space *mapping,
				   struct page *newpage, struct page *page);
void migrate_page_states(struct page *newpage, struct page *page);
void putback_lru_page(struct page *page);

#endif
