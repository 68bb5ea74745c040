package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit statuses. They are decided in this file alone, whatever the format.
const (
	exitClean      = 0
	exitViolations = 1
	exitTrouble    = 2
)

const about = `lockorder checks the order in which a program takes its locks against the order
that its authors declared, on source that nobody has built.

Exit status: 0 if all is well, 1 if there are violations, 2 if there was
trouble: a bad command line, rules that contradict each other, a file that
could not be read. Trouble comes before violations.`

// Run is the program: it runs the command line args, without the program's name,
// in the environment env and returns the exit status.
func Run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return run(ctx, analysis{}, args, env, stdin, stdout, stderr)
}

// run is Run on any engine.
func run(ctx context.Context, e engine, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{engine: e, env: env, stdin: stdin, stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(append([]string{}, args...))
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	for _, clean := range p.cleanup {
		err = errors.Join(err, clean())
	}
	switch {
	case errors.Is(err, syscall.EPIPE):
		// Whoever reads has seen enough.
		return exitClean
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "lockorder: interrupted")
		return exitTrouble
	case err != nil:
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(stderr, "lockorder: %s\n", strings.TrimSuffix(line, "\n"))
		}
		if usage := (*usageError)(nil); errors.As(err, &usage) {
			fmt.Fprintf(stderr, "Run '%s --help' for usage.\n", cmd.CommandPath())
		}
		return exitTrouble
	case p.troubles > 0:
		return exitTrouble
	case p.violations > 0:
		return exitViolations
	}
	return exitClean
}

// A program is one run of lockorder.
type program struct {
	engine engine
	env    []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer

	violations int // sent to the output
	troubles   int // problems that are no warnings

	cleanup []func() error // for when the command is done
}

// A usageError is a command line that does not say what to do.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// misuse returns an error of usage.
func misuse(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// root returns the command line. The first group looks for violations, the
// second answers questions about the locks of a tree.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "lockorder",
		Short:         "Check lock order in source that nobody has built",
		Long:          about,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,

		SuggestionsMinimumDistance: 2,
	}
	root.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return root.Help()
		}
		if near := root.SuggestionsFor(args[0]); len(near) > 0 {
			return misuse("no command %q: did you mean %s?", args[0], strings.Join(near, " or "))
		}
		return misuse("no command %q", args[0])
	}
	// Help keeps to the width of the reports.
	root.SetUsageTemplate(strings.NewReplacer(
		".LocalFlags.FlagUsages", ".LocalFlags.FlagUsagesWrapped 80",
		".InheritedFlags.FlagUsages", ".InheritedFlags.FlagUsagesWrapped 80").Replace(root.UsageTemplate()))
	root.AddGroup(&cobra.Group{ID: "scan", Title: "Looking for violations:"},
		&cobra.Group{ID: "ask", Title: "Asking about locks:"})
	root.AddCommand(p.vet())
	root.AddCommand(p.scan(), p.patch(), p.hook(), p.convert(), p.explain(), p.rules(),
		p.pairs(), p.pair(), p.why(), p.locks(), p.classes(), p.lockdep(), p.dump(), p.cache(), p.version(), jsonTopic())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	for _, c := range root.Commands() {
		c.DisableFlagsInUseLine = true
		if check := c.Args; check != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					return &usageError{err}
				}
				return nil
			}
		}
	}
	return root
}

// getenv returns the value of an environment variable, "" if it is not set.
func (p *program) getenv(name string) string {
	value := ""
	for _, entry := range p.env {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v // the last one counts, as for os/exec
		}
	}
	return value
}
