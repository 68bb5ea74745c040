package main

import (
	"io"

	"github.com/spf13/cobra"
)

// locks is the command that prints what a function does to locks.
func (p *program) locks() *cobra.Command {
	var a ask
	cmd := &cobra.Command{
		Use:   "locks [flags] FUNC [-C DIR [PATH...]]",
		Short: "Say what a function does to locks",
		Long: `Locks prints the summary of a function: what it takes and leaves held, what it
releases, what its caller must hold, and what it takes on the way, for each of
its outcomes.`,
		Example: `  lockorder locks hugetlb_fault -C linux mm`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := p.analyze(cmd, &a, args[1:])
			if err != nil {
				return err
			}
			text, err := r.Locks(args[0])
			if err != nil {
				return err
			}
			_, err = io.WriteString(p.stdout, text)
			return err
		},
	}
	a.add(cmd)
	return cmd
}
