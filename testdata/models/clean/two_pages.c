// SPDX-License-Identifier: GPL-2.0
/* Legal: the second page is another one, and only tried. */

struct address_space;
struct page { unsigned long flags; struct address_space *mapping; };
#define EAGAIN 11

void lock_page(struct page *page);
int trylock_page(struct page *page);
void unlock_page(struct page *page);
void cond_resched(void);

int foo_merge(struct page *page, struct page *cached)
{
	int ret = 0;

	if (cached)
		lock_page(cached);
	if (page != cached) {
		if (!trylock_page(page)) {
			ret = -EAGAIN;
			goto out;
		}
	}

	cond_resched();

	if (page != cached)
		unlock_page(page);
out:
	if (cached)
		unlock_page(cached);
	return ret;
}
