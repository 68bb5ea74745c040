package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/cobra"
)

// scan is the command that looks for violations.
func (p *program) scan() *cobra.Command {
	var (
		tree          treeFlags
		output        outputFlags
		profile       profileFlags
		base          baselineFlags
		checks        []string
		minConfidence string
		all           bool
	)
	cmd := &cobra.Command{
		Use:     "scan [flags] [-C DIR [PATH...]]",
		GroupID: "scan",
		Short:   "Report the paths that take locks in a wrong order",
		Long: `Scan reads the C source of a tree, as it is, and reports the paths that take
locks against a declared order, the loops of locks that nothing declares, and
other faults (see "lockorder explain").

PATHs, files or directories of the tree, say what is reported on. What they
call is understood wherever in the tree it is. Without PATHs the whole tree is
reported on. Without -C the sample that comes with lockorder is scanned.`,
		Example: `  lockorder scan
  lockorder scan -C linux mm fs/hugetlbfs
  lockorder scan -C linux --rules my.lockorder --format json mm/hugetlb.c`,
		RunE: func(cmd *cobra.Command, paths []string) (err error) {
			c, err := p.config(cmd, &tree, paths)
			if err != nil {
				return err
			}
			if c.MinConfidence, err = confidence(minConfidence); err != nil {
				return err
			}
			if c.Checks, err = p.chosen(checks); err != nil {
				return err
			}
			c.All = all
			show, clear := p.progress(tree.quiet)
			defer clear()
			c.Progress = show
			h, err := p.handler(&output, &tree, clear)
			if err != nil {
				return err
			}
			h, record, err := p.baseline(&base, h)
			if err != nil {
				return err
			}
			stop, err := profile.start()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, stop()) }()
			if err := p.engine.Scan(cmd.Context(), c, h); err != nil {
				return err
			}
			if err := h.Close(); err != nil {
				return err
			}
			return record()
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	tree.add(flags)
	tree.addArms(flags)
	output.add(flags)
	flags.StringSliceVar(&checks, "check", nil, "only these checks: `NAME`,... (see \"lockorder explain\")")
	flags.StringVar(&minConfidence, "min-confidence", "medium", "show reports from this confidence on: high, medium, low as `LEVEL`")
	flags.BoolVar(&all, "all", false, "the same as --min-confidence low")
	base.add(flags)
	profile.add(flags)
	return cmd
}

// confidence checks the name of a confidence.
func confidence(name string) (string, error) {
	if report.Confidence(name).Rank() == 0 {
		return "", misuse("--min-confidence %s: there are high, medium and low", name)
	}
	return name, nil
}

// chosen checks the names of checks.
func (p *program) chosen(names []string) ([]string, error) {
	var known []string
	for _, c := range p.engine.Checks() {
		known = append(known, c.Name)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return nil, misuse("--check %s: there are %s", n, strings.Join(known, ", "))
		}
	}
	return names, nil
}
