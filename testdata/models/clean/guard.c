// SPDX-License-Identifier: GPL-2.0
/* Legal: guards are given back where their scopes end, on every return. */

struct mutex { int x; };
#define EINVAL 22

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/* guard(mutex)(&l) holds l until its scope ends, scoped_guard(mutex, &l) in its body */
#define DEFINE_GUARD(name, type, take, give)				\
static inline type name##_guard_begin(type _T)				\
{									\
	take;								\
	return _T;							\
}									\
static inline void name##_guard_end(type *p)				\
{									\
	type _T = *p;							\
									\
	give;								\
}									\
typedef type name##_guard_t

#define GUARD_NAME2(line)	guard_##line
#define GUARD_NAME(line)	GUARD_NAME2(line)
#define GUARD_VAR(name, var)						\
	name##_guard_t var						\
	__attribute__((cleanup(name##_guard_end))) = name##_guard_begin
#define guard(name)	GUARD_VAR(name, GUARD_NAME(__LINE__))
#define scoped_guard(name, arg)						\
	for (int once = 1; once; )					\
		for (GUARD_VAR(name, scope)(arg); once; once = 0)

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T));

struct foo {
	struct mutex config;
	struct mutex stats;
	int n;
};

int foo_store(struct foo *f, int n)
{
	guard(mutex)(&f->config);

	if (n < 0)
		return -EINVAL;

	scoped_guard(mutex, &f->stats) {
		if (f->n == n)
			return 0;
		f->n = n;
	}

	guard(mutex)(&f->stats);
	f->n++;
	return 0;
}

void foo_twice(struct foo *f)
{
	{
		guard(mutex)(&f->stats);
		f->n++;
	}
	guard(mutex)(&f->stats);
	f->n++;
}
