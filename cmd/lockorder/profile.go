package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"

	"github.com/spf13/pflag"
)

// profileFlags are for the work on lockorder itself.
type profileFlags struct {
	cpu, mem, trace string
}

func (f *profileFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.cpu, "cpuprofile", "", "write a CPU profile to `FILE`")
	flags.StringVar(&f.mem, "memprofile", "", "write a memory profile to `FILE`")
	flags.StringVar(&f.trace, "trace", "", "write an execution trace to `FILE`")
}

// start begins what the flags ask for. The function that it returns ends it and
// must be called.
func (f *profileFlags) start() (stop func() error, err error) {
	var stops []func() error
	stop = func() error {
		var errs []error
		for _, s := range stops {
			errs = append(errs, s())
		}
		return errors.Join(errs...)
	}
	// into opens a file for what begin starts and end ends.
	into := func(name string, begin func(*os.File) error, end func(*os.File) error) {
		if name == "" || err != nil {
			return
		}
		var file *os.File
		if file, err = os.Create(name); err != nil {
			return
		}
		if err = begin(file); err != nil {
			file.Close()
			return
		}
		stops = append(stops, func() error { return errors.Join(end(file), file.Close()) })
	}
	into(f.cpu,
		func(file *os.File) error { return pprof.StartCPUProfile(file) },
		func(*os.File) error { pprof.StopCPUProfile(); return nil })
	into(f.trace,
		func(file *os.File) error { return trace.Start(file) },
		func(*os.File) error { trace.Stop(); return nil })
	into(f.mem,
		func(*os.File) error { return nil },
		func(file *os.File) error {
			runtime.GC() // what is live now, and all that was ever allocated
			return pprof.Lookup("allocs").WriteTo(file, 0)
		})
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}
