// Package legal does what looks wrong and is not. Nothing is to be reported.
package legal

import (
	"errors"
	"os"
	"sync"
)

type node struct {
	mu     sync.Mutex
	id     int
	next   *node
	parent *node
	kids   []*node
}

type tree struct {
	mu   sync.Mutex
	root *node
}

// A gate is held over both orders of two nodes.
func (t *tree) swap(a, b *node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a.mu.Lock()
	b.mu.Lock()
	a.id, b.id = b.id, a.id
	b.mu.Unlock()
	a.mu.Unlock()
}

// Hand over hand: the next is taken before the last is let go.
func (t *tree) find(id int) *node {
	n := t.root
	n.mu.Lock()
	for n.id != id {
		next := n.next
		if next == nil {
			n.mu.Unlock()
			return nil
		}
		next.mu.Lock()
		n.mu.Unlock()
		n = next
	}
	n.mu.Unlock()
	return n
}

// Two of one class, ordered by what they are called.
func link(a, b *node) {
	if a.id > b.id {
		a, b = b, a
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	a.next = b
}

// The locks of a tree, parent before child.
func (n *node) walk(f func(*node)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f(n)
	for _, k := range n.kids {
		k.walk(f)
	}
}

// Taken here, released in Close.
type file struct {
	mu sync.Mutex
	f  *os.File
}

func open(name string) (*file, error) {
	f := &file{}
	f.mu.Lock()
	var err error
	if f.f, err = os.Open(name); err != nil {
		f.mu.Unlock()
		return nil, err
	}
	return f, nil
}

func (f *file) Close() error {
	defer f.mu.Unlock()
	return f.f.Close()
}

// A callee drops the caller's lock and takes it again.
type queue struct {
	mu    sync.Mutex
	cond  *sync.Cond
	other *other
	items []int
}

type other struct {
	mu sync.Mutex
	q  *queue
}

func newQueue() *queue {
	q := &queue{}
	q.cond = sync.NewCond(&q.mu)
	return q
}

func (q *queue) push(n int) {
	q.mu.Lock()
	q.items = append(q.items, n)
	q.notify()
	q.mu.Unlock()
}

func (q *queue) notify() {
	q.mu.Unlock()
	q.other.mu.Lock()
	q.other.mu.Unlock()
	q.mu.Lock()
}

func (o *other) poll() {
	o.mu.Lock()
	o.q.mu.Lock()
	o.q.mu.Unlock()
	o.mu.Unlock()
}

func (q *queue) pop() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.cond.Wait()
	}
	n := q.items[0]
	q.items = q.items[1:]
	return n
}

// A lock that is only tried for waits for nobody.
func (o *other) steal() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return true
}

func (q *queue) try() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.other.mu.TryLock() {
		return false
	}
	q.other.mu.Unlock()
	return true
}

// Handed out on purpose.
func (t *tree) lock() (unlock func()) {
	t.mu.Lock()
	return t.mu.Unlock
}

func (t *tree) acquire(id int) (*node, bool) {
	n := t.find(id)
	if n == nil {
		return nil, false
	}
	n.mu.Lock()
	return n, true
}

func (t *tree) use(id int) {
	n, ok := t.acquire(id)
	if !ok {
		return
	}
	defer n.mu.Unlock()
	n.id++
}

// Deferred on a condition, and asked for again.
func (t *tree) maybe(locked bool) int {
	if !locked {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	return t.root.id
}

func (t *tree) flagged() (err error) {
	held := false
	defer func() {
		if held {
			t.mu.Unlock()
		}
	}()
	if t.root == nil {
		return errors.New("empty")
	}
	t.mu.Lock()
	held = true
	t.root.id++
	return nil
}

// A panic is no way out.
func (t *tree) must() *node {
	t.mu.Lock()
	if t.root == nil {
		panic("empty")
	}
	n := t.root
	t.mu.Unlock()
	return n
}

func (t *tree) fatal() {
	t.mu.Lock()
	if t.root == nil {
		os.Exit(1)
	}
	t.mu.Unlock()
}

// A goroutine begins with nothing held.
func (t *tree) async() {
	t.mu.Lock()
	defer t.mu.Unlock()
	go func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.root = nil
	}()
}

// Select with a lock that each case releases.
func (t *tree) sel(a, b chan int) int {
	t.mu.Lock()
	select {
	case n := <-a:
		t.mu.Unlock()
		return n
	case n := <-b:
		t.mu.Unlock()
		return n
	default:
	}
	t.mu.Unlock()
	return 0
}

// A lock of each round.
func all(ns []*node) {
	for _, n := range ns {
		n.mu.Lock()
		defer n.mu.Unlock()
	}
}

func each(ns map[int]*node) {
	for _, n := range ns {
		n.mu.Lock()
		n.id++
		n.mu.Unlock()
	}
}

// Objects of the round, not of the one before.
func build(n int) *node {
	var head *node
	for i := range n {
		x := &node{id: i}
		x.mu.Lock()
		x.next = head
		head = x
		x.mu.Unlock()
	}
	return head
}

// A reader that reads again is another round.
type config struct {
	mu sync.RWMutex
	m  map[string]string
}

func (c *config) get(k string) string {
	c.mu.RLock()
	v, ok := c.m[k]
	c.mu.RUnlock()
	if ok {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.m[k] = k
	return k
}

// An unlock for the caller.
func (c *config) done() { c.mu.Unlock() }

func (c *config) begin() { c.mu.Lock() }

func (c *config) change(k string) {
	c.begin()
	defer c.done()
	delete(c.m, k)
}

// By sync.Locker, whatever is behind it.
func with(l sync.Locker, f func()) {
	l.Lock()
	defer l.Unlock()
	f()
}

func (c *config) clear() {
	with(&c.mu, func() { c.m = nil })
}

// What a closure has locked on a condition, another one unlocks on the same.
type ledger struct {
	queue sync.Mutex
	mu    sync.Mutex
	peers sync.Mutex
	n     int
}

func (l *ledger) add(name string) {
	queued := len(name) > 0
	lock := func() {
		if queued {
			l.queue.Lock()
		}
		l.mu.Lock()
	}
	unlock := func() {
		l.mu.Unlock()
		if queued {
			l.queue.Unlock()
		}
	}
	lock()
	l.n++
	unlock()
	l.peers.Lock()
	l.peers.Unlock()
}

func (l *ledger) sync() {
	l.peers.Lock()
	l.queue.Lock()
	l.queue.Unlock()
	l.peers.Unlock()
}

// A goroutine is handed the lock.
func (l *ledger) follow(stop chan bool) chan int {
	c := make(chan int)
	l.mu.Lock()
	go func() {
		defer l.mu.Unlock()
		select {
		case c <- l.n:
		case <-stop:
		}
	}()
	return c
}

func (l *ledger) copy(from *ledger, stop chan bool) {
	for n := range from.follow(stop) {
		l.peers.Lock()
		l.n += n
		l.peers.Unlock()
	}
}

func (l *ledger) tell() {
	l.peers.Lock()
	l.mu.Lock()
	l.mu.Unlock()
	l.peers.Unlock()
}
