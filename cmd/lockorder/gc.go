package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// heapLimit is up to where the heap grows freely: enough for mm of a kernel
// with hardly a collection, and under the 3 GB that a small CI runner has.
const heapLimit = 2200 << 20

// tuneGC lets the heap of a small scan grow without collections, up to
// heapLimit. A large scan keeps more than that to the end, and would do little
// but collect under such a limit: it may have twice what is live, the
// runtime's own measure. What the user sets by GOGC and GOMEMLIMIT counts.
func tuneGC(ctx context.Context, getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(heapLimit)
	go func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		limit := uint64(heapLimit)
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
