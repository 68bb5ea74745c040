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

// A Gang is waited for by others than those who start it.
type Gang struct {
	Mu sync.Mutex
	wg sync.WaitGroup
	n  int
}

func (g *Gang) Start() {
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		g.Mu.Lock()
		g.n++
		g.Mu.Unlock()
	}()
}

func (g *Gang) Wait() {
	g.wg.Wait() // whole "cycle: store.Gang.Mu and store.Gang.wg are taken in both orders, one of them by waiting"
}

type Queue struct {
	Mu    sync.Mutex
	Ready *sync.Cond
}

func NewQueue() *Queue {
	q := &Queue{}
	q.Ready = sync.NewCond(&q.Mu)
	return q
}
