// Package faults has one fault a function.
package faults

import (
	"errors"
	"sync"
)

type Store struct {
	mu     sync.Mutex
	bucket *Bucket
	n      int
}

type Bucket struct {
	mu    sync.RWMutex
	store *Store
	n     int
}

// Put and Flush take the two locks in both orders, three calls apart.
func (s *Store) Put() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fill()
}

func (s *Store) fill() { s.bucket.add() }

func (b *Bucket) add() {
	b.mu.Lock()
	b.n++
	b.mu.Unlock()
}

func (b *Bucket) Flush() {
	b.mu.RLock()
	defer b.mu.RUnlock()
	b.store.mu.Lock() // want "cycle: faults.Bucket.mu and faults.Store.mu are taken in both orders"
	b.store.n = 0
	b.store.mu.Unlock()
}

// Twice takes its own lock again by a callee.
func (s *Store) Twice() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Len()
}

func (s *Store) Len() int {
	s.mu.Lock() // want "recursion: faults.Store.mu taken again"
	defer s.mu.Unlock()
	return s.n
}

// Upgrade waits for itself: a reader cannot become the writer.
func (b *Bucket) Upgrade() {
	b.mu.RLock()
	if b.n == 0 {
		b.mu.Lock() // want "recursion: faults.Bucket.mu taken again"
		b.n = 1
		b.mu.Unlock()
	}
	b.mu.RUnlock()
}

// Callback is called with the lock that it takes.
func (s *Store) Callback() {
	s.locked(func() {
		s.drain()
	})
}

func (s *Store) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *Store) drain() {
	s.mu.Lock() // want "recursion: faults.Store.mu taken again"
	s.n = 0
	s.mu.Unlock()
}

// Leak returns an error with the lock held.
func (s *Store) Leak(n int) error {
	s.mu.Lock()
	if n < 0 {
		return errors.New("negative") // want "imbalance: faults.Store.mu still held on return"
	}
	s.n = n
	s.mu.Unlock()
	return nil
}

// Results leaves the lock held on one of two ways out that nothing tells
// apart.
func (b *Bucket) Results(key string) (int, error) {
	b.mu.Lock()
	n, err := parse(key)
	if err != nil {
		return 0, err // want "imbalance: faults.Bucket.mu still held on return"
	}
	b.n = n
	b.mu.Unlock()
	return n, nil
}

func parse(s string) (int, error) {
	if s == "" {
		return 0, errors.New("empty")
	}
	return len(s), nil
}

// Mode releases for writing what was taken for reading.
func (b *Bucket) Mode() int {
	b.mu.RLock()
	n := b.n
	b.mu.Unlock() // want "imbalance: faults.Bucket.mu released as if taken exclusively"
	return n
}

// An interface of two implementers: the call takes the lock of either.
type flusher interface{ flush() }

type disk struct{ mu sync.Mutex }

type memory struct{ n int }

func (d *disk) flush() {
	d.mu.Lock()
	d.mu.Unlock()
}

func (m *memory) flush() { m.n = 0 }

type journal struct {
	mu   sync.Mutex
	back flusher
}

func (j *journal) commit() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.back.flush()
}

func (d *disk) log(j *journal) {
	d.mu.Lock()
	j.mu.Lock() // want "cycle: faults.disk.mu and faults.journal.mu are taken in both orders"
	j.mu.Unlock()
	d.mu.Unlock()
}

// A stored function is called by the field that it is stored in.
type server struct {
	mu     sync.Mutex
	onDone func()
	table  sync.Mutex
}

func newServer() *server {
	s := &server{}
	s.onDone = func() {
		s.table.Lock()
		s.table.Unlock()
	}
	return s
}

func (s *server) finish() {
	s.mu.Lock()
	s.onDone()
	s.mu.Unlock()
}

func (s *server) list() {
	s.table.Lock()
	s.mu.Lock() // want "cycle: faults.server.table and faults.server.mu are taken in both orders"
	s.mu.Unlock()
	s.table.Unlock()
}

