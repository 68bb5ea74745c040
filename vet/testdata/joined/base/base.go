// Package base has two locks, and says nothing of their order.
package base

import "sync"

type A struct{ mu sync.Mutex }

type B struct{ mu sync.Mutex }

func (a *A) Lock()   { a.mu.Lock() }
func (a *A) Unlock() { a.mu.Unlock() }

var (
	First  sync.Mutex
	Second sync.Mutex
)

// With runs f with the first lock held.
func With(f func()) {
	First.Lock()
	defer First.Unlock()
	f()
}

// Sum takes the second.
func Sum() int {
	Second.Lock() // whole "cycle: base.First and base.Second are taken in both orders"
	defer Second.Unlock()
	return 1
}
