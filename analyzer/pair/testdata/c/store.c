/* A store with a journal, as store.go has it, but for what order.lockorder says. */
#include <pthread.h>

struct store {
	pthread_mutex_t lock;
	pthread_mutex_t journal;
	pthread_mutex_t cache;
	pthread_mutex_t stats;
	int n;
};

/* both: lock, then journal */
void store_put(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	pthread_mutex_lock(&s->journal);
	s->n++;
	pthread_mutex_unlock(&s->journal);
	pthread_mutex_unlock(&s->lock);
}

/* this program alone */
void store_count(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	pthread_mutex_lock(&s->stats);
	s->n++;
	pthread_mutex_unlock(&s->stats);
	pthread_mutex_unlock(&s->lock);
}

/* waits where the other program tries */
void store_flush(struct store *s)
{
	pthread_mutex_lock(&s->journal);
	pthread_mutex_lock(&s->cache);
	s->n = 0;
	pthread_mutex_unlock(&s->cache);
	pthread_mutex_unlock(&s->journal);
}

/* neither waits */
int store_shrink(struct store *s)
{
	int freed = 0;

	pthread_mutex_lock(&s->cache);
	if (pthread_mutex_trylock(&s->lock) == 0) {
		freed = s->n;
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&s->cache);
	return freed;
}
