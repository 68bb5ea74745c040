package main

import (
	"fmt"
	"strings"

	"github.com/lockorder/lockorder/analyzer"
	"github.com/lockorder/lockorder/analyzer/pair"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/vet"
	"github.com/spf13/cobra"
)

// pair is the command that compares the lock order of a C program with that of
// a Go program.
func (p *program) pair() *cobra.Command {
	var (
		files    []string
		tree     string
		packages []string
		dir      string
		output   outputFlags
		paths    bool
		workers  int
		quiet    bool
	)
	cmd := &cobra.Command{
		Use:     "pair [flags] --rules FILE --c DIR --go PACKAGE,... [PATH...]",
		GroupID: "ask",
		Short:   "Compare the lock order of a C program with that of a Go program",
		Long: `Pair analyses C source and Go packages under one rules file, which binds each
lock class to its spelling in both languages, and lays the two lock-order graphs
side by side: which lock may be waited for while which other is held.

A pair of locks that only one of them makes is a difference. The rules file may
declare it, with a reason:

    differs folio.PG_locked < hugetlb_lock in c because "..."

PATHs, files or directories of the C source, say which functions count; without
them all of it does.

The exit status is 1 if there is a difference that is not declared, or a
declared one that does not occur.`,
		Example: `  lockorder pair --rules my.lockorder --c src --go ./model,./model/store
  lockorder pair --rules my.lockorder --c src --go . --format dot | dot -Tsvg`,
		RunE: func(cmd *cobra.Command, within []string) error {
			if len(files) == 0 || tree == "" || len(packages) == 0 {
				return misuse("pair needs --rules, --c and --go")
			}
			if workers < 0 {
				return misuse("-j %d: there is no such number of workers", workers)
			}
			opts, err := p.textOptions(&output)
			if err != nil {
				return err
			}
			text := pair.TextOptions{Color: opts.Color, Paths: paths}
			write := map[string]func(*pair.Comparison) error{
				"text": func(c *pair.Comparison) error { return c.Text(p.stdout, text) },
				"json": func(c *pair.Comparison) error { return c.JSON(p.stdout) },
				"dot":  func(c *pair.Comparison) error { return c.DOT(p.stdout) },
			}[output.format]
			if write == nil {
				return misuse("--format %s: there are text, json and dot", output.format)
			}
			c, err := p.config(cmd, &treeFlags{tree: tree, rules: files, workers: workers}, within)
			if err != nil {
				return err
			}
			show, clear := p.progress(quiet)
			defer clear()
			c.Progress = show
			inC, err := analyzer.Analyze(cmd.Context(), c)
			if err != nil {
				return err
			}
			inGo, err := vet.Analyze(cmd.Context(), vet.Config{
				Dir: dir, Patterns: packages, RuleFiles: c.RuleFiles, Workers: workers, Progress: show,
			})
			if err != nil {
				return err
			}
			clear()
			p.problems(inC.Problems())
			p.problems(inGo.Problems())
			both := pair.Compare(inC.Result, inGo.Result)
			p.violations += both.Faults()
			return write(both)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&files, "rules", nil, "rules `FILE` that governs both; may be repeated")
	flags.StringVar(&tree, "c", "", "`DIR`ectory that holds the C source")
	flags.StringSliceVar(&packages, "go", nil, "Go `PACKAGE`s, as the go command knows them; may be repeated")
	flags.StringVarP(&dir, "dir", "C", "", "`DIR`ectory that the packages are looked up from (default: the current one)")
	flags.StringVar(&output.format, "format", "text", "text, json or dot as `FORMAT`")
	output.addColor(flags)
	flags.BoolVar(&paths, "paths", false, "show every path in full, not only those of undeclared differences")
	flags.IntVarP(&workers, "jobs", "j", 0, "number of workers (default: one a processor)")
	flags.BoolVarP(&quiet, "quiet", "q", false, "no progress on the terminal")
	return cmd
}

// problems shows trouble with the input that an answer went on without. Known
// gaps are not shown: they are counted by a scan.
func (p *program) problems(list []report.Problem) {
	for i := range list {
		if q := &list[i]; !q.Warning {
			p.troubles++
			fmt.Fprintf(p.stderr, "%s: %s\n", q.Pos, strings.TrimSpace(q.Message))
		}
	}
}
