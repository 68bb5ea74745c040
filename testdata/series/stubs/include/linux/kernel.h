#ifndef _LINUX_KERNEL_H
#define _LINUX_KERNEL_H

#include <linux/types.h>
#include <linux/errno.h>

/* a BUG never comes back: code after BUG_ON(x) runs with x false */
void __noreturn panic_bug(const char *file, int line);

#define BUG()			panic_bug(__FILE__, __LINE__)
#define BUG_ON(cond)		do { if (unlikely(cond)) BUG(); } while (0)
#define VM_BUG_ON(cond)		BUG_ON(cond)
#define VM_BUG_ON_PAGE(cond, page)	BUG_ON(cond)
#define WARN_ON(cond)		(unlikely(cond))
#define WARN_ON_ONCE(cond)	(unlikely(cond))

#define offsetof(type, member)	__builtin_offsetof(type, member)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))
#define ALIGN(x, a)	(((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define round_up(x, a)	ALIGN(x, a)
#define round_down(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MAX_ERRNO	4095
#define IS_ERR_VALUE(x)	((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long error)
{
	return (void *)error;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return IS_ERR_VALUE(ptr);
}

void pr_err(const char *fmt, ...);
void pr_info(const char *fmt, ...);
void cond_resched(void);
void schedule(void);

#define wait_var_event(var, cond)	\
	do { while (!(cond)) schedule(); } while (0)
void wake_up_var(void *var);

static inline int atomic_read(const atomic_t *v)
{
	return READ_ONCE(v->counter);
}
void atomic_inc(atomic_t *v);
void atomic_dec(atomic_t *v);
bool atomic_inc_not_zero(atomic_t *v);
bool atomic_dec_and_test(atomic_t *v);

void rcu_read_lock(void);
void rcu_read_unlock(void);

#endif
