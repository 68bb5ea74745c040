// Command lockorder checks the order in which a program takes its locks against
// the order that its authors declared, on source that nobody has built.
//
// "lockorder help" says how it is used. The program is Run; main only connects
// it to the process.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// A reader that goes away, as head does, is an error of the write and not
	// the end of the process.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	tuneGC(os.Getenv)
	status := Run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	os.Exit(status)
}

// heapLimit is where the collector begins to work harder. What a large scan
// keeps is well below it.
const heapLimit = 2200 << 20

// tuneGC lets the heap of a small scan grow without collections, and holds that
// of a large one to a limit. A scan keeps most of what it reads to the end, so
// that the default, to let the heap double, takes close to 4 GB for mm of a
// kernel; with the limit it stays under 3, for up to a fifth more of the time
// (BENCHMARKS.md). What the user sets counts.
func tuneGC(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
