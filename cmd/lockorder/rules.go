package main

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/rules"
	"github.com/spf13/cobra"
)

// rules is the command that prints the hierarchy in force.
func (p *program) rules() *cobra.Command {
	var tree treeFlags
	cmd := &cobra.Command{
		Use:     "rules [flags] [-C DIR]",
		GroupID: "ask",
		Short:   "Print the lock hierarchy in force",
		Long: `Rules prints the declared orders: those of the rules files, and those that the
comments of the tree declare. A class stands before the classes that are taken
after it, each with the place of the declaration. What no class could be found
for and what contradicts itself comes last.`,
		Example: `  lockorder rules -C linux`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.config(cmd, &tree, nil)
			if err != nil {
				return err
			}
			set, imported, err := p.engine.Rules(cmd.Context(), c)
			if err != nil {
				return err
			}
			w := bufio.NewWriter(p.stdout)
			writeHierarchy(w, set.Orders())
			writeUnmapped(w, imported.Unmapped)
			writeContradictions(w, set)
			return w.Flush()
		},
	}
	tree.add(cmd.Flags())
	return cmd
}

// writeHierarchy prints the orders below the class that comes first in them, the
// classes in acquisition order.
func writeHierarchy(w *bufio.Writer, orders []rules.Order) {
	under := map[rules.Class][]rules.Order{}
	for _, o := range orders {
		under[o.Before] = append(under[o.Before], o)
	}
	for _, class := range acquisitionOrder(orders) {
		if len(under[class]) == 0 {
			continue
		}
		fmt.Fprintln(w, class)
		for _, o := range under[class] {
			fmt.Fprintf(w, "   < %-38s  %s:%d", o.After, o.Pos.Filename, o.Pos.Line)
			var remarks []string
			if o.Source != "" && o.From == rules.FromRules { // a comment is its own source
				remarks = append(remarks, "from "+o.Source)
			}
			if o.Scope != "" {
				remarks = append(remarks, "in "+o.Scope)
			}
			if o.Note != "" {
				remarks = append(remarks, o.Note)
			}
			if len(remarks) > 0 {
				fmt.Fprintf(w, " (%s)", strings.Join(remarks, "; "))
			}
			fmt.Fprintln(w)
		}
	}
}

// acquisitionOrder sorts the classes so that each comes after those that are
// taken before it (Kahn 1962), by name where nothing is declared. Where the
// orders form a loop, the first of the classes by name that are left opens it.
func acquisitionOrder(orders []rules.Order) []rules.Class {
	before := map[rules.Class]map[rules.Class]bool{}
	after := map[rules.Class][]rules.Class{}
	for _, o := range orders {
		for _, c := range []rules.Class{o.Before, o.After} {
			if before[c] == nil {
				before[c] = map[rules.Class]bool{}
			}
		}
		if !before[o.After][o.Before] {
			before[o.After][o.Before] = true
			after[o.Before] = append(after[o.Before], o.After)
		}
	}
	var left []rules.Class
	for c := range before {
		left = append(left, c)
	}
	slices.SortFunc(left, func(a, b rules.Class) int { return strings.Compare(a.String(), b.String()) })

	var sorted []rules.Class
	for len(left) > 0 {
		next := max(0, slices.IndexFunc(left, func(c rules.Class) bool { return len(before[c]) == 0 }))
		class := left[next]
		left = slices.Delete(left, next, next+1)
		sorted = append(sorted, class)
		for _, c := range after[class] {
			delete(before[c], class)
		}
	}
	return sorted
}

// writeUnmapped prints the pieces of declarations that gave no order.
func writeUnmapped(w *bufio.Writer, unmapped []rules.Unmapped) {
	if len(unmapped) == 0 {
		return
	}
	fmt.Fprintf(w, "\nnot understood: %d\n", len(unmapped))
	for _, u := range unmapped {
		fmt.Fprintf(w, "   %s:%d: %q: %s\n", u.Pos.Filename, u.Pos.Line, u.Text, u.Reason)
	}
}

// writeContradictions prints the loops among the declarations.
func writeContradictions(w *bufio.Writer, set *rules.Set) {
	loops := set.Contradictions()
	if len(loops) == 0 {
		return
	}
	fmt.Fprintf(w, "\ncontradictions: %d\n", len(loops))
	for i, loop := range loops {
		if i > 0 {
			fmt.Fprintln(w)
		}
		for _, o := range loop {
			fmt.Fprintf(w, "   %s < %s  %s:%d\n", o.Before, o.After, o.Pos.Filename, o.Pos.Line)
		}
	}
}
