package main

import (
	"fmt"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/cobra"
)

// explain is the command that prints the documentation of a check.
func (p *program) explain() *cobra.Command {
	return &cobra.Command{
		Use:     "explain [CHECK]",
		GroupID: "scan",
		Short:   "Say what a check finds; list the checks",
		Long:    "Explain says what a check finds, when it is wrong, and what to do about a\nreport. Without CHECK it lists the checks.",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				for _, c := range p.engine.Checks() {
					names = append(names, c.Name)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			var names []string
			for _, c := range p.engine.Checks() {
				if len(args) > 0 && args[0] == c.Name {
					_, err := fmt.Fprintln(p.stdout, strings.TrimSpace(c.Doc))
					return err
				}
				names = append(names, c.Name)
				if len(args) == 0 {
					first, _, _ := strings.Cut(strings.TrimSpace(c.Doc), "\n")
					if !c.Default {
						first += " (only with --check)"
					}
					if _, err := fmt.Fprintf(p.stdout, "%-12s %s\n", c.Name, first); err != nil {
						return err
					}
				}
			}
			if len(args) > 0 {
				return misuse("no check %q: there are %s", args[0], strings.Join(names, ", "))
			}
			return nil
		},
	}
}

// jsonTopic is what "lockorder help json" prints.
func jsonTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "json",
		Short: "The JSON output",
		Long:  strings.TrimSpace(report.Schema()),
	}
}
