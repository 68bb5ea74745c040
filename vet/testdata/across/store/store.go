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
	s.Mu.Lock() // whole "cycle: cache.Cache.mu and store.Store.Mu are taken in both orders"
	defer s.Mu.Unlock()
	return s.n
}

type Table struct {
	Mu sync.Mutex
	n  int
}

func (t *Table) Len() int {
	t.Mu.Lock() // whole "recursion: store.Table.Mu taken again" "cycle: cache.Index.mu and store.Table.Mu are taken in both orders"
	defer t.Mu.Unlock()
	return t.n
}

func (t *Table) Begin() { t.Mu.Lock() }

func (t *Table) End() { t.Mu.Unlock() }

type Queue struct {
	Mu    sync.Mutex
	Ready *sync.Cond
}

func NewQueue() *Queue {
	q := &Queue{}
	q.Ready = sync.NewCond(&q.Mu)
	return q
}
