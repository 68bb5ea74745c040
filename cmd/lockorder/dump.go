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
		Use:   "dump [flags] WHAT [FUNC] [-C DIR [PATH...]]",
		Short: "Print the analysis from within",
		Long: `Dump prints what the analysis knows, for those who work on it. WHAT is one of

  ir          the function, lowered
  callgraph   its callers and callees
  summary     what its callers may know of it
  order       the lock-order graph; FUNC is left out

FUNC "" is every function.`,
		Example:   `  lockorder dump ir hugetlb_fault -C linux mm/hugetlb.c`,
		ValidArgs: dumps,
		Args:      cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, args := args[0], args[1:]
			if !slices.Contains(dumps, what) {
				return misuse("cannot dump %q: there are %s", what, strings.Join(dumps, ", "))
			}
			fn := ""
			if what != "order" {
				if len(args) == 0 {
					return misuse("dump %s of which function? \"\" is all of them", what)
				}
				fn, args = args[0], args[1:]
			}
			r, err := p.analyze(cmd, &a, args)
			if err != nil {
				return err
			}
			return r.Dump(what, fn, p.stdout)
		},
	}
	a.add(cmd)
	return cmd
}
