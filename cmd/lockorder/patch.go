package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lockorder/lockorder/analyzer/patch"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/cobra"
)

// patch is the command that says what a patch series does.
func (p *program) patch() *cobra.Command {
	var (
		tree          treeFlags
		output        outputFlags
		profile       profileFlags
		checks        []string
		paths         []string
		minConfidence string
		all           bool
		existing      bool
		mail, terse   bool
		staged        bool
	)
	cmd := &cobra.Command{
		Use:     "patch [flags] -C DIR SERIES...",
		GroupID: "scan",
		Short:   "Report what a patch series does to the lock order",
		Long: `Patch applies a patch series to a tree, in memory, and reports the violations
that it adds, with the patch that adds them, those that it fixes, and those that
it only moves. Violations are told apart by the check, the classes and the
functions, not by lines. Nothing in the tree is written.

A SERIES is an mbox (git format-patch, b4), a mail, a diff, a directory of
*.patch files, - for the standard input, or a range of commits of the git
repository that the tree is (v6.12..topic). Patches apply as with git apply: at
an offset if need be, but without fuzz.

What the touched files call is read as in a scan; who calls into them from
elsewhere is looked up if what they do to locks has changed.

Exit status: 0 if the series adds nothing, 1 if it adds a violation, 2 if there
was trouble, such as a hunk that does not fit.`,
		Example: `  lockorder patch -C linux series.mbox
  git format-patch -3 --stdout | lockorder patch -C . -
  lockorder patch -C linux --format sarif v6.12..topic`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if tree.tree == "" {
				return misuse("in which tree? Name it with -C, as in -C .")
			}
			switch {
			case staged && len(args) > 0:
				return misuse("--staged and %s: only one of them", args[0])
			case !staged && len(args) == 0:
				return misuse("which patches? Name an mbox, a directory, a git range, or - for the standard input")
			}
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
			c.All, c.Existing = all, existing
			show, clear := p.progress(tree.quiet)
			defer clear()
			c.Progress = show
			h, err := p.patchHandler(&output, &tree, clear, mail, terse)
			if err != nil {
				return err
			}
			series, err := p.series(cmd.Context(), c.Root, args, staged)
			if err != nil {
				return err
			}
			stop, err := profile.start()
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, stop()) }()
			if err := p.engine.Patch(cmd.Context(), c, series, h); err != nil {
				return err
			}
			return h.Close()
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	tree.add(flags)
	output.add(flags)
	flags.BoolVar(&mail, "mail", false, "the body of a reply to the series; nothing if there is nothing to say")
	flags.BoolVar(&terse, "terse", false, "a line for each change, like checkpatch --terse")
	flags.BoolVar(&staged, "staged", false, "the series is what is staged in the git repository")
	flags.BoolVar(&existing, "existing", false, "also show what was there before the series and stays")
	flags.StringArrayVar(&paths, "path", nil, "also look at `PATH`, a file or directory of the tree; may be repeated")
	flags.StringSliceVar(&checks, "check", nil, "only these checks: `NAME`,... (see \"lockorder explain\")")
	flags.StringVar(&minConfidence, "min-confidence", "medium", "show reports from this confidence on: high, medium, low as `LEVEL`")
	flags.BoolVar(&all, "all", false, "the same as --min-confidence low")
	profile.add(flags)
	return cmd
}

// patchHandler is handler, with the forms that only a series has.
func (p *program) patchHandler(f *outputFlags, tree *treeFlags, clear func(), mail, terse bool) (report.Handler, error) {
	h, err := p.handler(f, tree, clear)
	if err != nil || !mail && !terse {
		return h, err
	}
	if mail && terse || f.format != "text" {
		return nil, misuse("--mail, --terse and --format: only one of them")
	}
	t := &tally{p: p, tree: tree, clear: clear, next: report.NewTerse(p.stdout)}
	if mail {
		t.next = report.NewMail(p.stdout)
	}
	return t, nil
}

// series reads the patches that the arguments name.
func (p *program) series(ctx context.Context, root string, args []string, staged bool) (*patch.Series, error) {
	if staged {
		return patch.ReadStaged(ctx, root)
	}
	for _, a := range args {
		if a == "-" {
			continue
		}
		if _, err := os.Stat(a); err == nil {
			continue
		} else if !patch.IsRange(a) {
			return nil, fmt.Errorf("no patches %s: %w; a range of commits is written A..B", a, cause(err))
		}
		if len(args) > 1 {
			return nil, misuse("%s: a range of commits is a series by itself", a)
		}
		return patch.ReadRange(ctx, root, a)
	}
	return patch.ReadFiles(args, p.stdin)
}
