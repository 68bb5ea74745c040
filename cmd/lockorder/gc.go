package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A heap says when to collect.
type heap struct {
	percent int   // by which it grows between collections, -1 for any
	limit   int64 // in bytes, from where on collections are due anyhow
}

var (
	// Enough for mm of a kernel with hardly a collection, and under the 3 GB that
	// a small CI runner has.
	scanHeap = heap{400, 2200 << 20}
	// A package needs less than that, as a rule, and go vet runs one process for
	// each processor at a time.
	unitHeap = heap{-1, 192 << 20}
)

// tuneGC lets a small heap grow with few collections, up to its limit. Who keeps
// more than that to the end would do little but collect under such a limit: the
// heap may then have twice what is live, the runtime's own measure. What the user
// sets by GOGC and GOMEMLIMIT counts.
func tuneGC(ctx context.Context, getenv func(string) string, h heap) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(h.percent)
	}
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(h.limit)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		limit := uint64(h.limit)
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			metrics.Read(live)
			if want := 2 * live[0].Value.Uint64(); want > limit {
				limit = want
				debug.SetMemoryLimit(int64(limit))
			}
		}
	}()
}
