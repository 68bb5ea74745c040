package analyzer

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/analyzer/report"
	"github.com/lockorder/lockorder/analyzer/summary"
)

// counts are the figures of each file that was loaded.
type counts struct {
	files map[string]*report.Counts
}

func (c *counts) at(file string) *report.Counts {
	if c.files == nil {
		c.files = map[string]*report.Counts{}
	}
	if c.files[file] == nil {
		c.files[file] = &report.Counts{Files: 1}
	}
	return c.files[file]
}

func (c *counts) function(l lowered) {
	n := c.at(l.fn.File)
	n.Functions++
	if len(l.problems) == 0 {
		n.Parsed++
	}
}

// file counts the lock operations in the inactive arms of a file.
func (c *counts) file(name string, b bindings) {
	n := c.at(name)
	n.Bytes = b.bytes
	n.Inactive += b.inactive
}

// locks adds what the summaries say of each function's lock operations.
func (c *counts) locks(fn *ir.Func, s summary.Stats) {
	n := c.at(fn.File)
	n.LockOps += s.LockOps
	n.Resolved += s.Resolved + s.ByCaller
	n.IndirectCalls += s.IndirectCalls
	n.IndirectResolved += s.IndirectResolved
}

func (c *counts) total() report.Counts { return c.where(func(string) bool { return true }) }

func (c *counts) where(keep func(string) bool) (sum report.Counts) {
	for f, n := range c.files {
		if keep(f) {
			sum.Add(*n)
		}
	}
	return sum
}

// dirs sums the figures by top directory, two levels for fs, net, drivers
// and the like.
func (c *counts) dirs() []report.Counts {
	by := map[string]*report.Counts{}
	for f, n := range c.files {
		d := path.Dir(f)
		if top, rest, ok := strings.Cut(d, "/"); ok {
			next, _, _ := strings.Cut(rest, "/")
			d = top + "/" + next
		}
		if by[d] == nil {
			by[d] = &report.Counts{Dir: d}
		}
		by[d].Add(*n)
	}
	var out []report.Counts
	for _, n := range by {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b report.Counts) int { return cmp.Compare(a.Dir, b.Dir) })
	return out
}
