// Package cache closes a loop with package store.
package cache

import (
	"sync"

	"example.test/locks/across/store"
)

type Cache struct {
	mu sync.Mutex
	s  *store.Store
	n  int
}

func (c *Cache) Changed() {
	c.mu.Lock()
	c.n = 0
	c.mu.Unlock()
}

func (c *Cache) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n = c.s.Len() // the lock is taken in there
}

// Attach and Drop take two locks of two packages in both orders.
type Index struct {
	mu sync.Mutex
	t  *store.Table
}

func (i *Index) Attach() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.t.Len() // unit "cycle: cache.Index.mu and store.Table.Mu are taken in both orders"
}

func (i *Index) Drop() {
	i.t.Mu.Lock()
	i.mu.Lock()
	i.mu.Unlock()
	i.t.Mu.Unlock()
}

// Again takes a lock by the package's function, and once more by another.
func (i *Index) Again() {
	i.t.Begin()
	i.t.Len() // unit "recursion: store.Table.Mu taken again"
	i.t.End()
}

type waiter struct{ mu sync.Mutex }

// Wait takes the lock of the queue again.
func (w *waiter) wait(q *store.Queue) {
	q.Mu.Lock()
	w.mu.Lock()
	q.Ready.Wait() // want "cycle: cache.waiter.mu and store.Queue.Mu are taken in both orders"
	w.mu.Unlock()
	q.Mu.Unlock()
}

// Stop waits with the lock held that the goroutines of the gang take.
func Stop(g *store.Gang) {
	g.Mu.Lock()
	g.Wait() // unit "cycle: store.Gang.Mu and store.Gang.wg are taken in both orders, one of them by waiting"
	g.Mu.Unlock()
}
