package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/pflag"
)

// baselineFlags are the flags of the commands that know of old violations.
type baselineFlags struct {
	file  string
	write bool
}

func (f *baselineFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "baseline", "", "`FILE` of violations that are known; they are not shown")
	flags.BoolVar(&f.write, "write-baseline", false, "put what is found into the baseline instead of showing it")
}

// baseline puts the baseline, if there is one, before h. The function that it
// returns is to be called once all is sent: it writes the baseline, if it is to
// be written.
func (p *program) baseline(f *baselineFlags, h report.Handler) (report.Handler, func() error, error) {
	none := func() error { return nil }
	if f.file == "" {
		if f.write {
			return nil, nil, misuse("--write-baseline: into which file? Name it with --baseline FILE")
		}
		return h, none, nil
	}
	base, err := readBaseline(f.file)
	if f.write && errors.Is(err, fs.ErrNotExist) {
		base, err = &report.Baseline{}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !f.write {
		return base.Filter(h), none, nil
	}
	return base.Recorder(h), func() error {
		if p.troubles > 0 {
			return fmt.Errorf("--baseline %s: not written: there was trouble with the input", f.file)
		}
		if err := replaceFile(f.file, base); err != nil {
			return fmt.Errorf("--baseline %s: %w", f.file, cause(err))
		}
		_, err := fmt.Fprintf(p.stderr, "lockorder: %d in the baseline %s\n", base.Len(), f.file)
		return err
	}, nil
}

func readBaseline(name string) (*report.Baseline, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--baseline %s: %w", name, cause(err))
	}
	defer file.Close()
	return report.ReadBaseline(name, file)
}

// replaceFile writes the baseline beside the file and renames it: the file is
// the old one or the new one, whatever happens.
func replaceFile(name string, base *report.Baseline) (err error) {
	mode := fs.FileMode(0o644)
	if st, err := os.Stat(name); err == nil {
		mode = st.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	if err := errors.Join(base.Write(tmp), tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
