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
	"syscall"
)

func main() {
	if vetTool(os.Args[1:]) {
		os.Exit(runVetTool(os.Args[1:], os.Stdout, os.Stderr))
	}
	// A reader that goes away, as head does, is an error of the write and not
	// the end of the process.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	tuneGC(ctx, os.Getenv, scanHeap)
	status := Run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	os.Exit(status)
}
