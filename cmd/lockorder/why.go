package main

import (
	"encoding/json"
	"fmt"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/cobra"
)

// why is the command that shows how one lock comes to be taken under another.
func (p *program) why() *cobra.Command {
	var (
		a      ask
		output outputFlags
		limit  int
	)
	cmd := &cobra.Command{
		Use:   "why [flags] OUTER INNER [-C DIR [PATH...]]",
		Short: "Show every way that one lock is taken under another",
		Long: `Why shows the paths on which the class INNER is taken while OUTER is held, the
shortest first. "lockorder classes" lists the classes.`,
		Example: `  lockorder why -C linux hugetlb_lock zone.lock mm`,
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts, err := p.textOptions(&output)
			if err != nil {
				return err
			}
			if output.format != "text" && output.format != "json" {
				return misuse("--format %s: there are text and json", output.format)
			}
			outer, inner := args[0], args[1]
			r, err := p.analyze(cmd, &a, args[2:])
			if err != nil {
				return err
			}
			traces, err := r.Why(outer, inner)
			if err != nil {
				return err
			}
			if output.format == "json" {
				enc := json.NewEncoder(p.stdout)
				enc.SetEscapeHTML(false)
				for i := range traces {
					if err := enc.Encode(&traces[i]); err != nil {
						return err
					}
				}
				return nil
			}
			ways := fmt.Sprintf("%d ways", len(traces))
			switch len(traces) {
			case 0:
				ways = "no way"
			case 1:
				ways = "1 way"
			}
			shown := traces
			if limit > 0 && len(shown) > limit {
				shown = shown[:limit]
				ways += fmt.Sprintf(", the shortest %d shown (-n 0 shows all)", limit)
			}
			if _, err := fmt.Fprintf(p.stdout, "%s taken under %s: %s\n", inner, outer, ways); err != nil {
				return err
			}
			return report.WriteTraces(p.stdout, opts, shown)
		},
	}
	a.add(cmd)
	a.tree.addArms(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&output.format, "format", "text", "text, or json, one path a line, as `FORMAT`")
	output.addColor(flags)
	flags.IntVarP(&limit, "limit", "n", 10, "show `N` paths at most; 0 is all")
	return cmd
}
