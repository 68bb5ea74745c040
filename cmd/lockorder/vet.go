package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/lockorder/lockorder/rules"
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
		sign          string
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

With --comments it reads what the project's comments say, too: trees under a
heading such as "Lock order:", chains "Store.mu -> Bucket.mu", and sentences
such as "Store.mu must be acquired before Bucket.mu"; with --chains, files of
such chains. It prints what it read and where, and names that it does not know.
"a < b" and "a > b" mean opposite things in different projects: such a chain
counts if its comment says what it means, the file has a comment
//lockorder:comments <, or --first says it.

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
			for _, c := range cfg.Comments.Chains {
				if err := readable(c); err != nil {
					return fmt.Errorf("--chains %s: %w", c, err)
				}
			}
			switch cfg.Comments.Sign = rules.Sign(sign); cfg.Comments.Sign {
			case "", rules.LessFirst, rules.GreaterFirst:
			default:
				return misuse("--first %s: it is < if \"a < b\" means that a is taken first, > if \"a > b\" does", sign)
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
			cfg.Imported = func(imp rules.Import, rs *rules.Set) {
				clear()
				w := bufio.NewWriter(p.stderr)
				writeRead(w, imp)
				writeContradictions(w, rs)
				w.Flush()
			}
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
	flags.BoolVar(&cfg.Comments.Read, "comments", false, "read the orders that comments declare in words, and print how")
	flags.StringArrayVar(&cfg.Comments.Chains, "chains", nil, "text `FILE` with orders such as \"Store.mu -> Bucket.mu\"; may be repeated")
	flags.StringVar(&sign, "first", "", "`SIGN` of the lock taken first: < if \"a < b\" in comments and chains says a before b, > if \"a > b\" does")
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

// writeRead prints what comments were read as.
func writeRead(w *bufio.Writer, imp rules.Import) {
	for _, s := range imp.Sites {
		what := fmt.Sprintf("%d orders", s.Orders)
		if s.Orders == 1 {
			what = "1 order"
		}
		fmt.Fprintf(w, "%s:%d: %q: read as %s: %s\n", s.Pos.Filename, s.Pos.Line, s.Title, forms[s.Form], what)
	}
	for _, o := range imp.Orders {
		fmt.Fprintf(w, "%s:%d: %s < %s\n", o.Pos.Filename, o.Pos.Line, o.Before, o.After)
	}
	writeUnmapped(w, imp.Unmapped)
}

// forms describe those of the declarations in comments.
var forms = map[string]string{
	"tree": "a tree", "arrows": "a tree with arrows", "chain": "chains", "numbered": "a numbered list",
	"flat": "a list, the first lock first", "list": "a list with commas", "prose": "a sentence",
}
