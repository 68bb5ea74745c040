package legal

import "sync"

type job struct {
	mu, other sync.Mutex
	wg, rest  sync.WaitGroup
	n         int
}

// The lock is given back before the wait.
func (j *job) stop() {
	j.mu.Lock()
	j.n = 0
	j.mu.Unlock()
	j.wg.Wait()
}

func (j *job) start() {
	j.wg.Add(1)
	go func() {
		defer j.wg.Done()
		j.mu.Lock()
		j.n++
		j.mu.Unlock()
	}()
}

// Under another lock, which no goroutine takes.
func (j *job) drain() {
	j.other.Lock()
	defer j.other.Unlock()
	j.wg.Wait()
}

// Another group, whose goroutines take the lock when they are done, or only try.
func (j *job) late() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rest.Add(2)
	go func() {
		j.rest.Done()
		j.mu.Lock()
		j.n++
		j.mu.Unlock()
	}()
	go func() {
		defer j.rest.Done()
		if j.mu.TryLock() {
			j.n++
			j.mu.Unlock()
		}
	}()
	j.rest.Wait()
}

// Two groups of one name: only that of the first has goroutines that take the lock.
func (j *job) twice(first bool) {
	if first {
		var wg sync.WaitGroup
		wg.Go(func() {
			j.mu.Lock()
			j.n++
			j.mu.Unlock()
		})
		wg.Wait()
	}
	var wg sync.WaitGroup
	j.mu.Lock()
	wg.Go(func() { j.n = 0 })
	wg.Wait()
	j.mu.Unlock()
}

// A request that begins and ends in one function: what was locked before does not
// count, nor what is locked after.
type door struct {
	mu, closing sync.Mutex
	wg          sync.WaitGroup
	shut        bool
}

func (d *door) enter() {
	d.mu.Lock()
	shut := d.shut
	d.mu.Unlock()
	if shut {
		return
	}
	d.wg.Add(1)
	d.wg.Done()
	d.closing.Lock()
	d.closing.Unlock()
}

func (d *door) close() {
	d.mu.Lock()
	d.closing.Lock()
	d.wg.Wait()
	d.closing.Unlock()
	d.mu.Unlock()
}

// Who begins may take what it likes: others end it.
func (d *door) open() {
	d.wg.Add(1)
	d.mu.Lock()
	d.shut = false
	d.mu.Unlock()
	go d.leave()
}

func (d *door) leave() { d.wg.Done() }

// A type made for waiting has many uses: the end of one is not that of another.
type closer struct{ wg sync.WaitGroup }

func (c *closer) done() { c.wg.Done() }
func (c *closer) wait() { c.wg.Wait() }

type embeds struct{ sync.WaitGroup }

type engine struct {
	mu            sync.Mutex
	reader        *closer
	writer        *closer
	first, second embeds
	n             int
}

func (e *engine) start() {
	e.reader.wg.Add(1)
	go func() {
		defer e.reader.done()
		e.mu.Lock()
		e.n++
		e.mu.Unlock()
	}()
	e.first.Add(1)
	go func() {
		defer e.first.Done()
		e.mu.Lock()
		e.n++
		e.mu.Unlock()
	}()
}

func (e *engine) stop() {
	e.mu.Lock()
	e.writer.wait()
	e.second.Wait()
	e.mu.Unlock()
}

// Who could not start a goroutine ends in its place.
type manager struct {
	mu sync.Mutex
	wg sync.WaitGroup
	n  int
}

func (m *manager) begin() { m.wg.Add(1) }

func (m *manager) run(started func() bool) {
	m.begin()
	if !started() {
		m.wg.Done()
	}
	m.mu.Lock()
	m.n++
	m.mu.Unlock()
}

func (m *manager) all(started func() bool) {
	go func() {
		m.run(started)
		m.mu.Lock()
		m.mu.Unlock()
	}()
}

func (m *manager) stop() {
	m.mu.Lock()
	m.wg.Wait()
	m.mu.Unlock()
}
