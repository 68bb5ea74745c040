package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// dumps are what can be dumped.
var dumps = []string{"ir", "callgraph", "summary", "order"}

// dump is the command that shows the machine from within.
func (p *program) dump() *cobra.Command {
	var a ask
	cmd := &cobra.Command{
		Use:   "dump [flags] WHAT NAME [-C DIR [PATH...]]",
		Short: "Print the analysis from within",
		Long: `Dump prints what the analysis knows, for those who work on it. WHAT is one of

  ir          the function NAME, lowered
  callgraph   its callers and callees
  summary     what its callers may know of it
  order       the edges of the lock-order graph at the class NAME; without NAME,
              all of them`,
		Example:   `  lockorder dump ir hugetlb_fault -C linux mm/hugetlb.c`,
		ValidArgs: dumps,
		Args:      cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, args := args[0], args[1:]
			if !slices.Contains(dumps, what) {
				return misuse("cannot dump %q: there are %s", what, strings.Join(dumps, ", "))
			}
			name := ""
			if len(args) > 0 {
				name, args = args[0], args[1:]
			} else if what != "order" {
				return misuse("dump %s of which function?", what)
			}
			r, err := p.analyze(cmd, &a, args)
			if err != nil {
				return err
			}
			return r.Dump(what, name, p.stdout)
		},
	}
	a.add(cmd)
	return cmd
}
