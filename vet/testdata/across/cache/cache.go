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
