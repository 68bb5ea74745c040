#ifndef _LINUX_XARRAY_H
#define _LINUX_XARRAY_H

#include <linux/spinlock.h>

struct xarray {
	spinlock_t xa_lock;
	void *xa_head;
};

#define xa_lock_irq(xa)		spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa)	spin_unlock_irq(&(xa)->xa_lock)

#endif