// Forms of locks: embedded, of an anonymous struct, of the package, of a
// table, of a type of the project's own.
type forms struct {
	sync.Mutex
	inner struct {
		sync.RWMutex
		n int
	}
	table [8]sync.Mutex
	own   ownMutex
}

type ownMutex struct {
	mu    sync.Mutex
	owner string
}

func (m *ownMutex) Lock()   { m.mu.Lock() }
func (m *ownMutex) Unlock() { m.mu.Unlock() }

var global sync.Mutex

func (f *forms) ab(i int) {
	f.Lock()
	f.inner.Lock()
	f.inner.Unlock()
	f.Unlock()

	global.Lock()
	f.table[i].Lock()
	f.table[i].Unlock()
	global.Unlock()

	f.own.Lock()
	f.Lock()
	f.Unlock()
	f.own.Unlock()
}

func (f *forms) ba(i int) {
	f.inner.Lock()
	f.Lock() // want "cycle: faults.forms.inner.RWMutex and faults.forms.Mutex are taken in both orders"
	f.Unlock()
	f.inner.Unlock()

	f.table[i].Lock()
	global.Lock() // want "cycle: faults.forms.table.. and faults.global are taken in both orders"
	global.Unlock()
	f.table[i].Unlock()

	f.Lock()
	f.own.Lock() // want "cycle: faults.forms.Mutex and faults.forms.own are taken in both orders"
	f.own.Unlock()
	f.Unlock()
}

// Generic is one class, whatever it is made of.
type Generic[K comparable] struct {
	mu   sync.Mutex
	next *Generic[K]
	m    map[K]*Bucket
}

func (g *Generic[K]) one(k K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.m[k].add()
}

func two(g *Generic[int], b *Bucket) {
	b.mu.Lock()
	g.mu.Lock() // want "cycle: faults.Bucket.mu and faults.Generic.mu are taken in both orders"
	g.mu.Unlock()
	b.mu.Unlock()
}

// Once holds its lock while the function runs.
type lazy struct {
	once sync.Once
	mu   sync.Mutex
}

func (l *lazy) get() {
	l.once.Do(func() {
		l.mu.Lock()
		l.mu.Unlock()
	})
}

func (l *lazy) set() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.once.Do(func() {}) // want "cycle: faults.lazy.mu and faults.lazy.once are taken in both orders"
}

// A reader's half of a lock, by RLocker.
func (b *Bucket) reads() int {
	l := b.mu.RLocker()
	l.Lock()
	defer l.Unlock()
	b.mu.Lock() // want "recursion: faults.Bucket.mu taken again"
	defer b.mu.Unlock()
	return b.n
}

func (b *Bucket) mixes() {
	l := b.mu.RLocker()
	l.Lock()
	b.n++
	b.mu.Unlock() // want "imbalance: faults.Bucket.mu released as if taken exclusively"
}

// Do waits for the Do that it is called by.
func (l *lazy) again() {
	l.once.Do(func() {
		l.once.Do(func() {}) // want "recursion: faults.lazy.once taken again"
	})
}

// Conds are named by where they stand, and their locks by what they are.
type mailbox struct {
	mu    sync.Mutex
	full  *sync.Cond
	empty *sync.Cond
	n     int
}

func newMailbox() *mailbox {
	m := &mailbox{full: sync.NewCond(&sync.Mutex{})}
	m.empty = sync.NewCond(&m.mu)
	return m
}

func (m *mailbox) put() {
	m.empty.L.Lock()
	m.full.L.Lock() // want "cycle: faults.mailbox.mu and faults.mailbox.full are taken in both orders"
	m.full.L.Unlock()
	m.mu.Unlock()
}

func (m *mailbox) take() {
	m.full.L.Lock()
	m.mu.Lock()
	for m.n == 0 {
		m.empty.Wait()
	}
	m.mu.Unlock()
	m.full.L.Unlock()
}
