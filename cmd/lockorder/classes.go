package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// classes is the command that lists the lock classes.
func (p *program) classes() *cobra.Command {
	var a ask
	cmd := &cobra.Command{
		Use:   "classes [flags] [-C DIR [PATH...]]",
		Short: "List the lock classes",
		Long: `Classes lists the lock classes that the source takes: how many acquisitions of
each there are, how many classes it is taken under, and how many are taken
under it.`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			r, err := p.analyze(cmd, &a, paths)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
			fmt.Fprint(w, "CLASS\tKIND\tTAKEN\tUNDER\tABOVE\n")
			for _, c := range r.Classes() {
				fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\n", c.Name, c.Kind, c.Sites, c.Outer, c.Inner)
			}
			return w.Flush()
		},
	}
	a.add(cmd)
	return cmd
}
