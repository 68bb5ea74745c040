package faults

import "sync"

// A pool waits for its goroutines with the lock held that they take.
type pool struct {
	mu sync.Mutex
	wg sync.WaitGroup
	n  int
}

func (p *pool) start() {
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		p.mu.Lock()
		p.n++
		p.mu.Unlock()
	}()
}

func (p *pool) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wg.Wait() // want "cycle: faults.pool.mu and faults.pool.wg are taken in both orders, one of them by waiting"
}

// The same across functions: the wait, the lock and the end are in callees.
type crew struct {
	mu sync.RWMutex
	wg sync.WaitGroup
	n  int
}

func (c *crew) start() {
	c.wg.Add(1)
	go c.work()
}

func (c *crew) work() {
	defer c.finish()
	c.count()
}

func (c *crew) count() {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
}

func (c *crew) finish() { c.wg.Done() }

func (c *crew) stop() {
	c.mu.RLock()
	c.wait()
	c.mu.RUnlock()
}

func (c *crew) wait() {
	c.wg.Wait() // want "cycle: faults.crew.mu and faults.crew.wg are taken in both orders, one of them by waiting"
}

// A group of the function's own, captured and as a parameter, and Go.
type fleet struct {
	captured, given, spawned sync.Mutex
	n                        int
}

func (f *fleet) capture() {
	var wg sync.WaitGroup
	f.captured.Lock()
	defer f.captured.Unlock()
	wg.Add(1)
	go func() {
		f.captured.Lock()
		f.n++
		f.captured.Unlock()
		wg.Done()
	}()
	wg.Wait() // want "cycle: faults.fleet.captured and faults.fleet.capture.wg are taken in both orders"
}

func (f *fleet) give() {
	var wg sync.WaitGroup
	wg.Add(1)
	f.given.Lock()
	go f.take(&wg)
	wg.Wait()
	f.given.Unlock()
}

func (f *fleet) take(wg *sync.WaitGroup) {
	defer wg.Done()
	f.given.Lock() // want "cycle: faults.fleet.give.wg and faults.fleet.given are taken in both orders"
	f.n++
	f.given.Unlock()
}

func (f *fleet) spawn() {
	var wg sync.WaitGroup
	f.spawned.Lock()
	wg.Go(func() {
		f.spawned.Lock()
		f.n++
		f.spawned.Unlock()
	})
	wg.Wait() // want "cycle: faults.fleet.spawned and faults.fleet.spawn.wg are taken in both orders"
	f.spawned.Unlock()
}
