// Package declared says in which order its locks are taken.
package declared

import "sync"

//lockorder:order Store.mu < Bucket.mu < entry.mu

type Store struct{ mu sync.Mutex }

type Bucket struct{ mu sync.Mutex }

type entry struct {
	mu sync.Mutex
	b  *Bucket
	s  *Store
	n  int
}

func (e *entry) good() {
	e.s.mu.Lock()
	e.b.mu.Lock()
	e.mu.Lock()
	e.mu.Unlock()
	e.b.mu.Unlock()
	e.s.mu.Unlock()
}

func (e *entry) bad() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s.mu.Lock() // want "order: declared.Store.mu taken under declared.entry.mu"
	e.s.mu.Unlock()
}

//lockorder:except order Bucket.mu < Store.mu "the store is not shared yet"

func (b *Bucket) excepted(s *Store) {
	b.mu.Lock()
	s.mu.Lock()
	s.mu.Unlock()
	b.mu.Unlock()
}

//lockorder:requires e.mu
func (e *entry) inc() { e.n++ }

// +checklocks:e.mu
func (e *entry) dec() { e.n-- }

func (e *entry) right() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.inc()
	e.dec()
}

func (e *entry) wrong() {
	e.b.mu.Lock()
	e.inc() // want "unheld: declared.entry.mu not held, as declared.entry.inc requires"
	e.dec() // want "unheld: declared.entry.mu not held, as declared.entry.dec requires"
	e.b.mu.Unlock()
}

//lockorder:leaf stats.mu

type stats struct {
	mu sync.Mutex
	n  int
}

func (s *stats) add(e *entry) {
	s.mu.Lock()
	s.n++
	e.mu.Lock() // want "order: declared.entry.mu taken under declared.stats.mu"
	e.mu.Unlock()
	s.mu.Unlock()
}
