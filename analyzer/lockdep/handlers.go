package lockdep

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// A Handler is a function that runs under a lock map: that of the work item
// that it was set as the function of.
type Handler struct {
	Class rules.Class
	Func  string // ID
}

// Handlers finds what the functions set as handlers, by class.
func Handlers(funcs []*ir.Func, rs *rules.Set, global func(string) string) []Handler {
	n := &namer{Source: Source{Rules: rs, Global: global}}
	seen := map[Handler]bool{}
	var out []Handler
	for _, fn := range funcs {
		var b *body
		for _, block := range fn.Blocks {
			for i := range block.Ops {
				op := &block.Ops[i]
				if op.Kind != ir.Store || op.Addr.Op != ir.Field || op.Val.Op != ir.FuncAddr || !rs.Handler(op.Addr.Owner, op.Addr.Name) {
					continue
				}
				if b == nil {
					b = newBody(fn)
				}
				if natural, _ := n.natural(b, op.Addr.X, 0); natural != "" {
					h := Handler{n.canonical(natural), op.Val.Name}
					if !seen[h] {
						seen[h] = true
						out = append(out, h)
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Handler) int {
		return cmp.Or(strings.Compare(a.Class.String(), b.Class.String()), strings.Compare(a.Func, b.Func))
	})
	return out
}
