// Package store takes Store.Mu and calls back.
package store

import "sync"

type Store struct {
	Mu sync.Mutex
	n  int
}

type Listener interface{ Changed() }

func (s *Store) Update(l Listener) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	s.n++
	l.Changed()
}

func (s *Store) Len() int {
	s.Mu.Lock() // want "cycle: cache.Cache.mu and store.Store.Mu are taken in both orders"
	defer s.Mu.Unlock()
	return s.n
}
