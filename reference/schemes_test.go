package reference_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lockorder/lockorder/reference"
	"github.com/lockorder/lockorder/reference/after"
	"github.com/lockorder/lockorder/reference/before"
	"github.com/lockorder/lockorder/reference/lock"
)

// schemes are the schemes that must hold every invariant.
var schemes = []struct {
	name string
	make func(reference.Options) reference.PMDSync
}{
	{"before", func(o reference.Options) reference.PMDSync { return before.New(o) }},
	{"after", func(o reference.Options) reference.PMDSync { return after.New(o) }},
}

// eachScheme runs a test in both schemes.
func eachScheme(t *testing.T, o reference.Options, test func(t *testing.T, s reference.PMDSync)) {
	for _, scheme := range schemes {
		t.Run(scheme.name, func(t *testing.T) {
			s := scheme.make(o)
			test(t, s)
			noViolations(t, s)
		})
	}
}

// found returns what a scheme's machine and its checker found broken. Nothing
// runs meanwhile.
func found(s reference.PMDSync) []string {
	list := s.Common().Check()
	for _, v := range s.Common().Checker().Violations() {
		list = append(list, v.Error())
	}
	return list
}

func noViolations(t *testing.T, s reference.PMDSync) {
	t.Helper()
	for _, v := range found(s) {
		t.Error(v)
	}
}

// A process is an address space and a task of its own.
type process struct {
	t  *testing.T
	s  reference.PMDSync
	mm *reference.MM
	*lock.Task
	stall time.Duration
}

func newProcess(t *testing.T, s reference.PMDSync, name string) *process {
	return &process{t, s, s.Common().NewMM(), s.Common().NewTask(name), stall}
}

// thread returns another task of the same process.
func (p *process) thread(name string) *process {
	return &process{p.t, p.s, p.mm, p.s.Common().NewTask(name), p.stall}
}

func (p *process) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", p.Name, err)
	}
	p.End()
}

func (p *process) mmap(inode *reference.Inode, addr, pages int, shared bool) {
	p.t.Helper()
	_, err := p.s.Mmap(p.Task, p.mm, reference.MapRequest{Addr: addr, Pages: pages, Inode: inode, Shared: shared})
	p.must(err)
}

func (p *process) store(addr int, value int64) error {
	_, err := p.s.Fault(p.Task, p.mm, reference.Access{Addr: addr, Write: true, Value: value})
	return err
}

func (p *process) load(addr int) (int64, error) {
	return p.s.Fault(p.Task, p.mm, reference.Access{Addr: addr})
}

// loads checks that a load succeeds and what it gives.
func (p *process) loads(addr int, want int64) {
	p.t.Helper()
	got, err := p.load(addr)
	if err != nil || got != want {
		p.t.Errorf("%s: load of %d gives %d, %v, want %d", p.Name, addr, got, err, want)
	}
}

// fails checks that an operation fails as it should.
func fails(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func (p *process) fork(name string) *process {
	p.t.Helper()
	mm, err := p.s.Fork(p.Task, p.mm)
	p.must(err)
	return &process{p.t, p.s, mm, p.s.Common().NewTask(name), p.stall}
}

// pin returns the page of the frame that holds the value, pinned.
func pin(t *testing.T, s reference.PMDSync, task *lock.Task, value int64) *reference.Page {
	t.Helper()
	m := s.Common()
	for frame := range m.H.Counts(task).Total + 8 {
		if page := m.PinPage(task, frame); page != nil {
			if page.Data() == value {
				return page
			}
			m.PutPage(task, page)
		}
	}
	t.Fatalf("no page holds %d", value)
	return nil
}
