package lock

import "sync"

// A Mutex is a sync.Mutex of a lock class.
type Mutex struct {
	key key
	mu  sync.Mutex
}

// Init gives m its class. It is called before m is shared.
func (m *Mutex) Init(c *Class) { m.key.set(c) }

// Lock acquires m.
func (m *Mutex) Lock(t *Task) {
	t.acquire(m.key.class(), m, Exclusive, 0, false)
	m.mu.Lock()
}

// LockNested acquires m inside another lock of its class, of a subclass less
// than sub.
func (m *Mutex) LockNested(t *Task, sub int) {
	t.acquire(m.key.class(), m, Exclusive, sub, false)
	m.mu.Lock()
}

// TryLock acquires m unless it is taken, and reports whether it did.
func (m *Mutex) TryLock(t *Task) bool {
	if !m.mu.TryLock() {
		return false
	}
	t.acquire(m.key.class(), m, Exclusive, 0, true)
	return true
}

// Unlock releases m.
func (m *Mutex) Unlock(t *Task) {
	t.release(m.key.class(), m, Exclusive)
	m.mu.Unlock()
}

// AssertHeld checks that t holds m.
func (m *Mutex) AssertHeld(t *Task) { t.require(m.key.class(), m, Shared) }

// A RWMutex is a sync.RWMutex of a lock class. Like a rw_semaphore it makes
// new readers wait behind a waiting writer.
type RWMutex struct {
	key key
	mu  sync.RWMutex
}

// Init gives m its class. It is called before m is shared.
func (m *RWMutex) Init(c *Class) { m.key.set(c) }

// Lock acquires m exclusively.
func (m *RWMutex) Lock(t *Task) {
	t.acquire(m.key.class(), m, Exclusive, 0, false)
	m.mu.Lock()
}

// LockNested acquires m exclusively inside another lock of its class, of a
// subclass less than sub.
func (m *RWMutex) LockNested(t *Task, sub int) {
	t.acquire(m.key.class(), m, Exclusive, sub, false)
	m.mu.Lock()
}

// TryLock acquires m exclusively unless it is taken, and reports whether it
// did.
func (m *RWMutex) TryLock(t *Task) bool {
	if !m.mu.TryLock() {
		return false
	}
	t.acquire(m.key.class(), m, Exclusive, 0, true)
	return true
}

// Unlock releases m from exclusive mode.
func (m *RWMutex) Unlock(t *Task) {
	t.release(m.key.class(), m, Exclusive)
	m.mu.Unlock()
}

// RLock acquires m in shared mode.
func (m *RWMutex) RLock(t *Task) {
	t.acquire(m.key.class(), m, Shared, 0, false)
	m.mu.RLock()
}

// TryRLock acquires m in shared mode unless a writer holds or awaits it, and
// reports whether it did.
func (m *RWMutex) TryRLock(t *Task) bool {
	if !m.mu.TryRLock() {
		return false
	}
	t.acquire(m.key.class(), m, Shared, 0, true)
	return true
}

// RUnlock releases m from shared mode.
func (m *RWMutex) RUnlock(t *Task) {
	t.release(m.key.class(), m, Shared)
	m.mu.RUnlock()
}

// AssertHeld checks that t holds m in any mode.
func (m *RWMutex) AssertHeld(t *Task) { t.require(m.key.class(), m, Shared) }

// AssertWriteHeld checks that t holds m exclusively.
func (m *RWMutex) AssertWriteHeld(t *Task) { t.require(m.key.class(), m, Exclusive) }
