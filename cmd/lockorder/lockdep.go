package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/lockorder/lockorder/analyzer/lockdep"
	"github.com/spf13/cobra"
)

// lockdepScope is where the locks are initialised that the figure of merit is
// about, if nothing else is asked for.
const lockdepScope = "mm,fs,include/linux/mm*.h,include/linux/memory*.h,include/linux/fs*.h"

// lockdep is the command that holds a record of the kernel's own checker against
// the static graph.
func (p *program) lockdep() *cobra.Command {
	var (
		a      ask
		paths  []string
		scope  []string
		format string
		opts   lockdep.TextOptions
		output outputFlags
	)
	cmd := &cobra.Command{
		Use:   "lockdep [flags] -C DIR FILE...",
		Short: "Compare with what lockdep recorded on a running kernel",
		Long: `Lockdep reads what the kernel's lock validator recorded, and holds it against
the lock-order graph of the source: which of the observed dependencies the
graph has, with a path for each, and which pairs of the graph no test ever made.

A FILE is a copy of /proc/lockdep, /proc/lockdep_chains or /proc/lockdep_stats,
or a kernel log with a report of lockdep, plain or compressed with gzip. Of a
report, every dependency is shown with a path through the source.

The names of classes become locks by the initialisers of the tree. Give the
kernel's configuration with --config: it decides which of them were built.`,
		Example: `  lockorder lockdep -C linux --config config.gz lockdep.gz lockdep_chains.gz
  lockorder lockdep -C linux --path mm --path fs/ext4 dmesg.txt`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			if a.tree.tree == "" {
				return misuse("which source is the record of? Name it with -C")
			}
			switch format {
			case "text", "csv", "json":
			default:
				return misuse("--format %s: there are text, csv and json", format)
			}
			for _, s := range scope {
				if _, err := path.Match(s, ""); err != nil {
					return misuse("--of %s: %v", s, err)
				}
			}
			text, err := p.textOptions(&output)
			if err != nil {
				return err
			}
			c, err := p.config(cmd, &a.tree, paths)
			if err != nil {
				return err
			}
			rec, err := lockdep.ReadFiles(files)
			if err != nil {
				return err
			}
			for _, q := range rec.Problems {
				fmt.Fprintf(p.stderr, "lockorder: warning: %s\n", q)
			}
			show, clear := p.progress(a.tree.quiet)
			defer clear()
			c.Progress = show
			stop, err := a.profile.start()
			if err != nil {
				return err
			}
			found, err := p.engine.Lockdep(cmd.Context(), c, rec, scope)
			if err := errors.Join(err, stop()); err != nil {
				return err
			}
			clear()
			opts.Text = text
			switch format {
			case "csv":
				return lockdep.WriteCSV(p.stdout, found)
			case "json":
				return lockdep.WriteJSON(p.stdout, found)
			}
			return lockdep.WriteText(p.stdout, found, opts)
		},
	}
	a.add(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&paths, "path", nil, "analyse `PATH`, a file or directory of the tree; may be repeated (default: the directories of the locks that are recorded)")
	flags.StringSliceVar(&scope, "of", strings.Split(lockdepScope, ","), "directories and globs of the files whose locks the share is about, as `PATH`,...")
	flags.StringVar(&format, "format", "text", "text, csv or json as `FORMAT`")
	flags.IntVarP(&opts.Limit, "limit", "n", 20, "list `N` pairs at most of each sort; 0 is all")
	flags.BoolVar(&opts.Paths, "paths", false, "show a path for each dependency that was found")
	output.addColor(flags)
	return cmd
}
