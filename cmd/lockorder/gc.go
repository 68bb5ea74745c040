package main

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// A heap says when to collect.
type heap struct {
	percent int   // by which it grows between collections, -1 for any
	limit   int64 // in bytes, from where on collections are due anyhow
}

var (
	// Enough for mm of a kernel with few collections, and under the 3 GB that
	// a small CI runner has.
	scanHeap = heap{-1, 2500 << 20}
	// A package needs less than that, as a rule, and go vet runs one process for
	// each processor at a time.
	unitHeap = heap{-1, 192 << 20}
)

// tuneGC lets a small heap grow without collections, up to its limit. Who keeps
// more than that to the end would do little but collect under such a limit: the
// heap may then have twice what is live, the runtime's own measure, as far as the
// machine, or the container, has it. What the user sets by GOGC and GOMEMLIMIT counts.
func tuneGC(ctx context.Context, getenv func(string) string, h heap) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(h.percent)
	}
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	most := share()
	limit := min(h.limit, most)
	debug.SetMemoryLimit(limit)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			metrics.Read(live)
			if want := min(2*int64(live[0].Value.Uint64()), most); want > limit {
				limit = want
				debug.SetMemoryLimit(limit)
			}
		}
	}()
}

// share is how much of the memory there is the heap may have, in bytes: not all, the
// parser has its own, and so has the rest of the machine.
func share() int64 {
	all, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil || all > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(all / 20 * 17)
}
