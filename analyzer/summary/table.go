package summary

import (
	"strings"

	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/analyzer/ir"
	"github.com/lockorder/lockorder/rules"
)

// How an Event's Via says which operations were taken for those of an object.
const (
	tableVia = "ops table " // and the record and its member
	ofVia    = " of "       // and the variable, where the rules speak of it
)

// ofTable names the table of which the rules speak that fn is in, if it is in one.
func ofTable(g *callgraph.Graph, tables []rules.Table, owner, field, fn string) string {
	for _, t := range tables {
		if t.Owner == owner && g.InTable(t.Name, owner, field, fn) {
			return ofVia + t.Name
		}
	}
	return ""
}

// tableOf names the global through which the pointer to a function is read, "" if it is
// read through none.
func tableOf(ptr *ir.Expr) string {
	if ptr.Op != ir.Load {
		return ""
	}
	if o := object(ptr.X); o.Op == ir.Global {
		return o.Name
	}
	return ""
}

// offTable reports whether the callee's event e comes about through an operation that
// the objects of this path do not have: of another table than their predicates say,
// or of the table that they rule out. That the predicates and the operation are
// about one object is taken for granted.
func (c *callCtx) offTable(e *Event, st *state) bool {
	for i := range st.facts {
		f := &st.facts[i]
		if f.Val.Op != ir.App || !f.nonZero() && !f.zero() {
			continue
		}
		p, ok := c.rules.Predicate(f.Val.Name)
		if !ok || p.Table.Name == "" {
			continue
		}
		via := c.via
		for hop := e; hop != nil; via, hop = hop.Via, hop.Next {
			if rest, ok := strings.CutPrefix(via, tableVia+p.Table.Owner+"."); ok {
				if strings.HasSuffix(rest, ofVia+p.Table.Name) != f.nonZero() {
					return true
				}
				break
			}
		}
	}
	return false
}
