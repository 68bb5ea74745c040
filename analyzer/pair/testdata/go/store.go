// Package store is a store with a journal, as store.c has it, but for what
// order.lockorder says.
package store

import "sync"

// A Store is a store.
type Store struct {
	mu      sync.Mutex
	journal sync.Mutex
	cache   sync.Mutex
	n       int
}

// Put does in both programs what it does here.
func (s *Store) Put() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.Lock()
	s.n++
	s.journal.Unlock()
}

// Warm is of this program alone, and nothing declares it.
func (s *Store) Warm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache.Lock()
	s.n++
	s.cache.Unlock()
}

// Flush tries where the other program waits.
func (s *Store) Flush() {
	s.journal.Lock()
	defer s.journal.Unlock()
	if s.cache.TryLock() {
		s.n = 0
		s.cache.Unlock()
	}
}

// Shrink waits in neither.
func (s *Store) Shrink() (freed int) {
	s.cache.Lock()
	defer s.cache.Unlock()
	if s.mu.TryLock() {
		freed = s.n
		s.mu.Unlock()
	}
	return freed
}
