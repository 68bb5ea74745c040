package main

import (
	"os"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/cobra"
)

// convert is the command that shows the JSON output of a scan in another format.
func (p *program) convert() *cobra.Command {
	var output outputFlags
	cmd := &cobra.Command{
		Use:     "convert [flags] [FILE]",
		GroupID: "scan",
		Short:   "Show the JSON output of a scan in another format",
		Long: `Convert reads the JSON output of "lockorder scan --format json" from FILE, or
from the standard input, and shows it as the scan would have: same text, same
exit status.`,
		Example: `  lockorder scan -C linux --format json mm > mm.json
  lockorder convert mm.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			name, in := "standard input", p.stdin
			if len(args) > 0 && args[0] != "-" {
				name = args[0]
				file, err := os.Open(name)
				if err != nil {
					return err
				}
				defer file.Close()
				in = file
			}
			h, err := p.handler(&output, nil, func() {})
			if err != nil {
				return err
			}
			if err := report.ReadJSON(name, in, h); err != nil {
				return err
			}
			return h.Close()
		},
	}
	output.add(cmd.Flags())
	return cmd
}
