package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// ruleSets are the names that --rules takes for what comes with the program.
var ruleSets = [...]string{"linux", "posix"}

// treeFlags are the flags of every command that reads a tree.
type treeFlags struct {
	tree    string
	arch    string
	kconfig string
	rules   []string
	whole   bool
	workers int
	quiet   bool
	noCache bool
	cache   string
	arms    string
}

func (f *treeFlags) add(flags *pflag.FlagSet) {
	flags.StringVarP(&f.tree, "tree", "C", "", "`DIR`ectory that holds the source")
	flags.StringVar(&f.arch, "arch", "", "architecture whose headers are read (default x86)")
	flags.StringVar(&f.kconfig, "config", "", "kernel configuration `FILE` that decides #if (default: DIR/.config, or a built-in one)")
	flags.StringArrayVar(&f.rules, "rules", nil, "further rules `FILE`, or a set that comes with lockorder: linux, posix; may be repeated (default: the set that fits the tree)")
	flags.BoolVar(&f.whole, "whole", false, "load the whole tree: slower, finds more targets of indirect calls")
	flags.IntVarP(&f.workers, "jobs", "j", 0, "number of workers (default: one a processor)")
	flags.BoolVar(&f.noCache, "no-cache", false, "neither use nor write the cache")
	flags.StringVar(&f.cache, "cache-dir", "", "`DIR`ectory of the cache (default: LOCKORDER_CACHE, or that of the user; see \"lockorder cache\")")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress on the terminal")
}

// addArms adds the flag of the commands that can look beyond the configuration.
func (f *treeFlags) addArms(flags *pflag.FlagSet) {
	flags.StringVar(&f.arms, "arms", "config", "`WHICH` arms of #if, and files, are looked at: config, those of the configuration; all, also those that it leaves out (slower)")
}

// config checks the flags and the paths against what is there, so that a command
// fails before it has written anything. Paths are those of the command line,
// relative to the tree or with the tree in front. Without a tree it is the sample.
func (p *program) config(cmd *cobra.Command, f *treeFlags, paths []string) (c config, err error) {
	c = config{Root: f.tree, Arch: f.arch, KConfig: f.kconfig, Whole: f.whole, Workers: f.workers, Version: buildVersion()}
	switch f.arms {
	case "", "config":
	case "all":
		c.Arms = true
	default:
		return c, misuse("--arms %s: there are config and all", f.arms)
	}
	if f.workers < 0 {
		return c, misuse("-j %d: there is no such number of workers", f.workers)
	}
	if f.tree == "" {
		if cmd.Flags().Changed("tree") {
			return c, misuse("-C needs the name of a directory")
		}
		if len(paths) > 0 {
			return c, misuse("%s: in which tree? Name it with -C, as in -C .", paths[0])
		}
		if c.Root, err = p.sample(); err != nil {
			return c, fmt.Errorf("writing the sample: %w", err)
		}
	} else if info, err := os.Stat(f.tree); err != nil {
		return c, fmt.Errorf("no tree %s: %w; -C names the directory that holds the source", f.tree, cause(err))
	} else if !info.IsDir() {
		return c, fmt.Errorf("no tree %s: it is a file; -C names the directory that holds the source", f.tree)
	}
	for _, path := range paths {
		rel, err := f.within(path)
		if err != nil {
			return c, err
		}
		if rel != "." { // all of it
			c.Paths = append(c.Paths, rel)
		}
	}
	if f.kconfig != "" {
		if err := readable(f.kconfig); err != nil {
			return c, fmt.Errorf("--config %s: %w", f.kconfig, err)
		}
	}
	for _, r := range f.rules {
		if slices.Contains(ruleSets[:], r) {
			if c.RuleSet != "" && c.RuleSet != r {
				return c, misuse("--rules %s and --rules %s: only one of the sets can be the base", c.RuleSet, r)
			}
			c.RuleSet = r
			continue
		}
		if err := readable(r); err != nil {
			return c, fmt.Errorf("--rules %s: %w; it names a file, or one of %s", r, err, strings.Join(ruleSets[:], ", "))
		}
		c.RuleFiles = append(c.RuleFiles, r)
	}
	if f.tree != "" {
		c.Cache, err = p.openCache(f)
	}
	return c, err
}

// within returns the path relative to the tree, with slashes.
func (f *treeFlags) within(path string) (string, error) {
	inTree := filepath.Join(f.tree, path)
	if _, err := os.Stat(inTree); err != nil || filepath.IsAbs(path) {
		// As the shell completes it: with the tree in front.
		if _, err := os.Stat(path); err == nil {
			inTree = path
		}
	}
	root, err := filepath.Abs(f.tree)
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(inTree)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s is outside of the tree %s", path, f.tree)
	}
	info, err := os.Stat(inTree)
	if err != nil {
		return "", fmt.Errorf("%s: no such file or directory in the tree %s", path, f.tree)
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() { // a pipe would be waited for
			return "", fmt.Errorf("%s: is not a regular file", path)
		}
		if err := readable(inTree); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	return filepath.ToSlash(rel), nil
}

// readable reports why a file cannot be read.
func readable(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return cause(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return cause(err)
	} else if info.IsDir() {
		return errors.New("is a directory")
	}
	return nil
}

// cause returns an error of a file without the operation and the name.
func cause(err error) error {
	if e := (*fs.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
