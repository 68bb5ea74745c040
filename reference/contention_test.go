package reference_test

import (
	"testing"
	"time"
)

// TestFaultBesideWriter shows what the series was about: while somebody holds
// i_mmap_rwsem for writing, as each mmap and munmap of the file does, a fault
// waits in scheme before, and in scheme after does not.
func TestFaultBesideWriter(t *testing.T) {
	waits := map[string]bool{"before": true, "after": false}
	for _, scheme := range schemes {
		for _, shared := range []bool{true, false} {
			s := scheme.make(small)
			x := newScene(t, s)
			x.p.mmap(x.inode, 0, 8, shared)
			x.p.must(x.p.store(0, 1)) // makes the page table
			done := make(chan error)
			x.inode.Mapping.IMmapRwsem.Lock(x.kernel)
			go func() { done <- x.p.store(1, 1) }()
			waited := false
			patience := 200 * stall
			if waits[scheme.name] {
				patience = stall
			}
			select {
			case err := <-done:
				x.p.must(err)
			case <-time.After(patience):
				waited = true
			}
			x.inode.Mapping.IMmapRwsem.Unlock(x.kernel)
			if waited {
				x.p.must(<-done)
			}
			if waited != waits[scheme.name] {
				t.Errorf("%s, shared %v: fault waited: %v", scheme.name, shared, waited)
			}
			noViolations(t, s)
		}
	}
}
