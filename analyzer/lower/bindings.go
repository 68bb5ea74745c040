package lower

import (
	"github.com/lockorder/lockorder/analyzer/callgraph"
	"github.com/lockorder/lockorder/cparse"
)

// Bindings reads the initialisers of f's variables: which members of which
// records point to which functions; those functions; the tags of the records whose members
// were taken in order.
func Bindings(f *cparse.File) (list []callgraph.Binding, refs []*cparse.Func, ordered []string) {
	b := &binder{file: f, tables: map[string][]*cparse.Func{}, seen: map[*cparse.Func]bool{}}
	for _, in := range f.Inits() {
		b.table, b.fixed = globalAddr(in.Var).Name, in.Var.Const()
		b.value(in.Var.Type(), in.List, "", "")
	}
	return b.out, b.refs, b.ordered
}

type binder struct {
	file    *cparse.File
	out     []callgraph.Binding
	refs    []*cparse.Func
	seen    map[*cparse.Func]bool
	ordered []string
	tables  map[string][]*cparse.Func
	table   string // the variable
	fixed   bool
	depth   int
}

// value reads one initialiser of type t, which stands for owner.field.
func (b *binder) value(t *cparse.Type, e *cparse.Expr, owner, field string) {
	if e == nil || b.depth > 24 {
		return
	}
	b.depth++
	defer func() { b.depth-- }()
	switch e.Op {
	case cparse.InitList:
		b.list(t, e, owner, field)
	case cparse.Compound:
		b.value(b.file.Type(e.Type), e.X, owner, field)
	case cparse.Cast:
		b.value(t, e.X, owner, field)
	case cparse.Unary:
		if e.Name == "&" {
			b.value(t, e.X, owner, field)
		}
	case cparse.Cond:
		b.value(t, e.Y, owner, field)
		b.value(t, e.Z, owner, field)
	case cparse.Ident, cparse.Call:
		if e.Op == cparse.Call || b.file.Macro(e.Name) != nil {
			if x, ok := b.file.Expand(e); ok {
				b.value(t, x, owner, field)
			}
			return
		}
		if owner == "" {
			return
		}
		fns, ok := b.tables[e.Name]
		if !ok {
			fns = b.file.Tree().Resolve(b.file, e.Name)
			b.tables[e.Name] = fns
		}
		if len(fns) == 0 {
			return
		}
		fn := fns[0]
		line := b.file.Position(e.Pos).Line
		b.out = append(b.out, callgraph.Binding{Owner: owner, Field: field, Func: ID(fn), File: b.file.Name, Line: int32(line), Table: b.table, Const: b.fixed})
		if !b.seen[fn] {
			b.seen[fn] = true
			b.refs = append(b.refs, fn)
		}
	}
}

// list reads a brace initialiser of a record or an array.
func (b *binder) list(t *cparse.Type, e *cparse.Expr, owner, field string) {
	fields := fieldsOf(t, &b.ordered)
	next := 0
	for _, a := range e.Args {
		v := a
		ft, o, n := elem(t), owner, field
		switch {
		case a.Op == cparse.Designated && a.Name != "":
			v = a.X
			f, ok := b.file.Field(t, a.Name)
			if !ok {
				continue
			}
			ft, o, n = f.Type, tagOf(f.Owner), a.Name
		case a.Op == cparse.Designated:
			v = a.X
		case next < len(fields):
			ft, o, n = fields[next].Type, recordOf(t), fields[next].Name
			next++
		}
		b.value(ft, v, o, n)
	}
}
