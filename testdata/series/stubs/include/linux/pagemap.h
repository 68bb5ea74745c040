#ifndef _LINUX_PAGEMAP_H
#define _LINUX_PAGEMAP_H

#include <linux/mm.h>

struct page *find_get_page(struct address_space *mapping, pgoff_t index);
/* the first cached page of [*index, end), *index set behind it; NULL: none */
struct page *find_get_next_page(struct address_space *mapping, pgoff_t *index,
				pgoff_t end);
int add_to_page_cache_locked(struct page *page, struct address_space *mapping,
			     pgoff_t index);
void delete_from_page_cache(struct page *page);

/* NULL, or the page with its lock held */
static inline struct page *find_lock_page(struct address_space *mapping,
					  pgoff_t index)
{
	struct page *page;

repeat:
	page = find_get_page(mapping, index);
	if (!page)
		return NULL;

	lock_page(page);
	if (page->mapping != mapping) {
		unlock_page(page);
		put_page(page);
		goto repeat;
	}
	return page;
}

/* a new page enters the cache locked: nobody else can hold its lock yet */
static inline int add_to_page_cache(struct page *page,
				    struct address_space *mapping,
				    pgoff_t index)
{
	int error;

	__SetPageLocked(page);
	error = add_to_page_cache_locked(page, mapping, index);
	if (unlikely(error))
		__ClearPageLocked(page);
	return error;
}

#endif
