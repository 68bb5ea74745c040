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

// heapLimit is the memory that the heap may grow to before the collector works
// harder; what is live of a large scan is about half of it.
const heapLimit = 2200 << 20

// tuneGC lets the heap grow further than usual between two collections, up to
// a limit. A scan allocates much and keeps most of it to the end, so that the
// default of collecting whenever the heap has doubled costs a third of the time
// and saves nothing; the limit keeps the process under 3 GB all the same. What
// the user sets counts.
func tuneGC(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
