package main

import (
	"errors"
	"fmt"

	"github.com/lockorder/lockorder/vet"
	"github.com/spf13/cobra"
)

// vet is the command that looks for violations in Go packages.
func (p *program) vet() *cobra.Command {
	var (
		cfg           vet.Config
		output        outputFlags
		profile       profileFlags
		checks        []string
		minConfidence string
		quiet         bool
		dump          string
	)
	cmd := &cobra.Command{
		Use:     "vet [flags] [PACKAGE...]",
		GroupID: "scan",
		Short:   "Report the paths of Go programs that take locks in a wrong order",
		Long: `Vet loads Go packages, ./... if none are named, with all that they import, and
reports the paths that take locks against a declared order, the loops of locks
that nothing declares, and other faults (see "lockorder explain").

Orders are declared in the file ` + vet.RulesFile + ` in the root of the module,
and in comments such as

    //lockorder:order Store.mu < Bucket.mu

The same checks run package by package as "go vet -vettool=$(which lockorder)".`,
		Example: `  lockorder vet
  lockorder vet --format json ./internal/...
  go vet -vettool=$(which lockorder) ./...`,
		RunE: func(cmd *cobra.Command, patterns []string) (err error) {
			if cfg.Workers < 0 {
				return misuse("-j %d: there is no such number of workers", cfg.Workers)
			}
			for _, r := range cfg.RuleFiles {
				if err := readable(r); err != nil {
					return fmt.Errorf("--rules %s: %w", r, err)
				}
			}
			if cfg.MinConfidence, err = confidence(minConfidence); err != nil {
				return err
			}
			if cfg.Checks, err = p.chosen(checks); err != nil {
				return err
			}
			cfg.Patterns, cfg.Version = patterns, buildVersion()
			show, clear := p.progress(quiet)
			defer clear()
			cfg.Progress = show
			h, err := p.handler(&output, nil, clear)
			if err != nil {
				return err
			}
			stop, err := profile.start()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, stop()) }()
			if dump != "" {
				r, err := vet.Analyze(cmd.Context(), cfg)
				if err != nil {
					return err
				}
				for _, what := range []string{"ir", "summary", "callgraph"} {
					if err := r.Dump(what, dump, p.stdout); err != nil {
						return err
					}
				}
				return nil
			}
			if err := vet.Run(cmd.Context(), cfg, h); err != nil {
				return err
			}
			return h.Close()
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVarP(&cfg.Dir, "dir", "C", "", "`DIR`ectory to run in (default: the current one)")
	flags.BoolVar(&cfg.Tests, "tests", false, "the packages' tests too")
	flags.StringArrayVar(&cfg.RuleFiles, "rules", nil, "further rules `FILE`; may be repeated")
	output.add(flags)
	flags.StringSliceVar(&checks, "check", nil, "only these checks: `NAME`,... (see \"lockorder explain\")")
	flags.StringVar(&minConfidence, "min-confidence", "medium", "show reports from this confidence on: high, medium, low as `LEVEL`")
	flags.BoolVar(&cfg.All, "all", false, "the same as --min-confidence low")
	flags.IntVarP(&cfg.Workers, "jobs", "j", 0, "number of workers (default: one a processor)")
	flags.BoolVarP(&quiet, "quiet", "q", false, "no progress on the terminal")
	flags.StringVar(&dump, "dump", "", "print what the analysis makes of this `FUNC`tion, and report nothing")
	profile.add(flags)
	return cmd
}
