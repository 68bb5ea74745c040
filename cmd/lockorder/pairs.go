package main

import (
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/spf13/cobra"
)

// pairColumns are the columns of the CSV output, one a field of report.Pair.
var pairColumns = [...]string{"tree", "file", "line", "function", "outer", "inner", "via", "verdict", "note"}

// pairs is the command that prints the lock-order graph, edge by edge.
func (p *program) pairs() *cobra.Command {
	var (
		a      ask
		format string
		label  string
	)
	cmd := &cobra.Command{
		Use:   "pairs [flags] [-C DIR [PATH...]]",
		Short: "List every lock that is taken while another is held",
		Long: `Pairs lists every acquisition of a lock (inner) while another is held (outer),
with the place and a verdict: whether a declared order allows it. With --arms
all, a last column says for those that the configuration does not have which
arms of #if make them.`,
		Example: `  lockorder pairs -C linux mm fs/hugetlbfs > pairs.csv`,
		RunE: func(cmd *cobra.Command, paths []string) error {
			write := p.pairsCSV
			switch format {
			case "csv":
			case "json":
				write = p.pairsJSON
			default:
				return misuse("--format %s: there are csv and json", format)
			}
			r, err := p.analyze(cmd, &a, paths)
			if err != nil {
				return err
			}
			if label == "" {
				label = defaultLabel(a.tree.tree)
			}
			pairs, err := r.Pairs()
			if err != nil {
				return err
			}
			for i := range pairs {
				pairs[i].Tree = label
			}
			return write(pairs, a.tree.arms == "all")
		},
	}
	cmd.Flags().StringVar(&format, "format", "csv", "csv, or json, one object a line, as `FORMAT`")
	cmd.Flags().StringVar(&label, "label", "", "`NAME` of the tree in the output (default: that of the directory, without \"linux-\")")
	a.add(cmd)
	a.tree.addArms(cmd.Flags())
	return cmd
}

// defaultLabel names a tree as its directory, linux-6.12 as 6.12.
func defaultLabel(tree string) string {
	if tree == "" {
		return "sample"
	}
	abs, err := filepath.Abs(tree)
	if err != nil {
		abs = tree
	}
	return strings.TrimPrefix(filepath.Base(abs), "linux-")
}

func (p *program) pairsCSV(pairs []report.Pair, arms bool) error {
	w := csv.NewWriter(p.stdout)
	columns := pairColumns[:]
	if arms {
		columns = append(columns[:len(columns):len(columns)], "arms")
	}
	if err := w.Write(columns); err != nil {
		return err
	}
	for _, q := range pairs {
		row := []string{q.Tree, q.File, strconv.Itoa(q.Line), q.Function, q.Outer, q.Inner, q.Via, q.Verdict, q.Note}
		if arms {
			var in []string
			for _, a := range q.Arms {
				in = append(in, a.String())
			}
			row = append(row, strings.Join(in, "; "))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (p *program) pairsJSON(pairs []report.Pair, _ bool) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	for i := range pairs {
		if err := enc.Encode(&pairs[i]); err != nil {
			return err
		}
	}
	return nil
}
