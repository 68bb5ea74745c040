// SPDX-License-Identifier: GPL-2.0
/* Who has read what is at a pointer has one that is not null. */

/* Lock ordering: foo_table.mutex -> foo_ctx.mutex */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_table {
	struct mutex mutex;
	int size;
};

struct foo_ctx {
	struct mutex mutex;
	struct foo_table *all;
};

int foo_fill(struct foo_ctx *ctx, struct foo_table *t)
{
	int size = t->size;

	mutex_lock(&ctx->mutex);
	if (!t) {
		mutex_lock(&ctx->all->mutex);	/* nobody comes here */
		mutex_unlock(&ctx->all->mutex);
	}
	mutex_unlock(&ctx->mutex);
	return size;
}

int foo_find(struct foo_ctx *ctx, struct foo_table *t)
{
	int *size = &t->size;

	mutex_lock(&ctx->mutex);
	if (!t) {
		mutex_lock(&ctx->all->mutex);	/* want "order: foo_table.mutex taken under foo_ctx.mutex" */
		mutex_unlock(&ctx->all->mutex);
		size = &ctx->all->size;
	}
	mutex_unlock(&ctx->mutex);
	return *size;
}
