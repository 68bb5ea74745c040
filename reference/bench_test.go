package reference_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/lockorder/lockorder/reference"
)

// BenchmarkFault measures first stores to the pages of a mapping. A thread is
// a process of its own; it faults in its part of the file, unmaps it and maps
// it again, so that the costs of that are in the figure for a 64th part each.
// Stores to shared mappings find their pages in the cache from the second
// round on; page tables are never found shared, as each thread has a part of
// its own. Private mappings allocate. With mmaps, another process maps and
// unmaps the file once for every 64 faults, which writes to IMmapRwsem: the
// load whose faults got slower when they came to take that lock.
func BenchmarkFault(b *testing.B) {
	for _, scheme := range schemes {
		for _, shared := range []bool{true, false} {
			for _, threads := range []int{1, 2} {
				for _, mmaps := range []bool{false, true} {
					name := fmt.Sprintf("scheme=%s/shared=%v/threads=%d/mmaps=%v", scheme.name, shared, threads, mmaps)
					b.Run(name, func(b *testing.B) {
						benchFault(b, scheme.make(reference.Options{Pages: 512, FaultMutex: 64}), shared, threads, mmaps)
					})
				}
			}
		}
	}
}

const benchSpan = 8 * reference.PUDSpan // pages of a thread

func benchFault(b *testing.B, s reference.PMDSync, shared bool, threads int, mmaps bool) {
	m := s.Common()
	inode := m.NewInode()
	tick := make(chan bool, threads)
	stop := func() {}
	if mmaps {
		stop = keepMapping(s, inode, tick)
	}
	var wg sync.WaitGroup
	b.ResetTimer()
	for i := range threads {
		n := b.N / threads
		if i == 0 {
			n += b.N % threads
		}
		wg.Go(func() { benchThread(b, s, inode, i*benchSpan, shared, n, tick) })
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "faults/s")
	stop()
	for _, v := range found(s) {
		b.Error(v)
	}
}

// benchThread makes n faults, mapping its part of the file anew when all of
// it is mapped.
func benchThread(b *testing.B, s reference.PMDSync, inode *reference.Inode, pgoff int, shared bool, n int, tick chan bool) {
	t := s.Common().NewTask("fault")
	mm := s.Common().NewMM()
	for n > 0 {
		_, err := s.Mmap(t, mm, reference.MapRequest{Pages: benchSpan, Inode: inode, Pgoff: pgoff, Shared: shared})
		if err != nil {
			b.Error(err)
			return
		}
		for addr := 0; addr < benchSpan && n > 0; addr++ {
			if _, err := s.Fault(t, mm, reference.Access{Addr: addr, Write: true}); err != nil {
				b.Error(err)
				return
			}
			n--
		}
		_ = s.Munmap(t, mm, 0) // is mapped
		select {
		case tick <- true:
		default:
		}
	}
	reference.Exit(t, s, mm)
}

// keepMapping maps and unmaps a part of the file at each tick until stopped.
func keepMapping(s reference.PMDSync, inode *reference.Inode, tick chan bool) (stop func()) {
	quit, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		t := s.Common().NewTask("mmap")
		mm := s.Common().NewMM()
		for {
			select {
			case <-quit:
				return
			case <-tick:
			}
			_, _ = s.Mmap(t, mm, reference.MapRequest{Pages: 4, Inode: inode, Pgoff: 4 * benchSpan, Shared: true})
			_ = s.Munmap(t, mm, 0)
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}
