package main

import (
	"github.com/spf13/cobra"
)

// An ask is what the commands that ask about a tree have in common: they analyse
// it, and then look something up.
type ask struct {
	tree    treeFlags
	profile profileFlags
}

func (a *ask) add(cmd *cobra.Command) {
	cmd.GroupID = "ask"
	flags := cmd.Flags()
	flags.SortFlags = false
	a.tree.add(flags)
	a.profile.add(flags)
}

// analyze runs the analysis of the paths of the tree.
func (p *program) analyze(cmd *cobra.Command, a *ask, paths []string) (r result, err error) {
	c, err := p.config(cmd, &a.tree, paths)
	if err != nil {
		return nil, err
	}
	show, clear := p.progress(a.tree.quiet)
	defer clear()
	c.Progress = show
	stop, err := a.profile.start()
	if err != nil {
		return nil, err
	}
	r, err = p.engine.Analyze(cmd.Context(), c)
	if stopErr := stop(); err == nil {
		err = stopErr
	}
	return r, err
}
